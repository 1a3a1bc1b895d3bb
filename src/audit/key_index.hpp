/*
 * key_index.hpp: where the changes of a key are found: filled while chunks are sealed.
 */
#pragma once

#include "audit/record.hpp"

namespace dbeng {

/* Which chunk it is. */
struct SealedChunk
{
	int32 cluster;
	uint64 transaction_id;
	int64 log_id;
};

/* Gathers the keys of a batch of chunks while it is sealed. Everything in the context it is made in. */
class KeyCollector
{
  public:
	explicit KeyCollector(MemoryContext) {}
	void add(const SealedChunk &, RowChangeReader &) {}
	void write(int64, TimestampTz) {}
};

/* After a batch was sealed; may be in a transaction of its own. */
inline void
merge_key_segments()
{}

/* With retention. */
inline void
drop_key_segments(TimestampTz)
{}

} // namespace dbeng
