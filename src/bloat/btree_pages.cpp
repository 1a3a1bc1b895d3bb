/*
 * btree_pages.cpp: what REINDEX would make of the entries on the pages of a
 * btree.
 *
 * A leaf page is packed anew by itself, as CREATE INDEX does it: each pointer
 * to a row on its own, or runs of equal keys as posting lists. What it then
 * takes of a page adds up over all of them. Entries of rows that nobody needs
 * are left out: those marked dead for certain, none that point to an
 * all-visible page of the table, and of the others as many as the table says.
 */
#include "bloat/index_page.hpp"
#include "bloat/row_probe.hpp"
#include "planner/btree_packing.hpp"

namespace dbeng {

namespace {

using btree::line_pointer;

/* Of the entries that may be dead or alive, so many are alive: a page is packed for each of these shares. */
constexpr double live_shares[] = {1, 0.85, 0.7, 0.57, 0.45, 0.33, 0.22, 0.12, 0.05, 0};
constexpr std::size_t most_shares = std::size(live_shares);

enum BtreeMeasure : std::size_t
{
	settled_pointers = common_measures, /* to rows on pages that are all-visible */
	open_pointers,						/* to rows that may be dead */
	open_bytes,
	pivot_bytes, /* of the tuples that tell the rebuilt leaves apart */
	read_pages,
	entry_squares,	   /* of the pages' numbers of entries, */
	entries_by_leaves, /* and these times the leaves they are rebuilt to */
	rebuilt_leaves,	   /* for each of the live shares */
	btree_measures = rebuilt_leaves + most_shares
};

struct KeyColumn
{
	int16 length;
	char align;
};

struct Btree
{
	HeapRows rows;
	std::span<const KeyColumn> keys;
	bool includes;	   /* columns that are no keys */
	bool deduplicates; /* REINDEX would */
	bool whole;		   /* every row of the table has an entry */
	double fillfactor;
	RowProbe *probe; /* NULL: the table says all there is to know */
};

/* The rows that REINDEX would find. */
struct LiveRows
{
	double rows;
	double error; /* standard error, as far as it comes from the table */
	double share; /* of the entries that may be dead: so many are alive */
	Fates fates;  /* which come to this share */
};

/* An entry of a leaf, within the bounds of its page. */
struct Entry
{
	IndexTuple tuple;
	std::size_t key_end; /* where the posting list begins, or the tuple ends */
	const ItemPointerData *pointers;
	int count;
	double size; /* line pointer included */
	bool marked;
};

/* The entries of one leaf on their way into new pages. */
class Leaf
{
  public:
	Leaf(const Btree &btree, Page page) : btree_(btree), page_(page) { shares_ = btree.deduplicates ? most_shares : 1; }

	void read(Measures &measures);

  private:
	bool item(OffsetNumber offset, IndexTuple &tuple, std::size_t &size) const;
	bool entry(OffsetNumber offset, Entry &entry) const;
	bool same_key(const Entry &a, const Entry &b) const;
	bool goes_on() const;
	std::size_t columns_until_difference(const Entry &entry, std::size_t &end) const;
	void add(const Entry &entry);
	void boundary(const Entry &entry, bool same);
	void finish_group(bool cut);
	void add_run(double count, double size, double tail);
	double held_by_page() const;
	void add_rest(btree::Mixture &mixture, double base, double rows, double none, double one) const;
	void add_by_chance(btree::Mixture &mixture, double base, double share) const;

