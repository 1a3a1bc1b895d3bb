#include "bloat/maps.hpp"

#include "bloat/block_reader.hpp"

namespace dbeng {

/* Of a relation's blocks, those one block of the visibility map speaks for. */
static constexpr std::size_t map_room = BLCKSZ - MAXALIGN(SizeOfPageHeaderData);
static constexpr std::size_t visible_per_block = map_room * BITS_PER_BYTE / BITS_PER_HEAPBLOCK;

/* As many blocks of a free space map are read; of larger relations it would cost more than it tells. */
static constexpr BlockNumber most_free_blocks = 16384;

/* Zeroes, which is what a map says where nothing is known. */
static std::span<uint8>
blank(std::size_t bytes)
{
	auto *room = static_cast<uint8 *>(
		MemoryContextAllocExtended(CurrentMemoryContext, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO));
	return {room, bytes};
}

static BlockNumber
blocks_of(Relation relation, ForkNumber fork)
{
	return smgrexists(RelationGetSmgr(relation), fork) ? RelationGetNumberOfBlocksInFork(relation, fork) : 0;
}

BlockNumber
free_leaf_block(int64 leaf)
{
	/* The root, its child and so on down to the leaves. */
	constexpr int levels = SlotsPerFSMPage >= 1626 ? 3 : 4;
	int64 before = 0;
	for (int level = 0; level < levels; level++)
	{
		before += leaf + 1;
		leaf /= static_cast<int64>(SlotsPerFSMPage);
	}
	return static_cast<BlockNumber>(before - 1);
}

static void
read_free(Relation relation, Maps &maps)
{
	BlockNumber there = blocks_of(relation, FSM_FORKNUM);
	Local<Vector<BlockNumber>> blocks;
	for (BlockNumber leaf = 0; leaf * static_cast<uint64>(SlotsPerFSMPage) < maps.pages; leaf++)
		if (free_leaf_block(leaf) < there)
			blocks->push_back(free_leaf_block(leaf));
	if (blocks->empty() || blocks->size() > most_free_blocks)
		return;
	std::span<uint8> free = blank(maps.pages);
	auto copy = [free](Buffer buffer, std::size_t leaf)
	{
		Page page = BufferGetPage(buffer);
		if (PageIsNew(page))
			return;
		auto *map = reinterpret_cast<FSMPage>(PageGetContents(page));
		std::size_t from = leaf * SlotsPerFSMPage;
		memcpy(&free[from], &map->fp_nodes[NonLeafNodesPerPage],
			   std::min<std::size_t>(SlotsPerFSMPage, free.size() - from));
	};
	BlockReader reader(relation, FSM_FORKNUM);
	reader.read({blocks->data(), blocks->size()}, copy);
	reader.release();
	maps.free = free;
	maps.blocks_read += static_cast<int64>(blocks->size());
}

/* Every second bit of the map: the others tell what is frozen. */
static uint8
visible_bits(uint8 low, uint8 high)
{
	uint8 bits = 0;
	for (unsigned i = 0; i < 4; i++)
	{
		bits |= static_cast<uint8>((low >> (2 * i) & 1) << i);
		bits |= static_cast<uint8>((high >> (2 * i) & 1) << (i + 4));
	}
	return bits;
}

static void
read_visible(Relation relation, Maps &maps)
{
	BlockNumber there = blocks_of(relation, VISIBILITYMAP_FORKNUM);
	Local<Vector<BlockNumber>> blocks;
	for (BlockNumber block = 0; block < there && block * static_cast<uint64>(visible_per_block) < maps.pages; block++)
		blocks->push_back(block);
	if (blocks->empty())
		return;
	std::span<uint8> visible = blank((maps.pages + 7) / 8);
	auto copy = [visible](Buffer buffer, std::size_t block)
	{
		Page page = BufferGetPage(buffer);
		if (PageIsNew(page))
			return;
		auto *map = reinterpret_cast<const uint8 *>(PageGetContents(page));
		std::size_t from = block * (visible_per_block / 8);
		for (std::size_t i = 0; i < visible_per_block / 8 && from + i < visible.size(); i++)
			visible[from + i] = visible_bits(map[2 * i], map[2 * i + 1]);
	};
	BlockReader reader(relation, VISIBILITYMAP_FORKNUM);
	reader.read({blocks->data(), blocks->size()}, copy);
	reader.release();
	maps.all_visible = visible;
	for (BlockNumber block = 0; block < maps.pages; block++)
		maps.visible_pages += maps.visible(block) ? 1 : 0;
	maps.blocks_read += static_cast<int64>(blocks->size());
}

Maps
read_maps(Relation relation, BlockNumber pages)
{
	Maps maps = {pages, {}, {}, 0, 0};
	if (pages == 0)
		return maps;
	read_free(relation, maps);
	read_visible(relation, maps);
	return maps;
}

} // namespace dbeng
