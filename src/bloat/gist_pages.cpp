/*
 * gist_pages.cpp: the pages of a GiST index.
 *
 * How full a build leaves them is up to the operator class, which says where a
 * page is split, and to the order of the rows. So some of the entries are
 * inserted once more, into pages in memory (gist_trial.hpp).
 */
#include "bloat/gist_trial.hpp"
#include "bloat/index_page.hpp"

namespace dbeng {

namespace {

enum GistMeasure : std::size_t
{
	live_entries = common_measures,
	live_bytes, /* of these, line pointers included */
	leaf_pages, /* with entries */
	inner_pages,
	gist_measures
};

struct Gist
{
	EntryLife life;
	Relation index;
	GistTrial *trial;
};

} // namespace

static void
read_gist_page(void *state, Buffer buffer, BlockNumber, Measures &measures)
{
	auto *gist = static_cast<Gist *>(state);
	Page page = BufferGetPage(buffer);
	const auto *opaque =
		reinterpret_cast<const GISTPageOpaqueData *>(page + BLCKSZ - MAXALIGN(sizeof(GISTPageOpaqueData)));
	if (!is_in_order(page, sizeof(GISTPageOpaqueData)) || opaque->gist_page_id != GIST_PAGE_ID)
	{
		measures.corrupt = true;
		return;
	}
	if ((opaque->flags & F_DELETED) != 0)
	{
		measures[free_bytes] = BLCKSZ;
		return;
	}
	measures[free_bytes] = hole(page);
	if ((opaque->flags & F_LEAF) == 0)
	{
		measures[inner_pages] = 1;
		return;
	}
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		PageItem item = item_at(page, offset, sizeof(IndexTupleData));
		if (item.at == nullptr)
			continue;
		auto *tuple = reinterpret_cast<const IndexTupleData *>(item.at);
		double bytes = stored_bytes(static_cast<double>(item.size));
		double live = ItemIdIsDead(PageGetItemId(page, offset))
						  ? 0
						  : gist->life.live(ItemPointerGetBlockNumberNoCheck(&tuple->t_tid));
		measures[leaf_pages] = 1;
		measures[live_entries] += live;
		measures[live_bytes] += live * bytes;
		measures[dead_bytes] += (1 - live) * bytes;
		if (live > 0 && IndexTupleSize(tuple) == item.size)
			gist->trial->offer(tuple, live);
	}
}

static double
rewritten_gist(const void *state, const Measures &totals)
{
	auto *gist = static_cast<const Gist *>(state);
	if (totals[live_entries] < 1)
		return BLCKSZ;
	return gist->trial->pages(totals[live_bytes]) * BLCKSZ;
}

static double
gist_error(const void *state, const Measures &totals)
{
	auto *gist = static_cast<const Gist *>(state);
	return rewritten_gist(state, totals) * std::hypot(gist->life.error / gist->life.share, gist->trial->error());
}

const PageReader &
gist_reader(Relation index, const HeapRows &rows)
{
	auto *gist = static_cast<Gist *>(palloc(sizeof(Gist)));
	gist->life = entry_life(rows);
	gist->trial = gist_trial(index);
	return lasting({0, gist_measures, read_gist_page, rewritten_gist, gist_error, gist});
}

} // namespace dbeng
