/*
 * key_index.hpp: the index of keys, made while chunks are sealed.
 */
#pragma once

#include "audit/log_place.hpp"
#include "audit/record.hpp"

namespace dbeng {

struct SealedChunk
{
	int32 cluster;
	LogPlace place;
	TimestampTz changed_at;
	TimestampTz written_at;
};

/*
 * Gathers the keys of the chunks of one month and one cluster: of all that there are from the first one added to the last, in
 * the order of their places, and final. Everything in the context it is made in.
 */
class KeyCollector
{
  public:
	explicit KeyCollector(MemoryContext) {}

	/* The next chunk. */
	void add(const SealedChunk &) {}
	/* What is in it. Where this fails, or is not done, the chunk is looked at whatever is looked for. */
	void add_changes(RowChangeReader &) {}
	/* Makes a segment of all that was added. */
	void write(TimestampTz) {}
};

/* Many small segments become few large ones: fewer places to look at. After sealing; may be in a transaction of its own. */
inline void
merge_key_segments()
{}

/* The month was dropped. */
inline void
drop_key_segments(TimestampTz)
{}

} // namespace dbeng
