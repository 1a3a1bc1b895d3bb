/*
 * spgist_pages.cpp: inner tuples, and lists of entries below each of their nodes.
 *
 * How full a build leaves the pages is up to how far a split parts the entries
 * of a node: some are inserted once more, in memory (spgist_trial.hpp).
 */
#include "bloat/index_page.hpp"
#include "bloat/spgist_trial.hpp"

namespace dbeng {

namespace {

enum SpgistMeasure : std::size_t
{
	live_bytes = common_measures, /* of entries, line pointers included */
	null_bytes,					  /* of those in the tree of NULLs */
	leaf_pages,
	inner_bytes,
	spgist_measures
};

struct Spgist
{
	EntryLife life;
	SpgistTrial *trial;
};

/* Of a leaf page, where there is no trial; and how far that may be off. */
constexpr double usual_fill = 0.75;
constexpr double usual_error = 0.1;

} // namespace

static void
read_spgist_page(void *state, Buffer buffer, BlockNumber, Measures &measures)
{
	auto *spgist = static_cast<const Spgist *>(state);
	Page page = BufferGetPage(buffer);
	const auto *opaque =
		reinterpret_cast<const SpGistPageOpaqueData *>(page + BLCKSZ - MAXALIGN(sizeof(SpGistPageOpaqueData)));
	if (!is_in_order(page, sizeof(SpGistPageOpaqueData)) || opaque->spgist_page_id != SPGIST_PAGE_ID)
	{
		measures.corrupt = true;
		return;
	}
	measures[free_bytes] = hole(page);
	bool leaf = (opaque->flags & SPGIST_LEAF) != 0;
	bool nulls = (opaque->flags & SPGIST_NULLS) != 0;
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
			measures[nulls ? null_bytes : live_bytes] += live * bytes;
			measures[dead_bytes] += (1 - live) * bytes;
			measures[leaf_pages] = 1;
			if (!nulls)
				spgist->trial->offer(entry, item.size, live);
		}
	}
}

static double
rewritten_spgist(const void *state, const Measures &totals)
{
	auto *spgist = static_cast<const Spgist *>(state);
	/* Beside the roots of values and of NULLs, where they do not hold all. */
	double pages = 3;
	if (totals[null_bytes] > page_room)
		pages += std::ceil(totals[null_bytes] / (usual_fill * page_room));
	if (totals[live_bytes] <= page_room)
		return pages * BLCKSZ;
	double tried = spgist->trial->possible() ? spgist->trial->pages(totals[live_bytes]) : 0;
	if (tried > 0)
		return (pages + tried) * BLCKSZ;
	double leaves = std::ceil(totals[live_bytes] / (usual_fill * page_room));
	/* Inner tuples are as many as the entries ask for. */
	double inner = totals[inner_bytes] / page_room * std::min(leaves / std::max(totals[leaf_pages], 1.0), 1.0);
	return (pages + leaves + std::ceil(inner)) * BLCKSZ;
}

static double
spgist_error(const void *state, const Measures &totals)
{
	auto *spgist = static_cast<const Spgist *>(state);
	double pages = rewritten_spgist(state, totals);
	double fill = spgist->trial->possible() ? spgist->trial->error() : usual_error;
	return pages * std::hypot(spgist->life.error / spgist->life.share, fill);
}

const PageReader &
spgist_reader(Relation index, const HeapRows &rows)
{
	auto *spgist = static_cast<Spgist *>(palloc(sizeof(Spgist)));
	spgist->life = entry_life(rows);
	spgist->trial = spgist_trial(index);
	return lasting({1, spgist_measures, read_spgist_page, rewritten_spgist, spgist_error, spgist});
}

} // namespace dbeng
