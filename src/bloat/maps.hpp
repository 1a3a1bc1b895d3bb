/*
 * maps.hpp: the free space map and the visibility map of a relation, read
 * whole: one page of a map speaks for thousands of the relation's.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Maps
{
	BlockNumber pages;			 /* of the relation */
	std::span<const uint8> free; /* a block's category of free space, 32 bytes each step; empty: there is no map */
	std::span<const uint8> all_visible; /* a bit a block; empty: there is no map */
	int64 blocks_read;

	bool visible(BlockNumber block) const
	{
		return block / 8 < all_visible.size() && (all_visible[block / 8] >> (block % 8) & 1) != 0;
	}
	/* Free bytes as the map has them, rounded down. */
	int free_space(BlockNumber block) const { return block < free.size() ? free[block] * (BLCKSZ / 256) : 0; }
};

/* In CurrentMemoryContext. The relation is open and locked; a map that cannot be read counts as none. */
Maps read_maps(Relation relation, BlockNumber pages);

} // namespace dbeng
