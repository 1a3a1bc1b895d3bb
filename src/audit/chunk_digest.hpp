/*
 * chunk_digest.hpp: a row of dbeng_audit.log as a hash.
 *
 * It covers what the row says, not how it is stored: so it is the same after
 * VACUUM FULL, pg_upgrade, a dump and restore, in another encoding and with
 * another compression. A payload means nothing without the shapes of its
 * rows: of each it names, the hash of the shape is in it, too.
 */
#pragma once

#include "audit/log.hpp"
#include "core/sha256.hpp"

namespace dbeng {

/* The columns of dbeng_audit.log that LogColumn has, with commas between. */
extern const char *const log_column_list;

/* Where a relation has the columns of the log: their numbers, by LogColumn - 1. Raises where one is missing or of another type. */
void find_log_columns(Relation relation, AttrNumber *numbers);

class ChunkHasher
{
  public:
	/* Knows the shapes that the active snapshot sees. Acts as the extension's owner does. */
	ChunkHasher();

	/* Of the values by LogColumn - 1. Raises where the payload cannot be decompressed. Leaves scraps in CurrentMemoryContext. */
	Digest of(const Datum *values, const bool *nulls);
	void free() { hash_.free(); }

  private:
	void add_value(LogColumn column, Datum value);
	void add_bytes(std::span<const char> bytes);
	void add_text(std::span<const char> text);
	void add_shapes(std::span<const char> payload);

	Sha256 hash_;
	FlatMap<std::pair<int32, uint64>, Digest> shapes_;
};

} // namespace dbeng