	const Btree &btree_;
	Page page_;
	std::size_t shares_;
	Entry last_ = {}; /* of the group */
	double group_settled_ = 0;
	double group_open_ = 0;
	double settled_ = 0;
	double open_ = 0;
	double open_bytes_ = 0;
	double groups_ = 0;
	double entries_ = 0;
	double same_ = 0;		 /* neighbours that only the row pointer tells apart */
	double looked_at_ = 0;	 /* neighbours that differ */
	double pivot_bytes_ = 0; /* of these */
	btree::Mixture packed_[most_shares];
	/* What is packed when all are alive, in order. */
	btree::Run runs_[MaxTIDsPerBTreePage];
	std::size_t run_count_ = 0;
	std::size_t closed_runs_ = 0; /* to which nothing is added any more */
	/* From, and to: those of keys all of whose rows are here. The first may have some on the page before. */
	std::size_t first_whole_ = 0;
	std::size_t after_whole_ = 0;
};

} // namespace

static std::size_t
data_offset(IndexTuple tuple)
{
	return IndexInfoFindDataOffset(tuple->t_info);
}

/* The tuple at an offset, if it lies within its page. */
bool
Leaf::item(OffsetNumber offset, IndexTuple &tuple, std::size_t &size) const
{
	PageItem item = item_at(page_, offset, sizeof(IndexTupleData));
	if (item.at == nullptr || ItemIdIsRedirected(PageGetItemId(page_, offset)))
		return false;
	size = item.size;
	tuple = reinterpret_cast<IndexTuple>(const_cast<char *>(item.at));
	return IndexTupleSize(tuple) <= size && data_offset(tuple) <= IndexTupleSize(tuple);
}

bool
Leaf::entry(OffsetNumber offset, Entry &entry) const
{
	std::size_t size;
	if (!item(offset, entry.tuple, size) || BTreeTupleIsPivot(entry.tuple))
		return false;
	entry.size = static_cast<double>(size) + line_pointer;
	entry.marked = ItemIdIsDead(PageGetItemId(page_, offset));
	if (!BTreeTupleIsPosting(entry.tuple))
	{
		entry.key_end = IndexTupleSize(entry.tuple);
		entry.pointers = &entry.tuple->t_tid;
		entry.count = 1;
		return true;
	}
	entry.key_end = BTreeTupleGetPostingOffset(entry.tuple);
	entry.count = BTreeTupleGetNPosting(entry.tuple);
	if (entry.key_end < data_offset(entry.tuple) || entry.key_end != MAXALIGN(entry.key_end) ||
		entry.key_end + static_cast<std::size_t>(entry.count) * sizeof(ItemPointerData) > IndexTupleSize(entry.tuple))
		return false;
	entry.pointers = BTreeTupleGetPosting(entry.tuple);
	return true;
}

static bool
same_bytes(IndexTuple a, std::size_t a_end, IndexTuple b, std::size_t b_end)
{
	return a_end == b_end && ((a->t_info ^ b->t_info) & INDEX_NULL_MASK) == 0 &&
		   memcmp(reinterpret_cast<const char *>(a) + sizeof(IndexTupleData),
				  reinterpret_cast<const char *>(b) + sizeof(IndexTupleData), a_end - sizeof(IndexTupleData)) == 0;
}

bool
Leaf::same_key(const Entry &a, const Entry &b) const
{
	if (!btree_.includes)
		return same_bytes(a.tuple, a.key_end, b.tuple, b.key_end);
	std::size_t end;
	return columns_until_difference(b, end) > btree_.keys.size();
}

/* Does the last key go on on the next page, as this one's high key tells? */
bool
Leaf::goes_on() const
{
	IndexTuple high;
	std::size_t size;
	auto *opaque = BTPageGetOpaque(page_);
	if (P_RIGHTMOST(opaque) || last_.tuple == nullptr || !item(P_HIKEY, high, size))
		return false;
	std::size_t end = IndexTupleSize(high);
	if (BTreeTupleIsPivot(high) && (ItemPointerGetOffsetNumberNoCheck(&high->t_tid) & BT_PIVOT_HEAP_TID_ATTR) != 0)
		end -= MAXALIGN(sizeof(ItemPointerData));
	return end >= data_offset(high) && same_bytes(last_.tuple, last_.key_end, high, end);
}

/* Where a column of a tuple ends that begins at or after a place; past the limit when it cannot be. */
static std::size_t
column_end(const char *tuple, std::size_t &at, std::size_t limit, const KeyColumn &column)
{
	constexpr std::size_t nowhere = BLCKSZ;
	if (at >= limit)
		return nowhere;
	if (column.length != -1 || tuple[at] == 0)
		at = att_align_nominal(at, column.align);
	if (column.length > 0)
		return at + static_cast<std::size_t>(column.length);
	if (at >= limit)
		return nowhere;
	if (column.length == -2)
		return at + strnlen(tuple + at, limit - at) + 1;
	const char *value = tuple + at;
	if (VARATT_IS_1B_E(value) || (!VARATT_IS_1B(value) && at + VARHDRSZ > limit))
		return nowhere;
	return at + VARSIZE_ANY(value);
}

/*
 * The number of the first key column in which an entry differs from the one before it, beyond the last when it does in
 * none; where this column ends.
 */
std::size_t
Leaf::columns_until_difference(const Entry &entry, std::size_t &end) const
{
	const auto *a = reinterpret_cast<const char *>(last_.tuple);
	const auto *b = reinterpret_cast<const char *>(entry.tuple);
	bool a_nulls = IndexTupleHasNulls(last_.tuple);
	bool b_nulls = IndexTupleHasNulls(entry.tuple);
	const auto *a_bits = reinterpret_cast<const bits8 *>(a + sizeof(IndexTupleData));
	const auto *b_bits = reinterpret_cast<const bits8 *>(b + sizeof(IndexTupleData));
	std::size_t a_at = data_offset(last_.tuple);
	std::size_t b_at = data_offset(entry.tuple);
	end = b_at;
	for (std::size_t i = 0; i < btree_.keys.size(); i++)
	{
		auto column = static_cast<int>(i);
		bool a_null = a_nulls && att_isnull(column, a_bits);
		bool b_null = b_nulls && att_isnull(column, b_bits);
		std::size_t a_end = a_null ? a_at : column_end(a, a_at, last_.key_end, btree_.keys[i]);
		std::size_t b_end = b_null ? b_at : column_end(b, b_at, entry.key_end, btree_.keys[i]);
		if (a_end > last_.key_end || b_end > entry.key_end)
			return i + 1;
		end = b_end;
		if (a_null != b_null || a_end - a_at != b_end - b_at || memcmp(a + a_at, b + b_at, b_end - b_at) != 0)
			return i + 1;
		a_at = a_end;
		b_at = b_end;
	}
	return btree_.keys.size() + 1;
}

/* What would tell this entry's page from the one before it if that ended here. */
void
Leaf::boundary(const Entry &entry, bool same)
{
	if (same)
	{
		same_++;
		return;
	}
	/* Neighbours are much alike: a few of them will do. */
	constexpr int each = 16;
	std::size_t end = entry.key_end;
	if (btree_.keys.size() > 1 || btree_.includes)
	{
		if (static_cast<int>(groups_) % each != 0)
			return;
		columns_until_difference(entry, end);
	}
	/* The larger a tuple, the likelier a page ends within. */
	looked_at_ += entry.size;
	pivot_bytes_ += static_cast<double>(MAXALIGN(end)) * entry.size;
}

/* The rest of a group, less than a full posting list: rows of them on average, by chance none or one. */
void
Leaf::add_rest(btree::Mixture &mixture, double base, double rows, double none, double one) const
{
	mixture.add(one, base + line_pointer);
	double several = 1 - none - one;
	if (several < 1e-6)
		return;
	double average = std::max((rows - one) / several, 2.0);
	bool whole = none + one == 0 && average == std::floor(average);
	double size = whole ? btree::posting_size(base, average) : base + average * btree::row_pointer + 3 + line_pointer;
	mixture.add(several, size, size - base - line_pointer);
}

void
Leaf::add_run(double count, double size, double tail)
{
	auto whole = static_cast<int32>(count);
	if (whole == 0)
		return;
	btree::Run *last = run_count_ > closed_runs_ ? &runs_[run_count_ - 1] : nullptr;
	if (last != nullptr && last->size == size && last->tail == tail)
		last->count += whole;
	else if (run_count_ < std::size(runs_))
		runs_[run_count_++] = {whole, size, tail};
}

/* Bytes of each page that the entries, all alive, are packed into. */
double
Leaf::held_by_page() const
{
	/* Parts of keys would break the pattern that whole ones make. */
	constexpr double enough_keys = 3;
	std::span<const btree::Run> runs = {runs_, run_count_};
	if (groups_ >= enough_keys)
		runs = runs.subspan(first_whole_, after_whole_ - first_whole_);
	double held = run_count_ > 1 ? btree::held_by_page(runs, btree_.fillfactor) : 0;
	return held > 0 ? held : btree::held_by_page(packed_[0], btree_.fillfactor);
}

/* The group, each of its open rows living by chance. */
void
Leaf::add_by_chance(btree::Mixture &mixture, double base, double share) const
{
	constexpr int few = 16;
	double chance = std::pow(1 - share, group_open_);
	if (share == 1 || group_open_ == 0)
		add_rest(mixture, base, group_settled_ + group_open_, 0, group_settled_ + group_open_ == 1 ? 1 : 0);
	else if (group_open_ > few || share == 0)
		add_rest(mixture, base, group_settled_ + group_open_ * share, group_settled_ == 0 ? chance : 0,
				 group_settled_ == 1 ? chance : 0);
	else
		for (int rows = 0; rows <= group_open_; rows++)
		{
			double all = group_settled_ + rows;
			double size = all < 2 ? base + line_pointer : btree::posting_size(base, all);
			if (all > 0)
				mixture.add(chance, size, size - base - line_pointer);
			chance *= (group_open_ - rows) / (rows + 1) * share / (1 - share);
		}
}

/* The group of rows with the last key is complete, or goes on beyond this page. */
void
Leaf::finish_group(bool cut)
{
	if (last_.tuple == nullptr)
		return;
	groups_++;
	if (cut)
		closed_runs_ = after_whole_ = run_count_;
	auto base = static_cast<double>(last_.key_end);
	double most = btree_.deduplicates ? btree::most_rows(base) : 1;
	double whole = most < 2 ? base + line_pointer : btree::posting_size(base, most);
	double tail = whole - base - line_pointer;
	for (std::size_t i = 0; i < shares_; i++)
	{
		btree::Mixture &mixture = packed_[i];
		double rows = group_settled_ + group_open_ * live_shares[i];
		double lists = std::floor(rows / most);
		double rest = rows - lists * most;
		if (i == 0)
			add_run(lists, whole, tail);
		if (cut)
		{
			/* Its key is stored where the group ends, or in full lists. */
			double bytes = rows * (rows < most ? btree::row_pointer : whole / most);
			mixture.add(bytes / whole, whole, tail);
			continue;
		}
		mixture.add(lists, whole, tail);
		if (lists > 0)
			add_rest(mixture, base, rest, std::max(1 - rest, 0.0), rest < 2 ? 1 - std::abs(rest - 1) : 0);
		else
			add_by_chance(mixture, base, live_shares[i]);
		if (i == 0 && rest > 0)
			add_run(1, rest == 1 ? base + line_pointer : btree::posting_size(base, rest),
					rest == 1 ? 0 : btree::posting_size(base, rest) - base - line_pointer);
	}
	if (!cut)
		after_whole_ = run_count_;
	if (groups_ == 1)
		closed_runs_ = first_whole_ = run_count_;
	group_settled_ = 0;
	group_open_ = 0;
	if (btree_.probe != nullptr)
		btree_.probe->end_key();
}

void
Leaf::add(const Entry &entry)
{
	bool same = last_.tuple != nullptr && same_key(last_, entry);
	if (last_.tuple != nullptr)
		boundary(entry, same);
	if (!same)
		finish_group(false);
	last_ = entry;
	double open = 0;
	for (int i = 0; i < entry.count; i++)
	{
		const ItemPointerData &row = entry.pointers[i];
		if (btree_.rows.maps != nullptr && btree_.rows.maps->visible(ItemPointerGetBlockNumberNoCheck(&row)))
			continue;
		open++;
		if (btree_.probe == nullptr)
			continue;
		btree_.probe->add(row);
	}
	double settled = entry.count - open;
	group_settled_ += settled;
	group_open_ += open;
	settled_ += settled;
	open_ += open;
	open_bytes_ += entry.size * open / std::max(entry.count, 1);
	entries_ += entry.count;
}

void
Leaf::read(Measures &measures)
{
	if (btree_.probe != nullptr)
		btree_.probe->begin_page();
	OffsetNumber last = PageGetMaxOffsetNumber(page_);
	for (OffsetNumber offset = P_FIRSTDATAKEY(BTPageGetOpaque(page_)); offset <= last; offset++)
	{
		Entry next;
		if (!entry(offset, next))
		{
			measures.corrupt = true;
			return;
		}
		if (next.marked)
			measures[dead_bytes] += next.size;
		else
			add(next);
	}
	finish_group(goes_on());
	measures[settled_pointers] = settled_;
	measures[open_pointers] = open_;
	measures[open_bytes] = open_bytes_;
	double held = held_by_page();
	double usual = btree::held_by_page(packed_[0], btree_.fillfactor);
	for (std::size_t i = 0; i < shares_ && held > 0; i++)
		measures[rebuilt_leaves + i] = btree::pages_of(packed_[i], btree_.fillfactor) * usual / held;
	if (!btree_.deduplicates)
		for (std::size_t i = 1; i < most_shares; i++)
			measures[rebuilt_leaves + i] =
				entries_ > 0 ? measures[rebuilt_leaves] * (settled_ + open_ * live_shares[i]) / entries_ : 0;
	if (entries_ == 0)
		return;
	measures[entry_squares] = entries_ * entries_;
	measures[entries_by_leaves] = entries_ * measures[rebuilt_leaves];
	double base = last_.key_end == 0 ? 0 : static_cast<double>(last_.key_end);
	double pivot = looked_at_ > 0 ? pivot_bytes_ / looked_at_ : base;
	double tuples = packed_[0].tuples;
	double same = btree_.deduplicates ? std::max(tuples - groups_, 0.0) : same_;
	measures[pivot_bytes] =
		measures[rebuilt_leaves] * (pivot + std::min(same / std::max(tuples, 1.0), 1.0) * btree::heap_tid);
}

static void
read_btree_page(void *state, Buffer buffer, BlockNumber, Measures &measures)
{
	Page page = BufferGetPage(buffer);
	if (!is_in_order(page, sizeof(BTPageOpaqueData)))
	{
		measures.corrupt = true;
		return;
	}
	measures[read_pages] = 1;
	auto *opaque = BTPageGetOpaque(page);
	if (P_IGNORE(opaque))
	{
		measures[free_bytes] = BLCKSZ;
		return;
	}
	if (!P_ISLEAF(opaque))
		return;
	measures[free_bytes] = static_cast<double>(PageGetExactFreeSpace(page));
	Leaf(*static_cast<const Btree *>(state), page).read(measures);
}

/* Fates like those seen that come to a share. */
static Fates
fates_for(double share, const Fates &seen)
{
	double by_chance = 1 - seen.all_live - seen.all_dead;
	double live = by_chance > 0 ? (share - seen.all_live) / by_chance : -1;
	if (live >= 0 && live <= 1)
		return {seen.all_live, seen.all_dead, live};
	return {share, 1 - share, 0};
}

/*
 * The rows of an index that has all of the table's. There are two ways to
 * know: the rows there are, and the entries there are without those of dead
 * rows. Of wide and narrow rows the first is hard to estimate; the second
 * depends on how full the pages are that were read, and part of the dead rows
 * may have lost their entries already.
 */
static void
count_rows(const HeapRows &known, double settled, double open, LiveRows &live)
{
	constexpr double error_of_entries = 0.02;
	double entries = settled + open;
	double lost = std::clamp(known.entries + known.dead - entries, 0.0, known.dead);
	double other_error = std::hypot(known.dead_error, error_of_entries * entries, lost);
	double weight = known.entry_error > 0 ? 1 / (1 + std::pow(known.entry_error / other_error, 2)) : 1;
	live.rows = weight * known.entries + (1 - weight) * (entries - std::min(known.dead, open));
	live.error = weight * known.entry_error + (1 - weight) * known.dead_error;
	/* There are as many entries as rows, dead ones included, or less: what else the sample says is chance. */
	double scale = std::clamp(entries, live.rows, live.rows + known.dead) / entries;
	live.share = open > 0 && scale > 0 ? std::clamp((live.rows - settled * scale) / (open * scale), 0.0, 1.0) : 1;
}

static LiveRows
live_rows(const Btree &btree, const Measures &totals)
{
	double settled = totals[settled_pointers];
	double open = totals[open_pointers];
	LiveRows live = {settled + open, 0, 1, {1, 0, 0}};
	if (btree.rows.maps == nullptr || settled + open < 0.5)
		return live;
	if (btree.probe != nullptr)
		btree.probe->look();
	if (btree.whole)
		count_rows(btree.rows, settled, open, live);
	else if (open > 0 && btree.probe != nullptr)
	{
		live.share = btree.probe->live();
		live.rows = settled + open * live.share;
		live.error = open * btree.probe->error(open);
	}
	live.fates = fates_for(live.share, btree.probe != nullptr ? btree.probe->fates() : Fates{0, 0, 1});
	return live;
}

/* Leaves at a live share between those the pages were packed for. */
static double
leaves_at(double share, const Measures &totals)
{
	std::size_t below = 1;
	while (below + 1 < most_shares && live_shares[below] > share)
		below++;
	double upper = live_shares[below - 1];
	double lower = live_shares[below];
	double part = (share - lower) / (upper - lower);
	return part * totals[rebuilt_leaves + below - 1] + (1 - part) * totals[rebuilt_leaves + below];
}

/*
 * By how many leaves the estimate grows for each row that the sample lacks. As
 * many as a row takes where pages are alike but for how full they are; none
 * where full pages hold few wide rows or many narrow ones.
 */
static double
leaves_of_row(const Measures &totals)
{
	double entries = totals[settled_pointers] + totals[open_pointers];
	double leaves = totals[rebuilt_leaves];
	double pages = std::max(totals[read_pages], 1.0);
	double spread = totals[entry_squares] - entries * entries / pages;
	double common = totals[entries_by_leaves] - entries * leaves / pages;
	return spread > 0 ? std::clamp(common / spread, 0.0, 2 * leaves / entries) : 0;
}

/* Leaves of the index when all its rows are packed anew. */
static double
packed_leaves(const LiveRows &live, const Measures &totals)
{
	double packed = totals[settled_pointers] + totals[open_pointers] * live.share;
	if (packed <= 0 || live.rows < 0.5)
		return 0;
	const Fates &fates = live.fates;
	double leaves = fates.all_live * totals[rebuilt_leaves] +
					fates.all_dead * totals[rebuilt_leaves + most_shares - 1] +
					(1 - fates.all_live - fates.all_dead) * leaves_at(fates.live, totals);
	return leaves + (live.rows - packed) * leaves_of_row(totals);
}

static double
rewritten_btree(const void *state, const Measures &totals)
{
	double leaves = packed_leaves(live_rows(*static_cast<const Btree *>(state), totals), totals);
	if (leaves <= 0)
		return BLCKSZ;
	leaves = btree::whole_pages(leaves);
	double pivot = totals[rebuilt_leaves] > 0 ? totals[pivot_bytes] / totals[rebuilt_leaves] : 0;
	return (1 + leaves + btree::inner_levels(leaves, pivot).pages) * BLCKSZ;
}

/* What it is wrong by when what is known of the table's rows is. */
static double
error_of_rows(const void *state, const Measures &totals)
{
	auto &btree = *static_cast<const Btree *>(state);
	LiveRows live = live_rows(btree, totals);
	double entries = totals[settled_pointers] + totals[open_pointers];
	double leaves = packed_leaves(live, totals);
	double of_each = totals[rebuilt_leaves] / std::max(entries, 1.0);
	if (live.rows >= 1)
		of_each = std::max(of_each, leaves / live.rows);
	/* How equal keys share a page's lists with their neighbours is packed as it is now, not as a build has it. */
	constexpr double error_of_lists = 0.008;
	double lists = btree.deduplicates ? error_of_lists * leaves : 0;
	return std::hypot(live.error * of_each, lists) * BLCKSZ;
}

/* Entries whose rows nobody needs are known once all pages are read. */
static int64
add_dead(void *state, Measures &totals)
{
	auto *btree = static_cast<const Btree *>(state);
	totals[dead_bytes] += (1 - live_rows(*btree, totals).share) * totals[open_bytes];
	return btree->probe == nullptr ? 0 : btree->probe->blocks_read();
}

/* At how many keys to look: each row may be on a page of its own, unless the table has few. */
static std::size_t
choices_of(BlockNumber pages, bool whole, bool deduplicates)
{
	constexpr BlockNumber few_pages = 4096;
	std::size_t choices = whole ? 256 : deduplicates ? 512 : 1024;
	return pages <= few_pages ? choices * 8 : choices;
}

const PageReader &
btree_reader(Relation index, const HeapRows &rows)
{
	TupleDesc descriptor = RelationGetDescr(index);
	int keys = IndexRelationGetNumberOfKeyAttributes(index);
	auto *columns = static_cast<KeyColumn *>(palloc(sizeof(KeyColumn) * static_cast<std::size_t>(keys)));
	for (int i = 0; i < keys; i++)
		columns[i] = {TupleDescAttr(descriptor, i)->attlen, TupleDescAttr(descriptor, i)->attalign};
	bool deduplicates =
		!index->rd_index->indisunique && BTGetDeduplicateItems(index) && _bt_allequalimage(index, false);
	bool whole = RelationGetIndexPredicate(index) == NIL;
	/* How many rows of a whole index are dead its table says, but not whether those of one key are together. */
	RowProbe *probe = nullptr;
	if (rows.maps != nullptr && (!whole || deduplicates))
		probe = RowProbe::make(index->rd_index->indrelid, choices_of(rows.maps->pages, whole, deduplicates),
							   deduplicates ? 4 : 1);
	auto *btree = static_cast<Btree *>(palloc(sizeof(Btree)));
	*btree = {rows,
			  {columns, static_cast<std::size_t>(keys)},
			  IndexRelationGetNumberOfAttributes(index) > keys,
			  deduplicates,
			  whole,
			  static_cast<double>(BTGetFillFactor(index)),
			  probe};
	return lasting(
		{BTREE_METAPAGE + 1, btree_measures, read_btree_page, rewritten_btree, error_of_rows, btree, add_dead});
}

} // namespace dbeng
