/*
 * hash_pages.cpp: buckets and the pages they overflow to.
 *
 * A new index has as many buckets as the rows of the table ask for. How far
 * they overflow follows from how often values are alike: on a page, equal hash
 * codes are neighbours.
 */
#include "bloat/index_page.hpp"
#include "planner/hash_size.hpp"

namespace dbeng {

namespace {

enum HashMeasure : std::size_t
{
	spread_rows = common_measures, /* as in HashRows, of entries that are needed */
	spread_squares,
	frequent_values,
	frequent_rows,
	full_pages, /* that a single value fills */
	hash_measures
};

struct Hash
{
	EntryLife life;
	double planned; /* rows that a new index is made for */
	double unsure;	/* relative error of how many it gets */
	int fillfactor;
};

} // namespace

/* Entries that have one hash code. */
static void
count_group(double rows, Measures &measures)
{
	if (rows > 0.9 * hash_page_items)
		measures[full_pages] += rows / hash_page_items;
	else if (rows > hash_frequent)
	{
		measures[frequent_values]++;
		measures[frequent_rows] += rows;
	}
	else
	{
		measures[spread_rows] += rows;
		measures[spread_squares] += rows * rows;
	}
}

static void
read_hash_page(void *state, Buffer buffer, BlockNumber, Measures &measures)
{
	auto *hash = static_cast<const Hash *>(state);
	Page page = BufferGetPage(buffer);
	const auto *opaque =
		reinterpret_cast<const HashPageOpaqueData *>(page + BLCKSZ - MAXALIGN(sizeof(HashPageOpaqueData)));
	if (!is_in_order(page, sizeof(HashPageOpaqueData)) || opaque->hasho_page_id != HASHO_PAGE_ID)
	{
		measures.corrupt = true;
		return;
	}
	int kind = opaque->hasho_flag & LH_PAGE_TYPE;
	if (kind == LH_UNUSED_PAGE)
		measures[free_bytes] = BLCKSZ;
	if (kind != LH_BUCKET_PAGE && kind != LH_OVERFLOW_PAGE)
		return;
	measures[free_bytes] = hole(page);
	double group = 0;
	uint32 last_code = 0;
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		PageItem item = item_at(page, offset, sizeof(IndexTupleData) + sizeof(uint32));
		if (item.at == nullptr)
			continue;
		auto *tuple = reinterpret_cast<const IndexTupleData *>(item.at);
		/* What a split has copied to the new bucket, and not yet removed from the old one. */
		bool moved = (tuple->t_info & INDEX_MOVED_BY_SPLIT_MASK) != 0;
		double live = moved || ItemIdIsDead(PageGetItemId(page, offset))
						  ? 0
						  : hash->life.live(ItemPointerGetBlockNumberNoCheck(&tuple->t_tid));
		measures[dead_bytes] += (1 - live) * hash_item_bytes;
		uint32 code;
		memcpy(&code, item.at + sizeof(IndexTupleData), sizeof(code));
		if (code != last_code && group > 0)
		{
			count_group(group, measures);
			group = 0;
		}
		last_code = code;
		group += live;
	}
	if (group > 0)
		count_group(group, measures);
}

/* When there are so many times the rows. */
static double
pages_of(const Hash &hash, const Measures &totals, double times)
{
	HashRows rows = {totals[spread_rows], totals[spread_squares], totals[frequent_values], totals[frequent_rows]};
	double all = rows.rows + rows.frequent_rows + totals[full_pages] * hash_page_items;
	HashBuckets buckets = hash_buckets(hash.planned, all * times, hash.fillfactor);
	return hash_pages(buckets, hash_overflow(rows, buckets) + totals[full_pages]);
}

static double
rewritten_hash(const void *state, const Measures &totals)
{
	return pages_of(*static_cast<const Hash *>(state), totals, 1) * BLCKSZ;
}

/* A few rows more can be what makes the buckets twice as many. */
static double
hash_error(const void *state, const Measures &totals)
{
	auto *hash = static_cast<const Hash *>(state);
	double unsure = hash->unsure;
	double step = pages_of(*hash, totals, 1 + 2 * unsure) - pages_of(*hash, totals, std::max(1 - 2 * unsure, 0.0));
	/* What overflows does so by chance. */
	double pages = rewritten_hash(state, totals) / BLCKSZ;
	double overflow = std::max(pages - pages_of(*hash, {}, 1), 0.0);
	return std::hypot(pages * hash->life.error / hash->life.share, step / 2, std::sqrt(overflow)) * BLCKSZ;
}

const PageReader &
hash_reader(Relation index, const HeapRows &rows)
{
	auto *hash = static_cast<Hash *>(palloc(sizeof(Hash)));
	hash->life = entry_life(rows);
	hash->unsure = rows.entries > 0 ? rows.entry_error / rows.entries : 0;
	hash->fillfactor = HashGetFillFactor(index);
	hash->planned = with_table(index,
							   [](Relation table)
							   {
								   BlockNumber pages;
								   double tuples;
								   double visible;
								   estimate_rel_size(table, nullptr, &pages, &tuples, &visible);
								   return tuples;
							   });
	return lasting({1, hash_measures, read_hash_page, rewritten_hash, hash_error, hash});
}

} // namespace dbeng
