/*
 * spgist_pages.cpp: inner tuples, and lists of entries below each of their nodes.
 */
#include "bloat/index_page.hpp"

namespace dbeng {

namespace {

enum SpgistMeasure : std::size_t
{
	live_bytes = common_measures, /* of entries, line pointers included */
	lists,						  /* of entries */
	leaf_pages,
	inner_bytes,
	spgist_measures
};

struct Spgist
{
	EntryLife life;
};

} // namespace

static void
read_spgist_page(void *state, Buffer buffer, BlockNumber, Measures &measures)
{
	auto *spgist = static_cast<const Spgist *>(state);
	Page page = BufferGetPage(buffer);
	if (!is_in_order(page, sizeof(SpGistPageOpaqueData)))
		return;
	const auto *opaque = reinterpret_cast<SpGistPageOpaque>(PageGetSpecialPointer(page));
	if (opaque->spgist_page_id != SPGIST_PAGE_ID)
		return;
	measures[free_bytes] = hole(page);
	bool leaf = (opaque->flags & SPGIST_LEAF) != 0;
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		PageItem item = item_at(page, offset, SGDTSIZE);
		if (item.at == nullptr)
			continue;
		double bytes = stored_bytes(static_cast<double>(item.size));
		/* The first member of all kinds of tuples. */
		auto *dead = reinterpret_cast<const SpGistDeadTupleData *>(item.at);
		if (dead->tupstate == SPGIST_PLACEHOLDER)
			measures[free_bytes] += bytes;
		else if (dead->tupstate != SPGIST_LIVE)
			measures[dead_bytes] += bytes;
		else if (!leaf)
			measures[inner_bytes] += bytes;
		else
		{
			auto *entry = reinterpret_cast<const SpGistLeafTupleData *>(item.at);
			double live = spgist->life.live(ItemPointerGetBlockNumberNoCheck(&entry->heapPtr));
			measures[live_bytes] += live * bytes;
			measures[dead_bytes] += (1 - live) * bytes;
			measures[leaf_pages] = 1;
			if (SGLT_GET_NEXTOFFSET(entry) == InvalidOffsetNumber)
				measures[lists]++;
		}
	}
}

static double
rewritten_spgist(const void *, const Measures &totals)
{
	if (totals[leaf_pages] < 1)
		return 3 * BLCKSZ;
	double leaves = std::max(std::ceil(totals[live_bytes] / (0.83 * page_room)), 1.0);
	/* Inner tuples are as many as the entries ask for. */
	double inner = totals[inner_bytes] / page_room * std::min(leaves / totals[leaf_pages], 1.0);
	return (3 + leaves + std::ceil(inner)) * BLCKSZ;
}

static double
spgist_error(const void *state, const Measures &totals)
{
	auto *spgist = static_cast<const Spgist *>(state);
	return rewritten_spgist(state, totals) * std::hypot(spgist->life.error / spgist->life.share, 0.03);
}

const PageReader &
spgist_reader(Relation, const HeapRows &rows)
{
	auto *spgist = static_cast<Spgist *>(palloc(sizeof(Spgist)));
	spgist->life = entry_life(rows);
	auto *reader = static_cast<PageReader *>(palloc(sizeof(PageReader)));
	*reader = {1, spgist_measures, read_spgist_page, rewritten_spgist, spgist_error, spgist};
	return *reader;
}

} // namespace dbeng
