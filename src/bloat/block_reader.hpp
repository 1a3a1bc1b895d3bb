/*
 * block_reader.hpp: reading chosen blocks of a fork without disturbing anybody.
 *
 * Through a ring of buffers, so that the cache keeps what others put there;
 * ahead of need; and past blocks that cannot be read.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

class BlockReader
{
  public:
	/* The relation is open and locked until this is released. */
	BlockReader(Relation relation, ForkNumber fork)
		: relation_(relation), fork_(fork), strategy_(GetAccessStrategy(BAS_BULKREAD))
	{}
	void release() { FreeAccessStrategy(strategy_); }

	/*
	 * Calls visit(context, page's buffer, position in blocks) with each block
	 * that can be read, pinned and locked in share mode. It may be called
	 * again for blocks it has seen, when one after them could not be read.
	 */
	using Visit = void (*)(void *context, Buffer buffer, std::size_t position);
	void read(std::span<const BlockNumber> blocks, Visit visit, void *context);

	template <class Visitor>
	void read(std::span<const BlockNumber> blocks, Visitor &visitor)
	{
		read(
			blocks,
			[](void *context, Buffer buffer, std::size_t position)
			{ (*static_cast<Visitor *>(context))(buffer, position); },
			&visitor);
	}

  private:
	int read_some(std::span<const BlockNumber> blocks, std::size_t first, Visit visit, void *context);

	Relation relation_;
	ForkNumber fork_;
	BufferAccessStrategy strategy_;
};

/* Does somebody wait for a lock on the relation, or on an index's table, that readers keep him from? */
bool is_waited_for(Relation relation);

} // namespace dbeng
