/*
 * brin_pages.cpp: a map of the ranges, and a summary of each.
 */
#include "bloat/index_page.hpp"

namespace dbeng {

namespace {

enum BrinMeasure : std::size_t
{
	summaries = common_measures,
	summary_bytes, /* line pointers included */
	brin_measures
};

struct Brin
{
	double bytes;
	double ranges; /* that a new index has */
};

} // namespace

static void
read_brin_page(void *, Buffer buffer, BlockNumber, Measures &measures)
{
	Page page = BufferGetPage(buffer);
	if (!is_in_order(page, sizeof(BrinSpecialSpace)) || (!BRIN_IS_REGULAR_PAGE(page) && !BRIN_IS_REVMAP_PAGE(page)))
	{
		measures.corrupt = true;
		return;
	}
	if (BRIN_IS_REVMAP_PAGE(page))
		return;
	double used = 0;
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		ItemId pointer = PageGetItemId(page, offset);
		PageItem item = item_at(page, offset, sizeof(BlockNumber) + 1);
		if (!ItemIdIsNormal(pointer) || item.at == nullptr)
			continue;
		used += stored_bytes(static_cast<double>(item.size));
		measures[summaries]++;
	}
	measures[summary_bytes] = used;
	measures[free_bytes] = std::max(page_room - used, 0.0);
}

/* As in a new index: all ranges are summarised, in order. */
static double
rewritten_brin(const void *state, const Measures &totals)
{
	auto *brin = static_cast<const Brin *>(state);
	if (totals[summaries] < 1)
		return brin->bytes;
	double average = totals[summary_bytes] / totals[summaries];
	double pages = std::ceil(brin->ranges / std::max(std::floor(page_room / average), 1.0));
	return (1 + std::ceil(brin->ranges / REVMAP_PAGE_MAXITEMS) + pages) * BLCKSZ;
}

const PageReader &
brin_reader(Relation index, const HeapRows &)
{
	auto *brin = static_cast<Brin *>(palloc(sizeof(Brin)));
	brin->bytes = file_bytes(index);
	double blocks =
		with_table(index, [](Relation table) { return static_cast<double>(RelationGetNumberOfBlocks(table)); });
	brin->ranges = std::ceil(blocks / BrinGetPagesPerRange(index));
	return lasting({1, brin_measures, read_brin_page, rewritten_brin, nullptr, brin});
}

} // namespace dbeng
