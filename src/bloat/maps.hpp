/*
 * maps.hpp: the free space map and the visibility map of a relation, read
 * whole: one page of a map speaks for thousands of the relation's.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* The free space map knows free space in so many steps of as many bytes. */
inline constexpr int space_steps = 256;
inline constexpr int space_step = BLCKSZ / space_steps;

/* Where in the map its n-th leaf page is: each level's page comes before those below it. */
BlockNumber free_leaf_block(int64 leaf);

struct Maps
{
	BlockNumber pages;			 /* of the relation */
	std::span<const uint8> free; /* a block's category of free space, 32 bytes each step; empty: there is no map */
	std::span<const uint8> all_visible; /* a bit a block; empty: there is no map */
	BlockNumber visible_pages;
	int64 blocks_read;

	bool visible(BlockNumber block) const
	{
		return block / 8 < all_visible.size() && (all_visible[block / 8] >> (block % 8) & 1) != 0;
	}
	/* Free bytes as the map has them, rounded down. */
	int free_space(BlockNumber block) const { return block < free.size() ? free[block] * space_step : 0; }
};

/* In CurrentMemoryContext. The relation is open and locked; a map that cannot be read counts as none. */
Maps read_maps(Relation relation, BlockNumber pages);

} // namespace dbeng
