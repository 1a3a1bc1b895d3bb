/*
 * key_index.hpp: the index of keys, made while chunks are sealed.
 *
 * It tells in which chunks the changes of a key are (key_lookup.hpp reads it). Nothing rests on it but time: what it does
 * not cover is read.
 */
#pragma once

#include "audit/key_hash.hpp"
#include "audit/key_segments.hpp"

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
	explicit KeyCollector(MemoryContext context);

	/* The next chunk. */
	void add(const SealedChunk &chunk);
	/* What is in it. Where this fails, or is not done, the chunk is looked at whatever is looked for. */
	void add_changes(RowChangeReader &reader);
	/* Makes a segment of all that was added. */
	void write(TimestampTz month);

	int64 changes() const { return changes_; }

  private:
	struct Shape
	{
		const TableShape *shape;
		ShapeKey key;
		int64 marked_group;
	};

	Shape &shape(const TableShape &shape);
	void put(uint32 number) { entries_.push_back(static_cast<uint64>(number) << 32 | (groups_.size() - 1)); }
	void end_chunk();

	MemoryContext scratch_;
	Vector<uint64> entries_;
	Vector<LogPlace> groups_;
	Vector<Shape> shapes_;
	std::size_t latest_ = 0;
	SealedChunk last_ = {};
	TimestampTz last_changed_ = DT_NOBEGIN;
	TimestampTz last_written_ = DT_NOBEGIN;
	bool unread_ = false;
	int64 changes_ = 0;
	int64 group_changes_ = 0;
};

/* Many small segments become few large ones: fewer places to look at. After sealing; may be in a transaction of its own. */
void merge_key_segments();

/* Segments of which something is missing: what they cover is read instead. */
void drop_damaged_segments();

/* The month was dropped. */
void drop_key_segments(TimestampTz month);

} // namespace dbeng
