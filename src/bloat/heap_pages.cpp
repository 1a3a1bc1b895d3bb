#include "bloat/heap_pages.hpp"

namespace dbeng {

namespace {

enum HeapMeasure : std::size_t
{
	live_bytes = common_measures, /* of rows a rewrite keeps, aligned, with their line pointers */
	live_rows,
	index_entries,
	dead_entries,
	heap_measures
};

struct Heap
{
	double room; /* of a page at the fill factor */
};

} // namespace

static void
read_heap_page(void *, Buffer buffer, BlockNumber, Measures &measures)
{
	Page page = BufferGetPage(buffer);
	measures[free_bytes] = static_cast<double>(PageGetExactFreeSpace(page));
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		ItemId item = PageGetItemId(page, offset);
		if (ItemIdIsDead(item))
			measures[dead_entries]++;
		if (!ItemIdIsNormal(item))
			continue;
		measures[live_bytes] += static_cast<double>(MAXALIGN(ItemIdGetLength(item)) + sizeof(ItemIdData));
		measures[live_rows]++;
		measures[index_entries]++;
	}
}

static double
rewritten_heap(const void *state, const Measures &totals)
{
	auto *heap = static_cast<const Heap *>(state);
	return std::ceil(totals[live_bytes] / heap->room) * BLCKSZ;
}

const PageReader &
heap_reader(Relation relation)
{
	auto *heap = static_cast<Heap *>(palloc(sizeof(Heap)));
	heap->room = BLCKSZ - SizeOfPageHeaderData -
				 static_cast<double>(RelationGetTargetPageFreeSpace(relation, HEAP_DEFAULT_FILLFACTOR));
	auto *reader = static_cast<PageReader *>(palloc(sizeof(PageReader)));
	*reader = {0, heap_measures, read_heap_page, rewritten_heap, nullptr, heap};
	return *reader;
}

HeapRows
heap_rows(const PageSample &sample, const Maps *maps)
{
	return {sample.totals[index_entries], 0, sample.totals[dead_entries], 0, sample.totals[held_bytes], maps};
}

} // namespace dbeng
