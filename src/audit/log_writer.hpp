/*
 * log_writer.hpp: chunks on their way into the log.
 *
 * They go straight into the heap of their partition: no executor, no trigger,
 * no right of the writer's is asked for.
 */
#pragma once

#include "audit/context.hpp"
#include "audit/log.hpp"

namespace dbeng {

/* Ids are taken from the sequence so many at a time. */
inline constexpr int64 id_block = 1000;

/* The first of a block of ids nobody else gets. Leaves lastval() alone. */
int64 take_ids();

/* Raises unless auditing has its tables here. */
const AuditLog &required_log();

struct Chunk
{
	int64 log_id;
	int32 changes;
	const Origin *origin;
	Datum payload; /* bytea, compressed where that helped */
};

class ChunkWriter
{
  public:
	/* Opens what takes the chunks of this transaction. */
	ChunkWriter();
	void write(const Chunk &chunk);
	/* Must be called in the end (an error does it too). */
	void close();

	/* The most bytes of a payload, compressed, with which a chunk stays on one page. */
	static std::size_t payload_room(const Origin &origin);

  private:
	struct Index
	{
		Relation relation;
		IndexInfo *info;
	};

	Relation partition_;
	StaticVector<Index, 8> indexes_;
	CommandId command_;
};

} // namespace dbeng
