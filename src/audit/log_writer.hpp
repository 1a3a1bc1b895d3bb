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
	Datum payload; /* bytea, compressed where that helped */
};

class ChunkWriter
{
  public:
	/* Opens what takes the chunks of this transaction with that origin. */
	explicit ChunkWriter(const Origin &origin);
	void write(const Chunk &chunk);
	/* Must be called in the end (an error does it too). */
	void close();

	/* The most bytes of a payload, compressed, with which a chunk stays on one page. */
	std::size_t payload_room() const { return payload_room_; }
	/* That of the chunk before, for who does not write one yet. */
	static std::size_t usual_payload_room();

  private:
	struct Index
	{
		Relation relation;
		IndexInfo *info;
	};

	Relation partition_;
	StaticVector<Index, 8> indexes_;
	CommandId command_;
	/* A row; what differs from chunk to chunk is filled in. */
	Datum *values_;
	bool *nulls_;
	std::size_t payload_room_;
};

} // namespace dbeng
