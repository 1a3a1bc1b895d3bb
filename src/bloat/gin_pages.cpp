/*
 * gin_pages.cpp: a tree of entries, each with the rows that have it; where they
 * are many, in a tree of pages of their own; and a list of what is pending.
 */
#include "bloat/index_page.hpp"
#include "planner/gin_size.hpp"

namespace dbeng {

namespace {

enum GinMeasure : std::size_t
{
	entries = common_measures, /* that have a row still needed */
	entry_bytes,			   /* of these, line pointers included; of what is still needed */
	entry_squares,			   /* of the bytes of each */
	entry_keys,				   /* bytes of entries of inner pages with these keys */
	key_bytes,
	single_entries, /* of one row */
	few_entries,	/* of up to seven */
	few_rows,
	many_entries, /* of more */
	many_rows,
	ordered_bytes, /* the part of entry_bytes on pages whose keys come from a short stretch of the table */
	trees,
	tree_bytes, /* of row pointers still needed */
	tree_rows,
	last_leaves, /* of a tree; of the small ones the only one */
	last_bytes,
	small_leaves, /* of last_leaves: would fit into the entry */
	small_bytes,
	last_inner,
	pending_keys,
	pending_bytes,
	gin_measures
};
static_assert(gin_measures <= most_measures);

/*
 * How many different keys are pending, from the lowest of their hashes: so many
 * of them have all those below the highest one.
 */
class KeyCount
{
  public:
	void add(const char *key, std::size_t size)
	{
		uint64 hash = hash_bytes_extended(reinterpret_cast<const unsigned char *>(key), static_cast<int>(size), 0);
		if (count_ == most && hash >= hashes_[most - 1])
			return;
		uint64 *at = std::lower_bound(hashes_, hashes_ + count_, hash);
		if (at < hashes_ + count_ && *at == hash)
			return;
		count_ = std::min(count_ + 1, most);
		std::copy_backward(at, hashes_ + count_ - 1, hashes_ + count_);
		*at = hash;
	}

	double different() const
	{
		if (count_ < most)
			return static_cast<double>(count_);
		return static_cast<double>(most - 1) /
			   (static_cast<double>(hashes_[most - 1]) / static_cast<double>(PG_UINT64_MAX));
	}

  private:
	static constexpr std::size_t most = 1024;
	std::size_t count_ = 0;
	uint64 hashes_[most];
};

struct Gin
{
	EntryLife life;
	double key_size; /* of the tuple's head */
	bool by_value;	 /* its keys */
	double stretch;	 /* blocks of the table that are a short one */
	KeyCount pending;
	bool together; /* is built by several workers, who merge what they have: all of it comes in order */
};

/* Rows of a list of row pointers. */
struct ListRows
{
	double all = 0;
	double live = 0;
	double step_bytes = 2; /* from one that is still needed to the next, packed */
};

/* What the numbers in a list stand for, in bits. */
constexpr int offset_bits = 11;
constexpr int most_shift = 42;

} // namespace

static double
packed_bytes(uint64 step)
{
	double bytes = 1;
	while ((step >>= 7) != 0)
		bytes++;
	return bytes;
}

/* Whether the row is needed, as a coin falls that is the same for all keys of the row. */
static bool
is_kept(uint64 row, double live)
{
	return live >= 1 || murmurhash32(static_cast<uint32>(row ^ (row >> 32))) < live * PG_UINT32_MAX;
}

/*
 * As ginpostinglist.c packs them: differences, seven bits a byte, from the
 * first on. Where rows are left out, the differences are larger.
 */
static ListRows
list_rows(const char *list, const char *end, const EntryLife &life)
{
	auto *head = reinterpret_cast<const GinPostingList *>(list);
	ListRows rows;
	uint64 row = static_cast<uint64>(ItemPointerGetBlockNumberNoCheck(&head->first)) << offset_bits |
				 ItemPointerGetOffsetNumberNoCheck(&head->first);
	uint64 last_kept = 0;
	double kept = 0;
	double bytes = 0;
	auto count = [&]
	{
		double live = life.dead > 0 ? life.live(static_cast<BlockNumber>(row >> offset_bits)) : 1;
		rows.all++;
		rows.live += live;
		if (!is_kept(row, live))
			return;
		if (kept++ > 0)
			bytes += packed_bytes(row - last_kept);
		last_kept = row;
	};
	count();
	uint64 step = 0;
	int shift = 0;
	for (const char *at = list + offsetof(GinPostingList, bytes); at < end; at++)
	{
		auto byte = static_cast<uint8>(*at);
		step |= static_cast<uint64>(byte & 0x7F) << shift;
		if ((byte & 0x80) != 0 && shift < most_shift)
		{
			shift += 7;
			continue;
		}
		row += step;
		count();
		step = 0;
		shift = 0;
	}
	if (kept > 1)
		rows.step_bytes = bytes / (kept - 1);
	return rows;
}

/* Where a list ends; NULL when that is outside its page or tuple. */
static const char *
list_end(const char *list, const char *limit)
{
	if (list + offsetof(GinPostingList, bytes) > limit)
		return nullptr;
	const char *end = list + offsetof(GinPostingList, bytes) + reinterpret_cast<const GinPostingList *>(list)->nbytes;
	return end <= limit ? end : nullptr;
}

static void
count_entry(const Gin &gin, PageItem item, Measures &measures)
{
	auto *tuple = reinterpret_cast<const IndexTupleData *>(item.at);
	double stored = stored_bytes(static_cast<double>(item.size));
	double key = static_cast<double>(item.size);
	double list = 0;
	double survives = 1;
	if (GinIsPostingTree(tuple))
		measures[trees]++;
	else
	{
		ListRows rows;
		rows.all = GinGetNPosting(tuple);
		rows.live = rows.all * (1 - gin.life.dead);
		std::size_t offset = GinGetPostingOffset(tuple);
		if (rows.all > 0 && offset >= sizeof(IndexTupleData) && offset <= item.size)
		{
			key = static_cast<double>(offset);
			list = static_cast<double>(item.size - offset);
			if (GinItupIsCompressed(tuple))
				if (const char *end = list_end(item.at + offset, item.at + item.size))
					rows = list_rows(item.at + offset, end, gin.life);
		}
		/* Every single row may be one that nobody needs. */
		double each = rows.all > 0 ? rows.live / rows.all : 0;
		survives = rows.all > 0 ? 1 - std::pow(1 - each, rows.all) : 0;
		double left = survives > 0 ? std::max(rows.live / survives, 1.0) : 0;
		if (GinItupIsCompressed(tuple) && left > 0)
			list = gin_list_header + 2 * std::ceil(rows.step_bytes * (left - 1) / 2);
		if (left < 1.5)
			measures[single_entries] += survives;
		else if (left < 7.5)
		{
			measures[few_entries] += survives;
			measures[few_rows] += survives * left;
		}
		else
		{
			measures[many_entries] += survives;
			measures[many_rows] += survives * left;
		}
	}
	double bytes = stored_bytes(key + list);
	measures[entries] += survives;
	measures[entry_bytes] += survives * bytes;
	measures[entry_squares] += survives * bytes * bytes;
	measures[entry_keys] += survives * stored_bytes(key);
	measures[key_bytes] += survives * std::max(key - gin.key_size, 0.0);
	measures[dead_bytes] += std::max(stored - survives * bytes, 0.0);
}

static void
read_entries(const Gin &gin, Page page, Measures &measures)
{
	BlockNumber lowest = MaxBlockNumber;
	BlockNumber highest = 0;
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		PageItem item = item_at(page, offset, sizeof(IndexTupleData));
		if (item.at == nullptr)
			continue;
		count_entry(gin, item, measures);
		auto *tuple = reinterpret_cast<const IndexTupleData *>(item.at);
		std::size_t at = GinGetPostingOffset(tuple);
		if (GinIsPostingTree(tuple) || GinGetNPosting(tuple) == 0 || !GinItupIsCompressed(tuple) ||
			at + sizeof(ItemPointerData) > item.size)
			continue;
		auto *first = reinterpret_cast<const ItemPointerData *>(item.at + at);
		lowest = std::min(lowest, ItemPointerGetBlockNumberNoCheck(first));
		highest = std::max(highest, ItemPointerGetBlockNumberNoCheck(first));
	}
	if (highest >= lowest && highest - lowest < gin.stretch)
		measures[ordered_bytes] = measures[entry_bytes];
}

static void
read_tree_leaf(const Gin &gin, Page page, const GinPageOpaqueData &opaque, Measures &measures)
{
	double bytes = 0;
	if ((opaque.flags & GIN_COMPRESSED) == 0)
	{
		/* As pages of before 9.4 are. */
		bytes = opaque.maxoff * static_cast<double>(sizeof(ItemPointerData));
		measures[tree_rows] += opaque.maxoff * (1 - gin.life.dead);
		bytes *= 1 - gin.life.dead;
	}
	else
	{
		const char *list = page + MAXALIGN(SizeOfPageHeaderData) + MAXALIGN(sizeof(ItemPointerData));
		const char *limit = page + reinterpret_cast<PageHeader>(page)->pd_lower;
		while (list < limit)
		{
			const char *end = list_end(list, limit);
			if (end == nullptr)
				break;
			ListRows rows = list_rows(list, end, gin.life);
			/* In a longer list, the first would be a difference, too. */
			bytes += rows.step_bytes * rows.live;
			measures[tree_rows] += rows.live;
			measures[dead_bytes] += std::max(static_cast<double>(end - list) - rows.step_bytes * rows.live, 0.0);
			list += SizeOfGinPostingList(reinterpret_cast<const GinPostingList *>(list));
		}
	}
	measures[tree_bytes] = bytes;
	if (opaque.rightlink != InvalidBlockNumber)
		return;
	measures[last_leaves] = 1;
	measures[last_bytes] = bytes;
	if (bytes < gin_largest_entry - gin_list_header - sizeof(IndexTupleData))
	{
		measures[small_leaves] = 1;
		measures[small_bytes] = bytes;
	}
}

static void
read_pending(Gin &gin, Page page, Measures &measures)
{
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		PageItem item = item_at(page, offset, sizeof(IndexTupleData));
		if (item.at == nullptr)
			continue;
		auto *tuple = reinterpret_cast<const IndexTupleData *>(item.at);
		double live = gin.life.live(ItemPointerGetBlockNumberNoCheck(&tuple->t_tid));
		double bytes = stored_bytes(static_cast<double>(item.size));
		gin.pending.add(item.at + sizeof(IndexTupleData), item.size - sizeof(IndexTupleData));
		measures[pending_keys] += live;
		measures[pending_bytes] += live * bytes;
		measures[dead_bytes] += (1 - live) * bytes;
	}
}

static void
read_gin_page(void *state, Buffer buffer, BlockNumber, Measures &measures)
{
	auto *gin = static_cast<Gin *>(state);
	Page page = BufferGetPage(buffer);
	const auto *opaque =
		reinterpret_cast<const GinPageOpaqueData *>(page + BLCKSZ - MAXALIGN(sizeof(GinPageOpaqueData)));
	if (!is_in_order(page, sizeof(GinPageOpaqueData)))
	{
		measures.corrupt = true;
		return;
	}
	if ((opaque->flags & GIN_META) != 0)
		return;
	if ((opaque->flags & GIN_DELETED) != 0)
	{
		measures[free_bytes] = BLCKSZ;
		return;
	}
	measures[free_bytes] = hole(page);
	if ((opaque->flags & GIN_LIST) != 0)
		read_pending(*gin, page, measures);
	else if ((opaque->flags & GIN_DATA) == 0)
	{
		if ((opaque->flags & GIN_LEAF) != 0)
			read_entries(*gin, page, measures);
	}
	else if ((opaque->flags & GIN_LEAF) != 0)
		read_tree_leaf(*gin, page, *opaque, measures);
	else if (opaque->rightlink == InvalidBlockNumber)
		measures[last_inner] = 1;
}

namespace {

/* Entries of about the same number of rows. */
struct RowClass
{
	double entries;
	double rows; /* of each */
};

/* What an index that is built now has. */
struct Contents : GinEntries
{
	StaticVector<RowClass, 4> classes;
	double key_bytes;
	double list_bytes; /* of entries */
	double tree_pages;
};

} // namespace

static void
add_list(Contents &contents, double lists, double bytes)
{
	if (lists <= 0)
		return;
	double each = stored_bytes(bytes / lists + gin_list_header);
	contents.bytes += lists * each;
	contents.squares += lists * each * each;
	contents.list_bytes += lists * each;
}

/* Trees that are left, and those that would be lists within their entry. */
static void
add_trees(Contents &contents, const Measures &totals)
{
	if (totals[tree_bytes] <= 0)
		return;
	constexpr double largest = gin_largest_entry - gin_list_header;
	double large = std::min(totals[last_inner], totals[last_leaves]);
	double small = totals[last_leaves] - large;
	/* The last page of a large one is as often small as any number is. */
	double share = largest / GinDataPageMaxDataSize;
	double lists = std::clamp(totals[small_leaves] - large * share, 0.0, small);
	double listed = totals[small_leaves] > 0 ? totals[small_bytes] / totals[small_leaves] * lists : 0;
	add_list(contents, lists, listed);
	double single = small - lists;
	contents.tree_pages += single;
	double others = totals[last_leaves] - totals[small_leaves];
	double of_singles = others > 0 ? (totals[last_bytes] - totals[small_bytes]) / others * single : 0;
	double left = std::max(totals[tree_bytes] - listed - of_singles, 0.0);
	/* That a sample saw the roots of none does not make them small. */
	if (large < 1 && left > GinDataPageMaxDataSize)
		large = 1;
	if (large <= 0)
		return;
	double each = left / large;
	if (each < largest)
		add_list(contents, large, left);
	else
		contents.tree_pages += large * gin_tree_pages(each);
}

/*
 * A rebuild merges what is pending. A key of it is new to the index with the
 * probability that any key is, which follows from those of one row.
 */
static void
add_pending(Contents &contents, const Measures &totals, double different)
{
	double pending = totals[pending_keys];
	if (pending <= 0)
		return;
	double rows = totals[single_entries] + totals[few_rows] + totals[many_rows] + totals[tree_rows];
	double fresh = std::min(rows > 0 ? pending * totals[single_entries] / rows : pending, different);
	double each = totals[pending_bytes] / pending;
	double bytes = each + gin_list_header;
	contents.count += fresh;
	contents.bytes += fresh * bytes;
	contents.squares += fresh * bytes * bytes;
	contents.keys += fresh * each;
	contents.classes.push_back({fresh, 1});
	/* The other rows become part of lists, or of trees where there are many of a key. */
	constexpr double row_bytes = 2;
	double others = (pending - fresh) * row_bytes;
	if (others / std::max(different, 1.0) < gin_largest_entry)
		contents.bytes += others;
	else
		contents.tree_pages += different * gin_tree_pages(others / different);
}

static Contents
contents_of(const Gin &gin, const Measures &totals)
{
	Contents contents = {};
	contents.count = totals[entries];
	contents.bytes = totals[entry_bytes];
	contents.squares = totals[entry_squares];
	contents.keys = totals[entry_keys];
	contents.key_bytes = totals[key_bytes];
	contents.list_bytes = totals[entry_bytes] - totals[entry_keys];
	double most = totals[many_entries] + totals[trees];
	contents.classes.push_back({totals[single_entries], 1});
	if (totals[few_entries] > 0)
		contents.classes.push_back({totals[few_entries], totals[few_rows] / totals[few_entries]});
	if (most > 0)
		contents.classes.push_back({most, (totals[many_rows] + totals[tree_rows]) / most});
	add_trees(contents, totals);
	add_pending(contents, totals, gin.pending.different());
	return contents;
}

/* Entries that a part of the rows has, of all. */
static double
seen(const RowClass &one, double part)
{
	return 1 - std::pow(1 - part, std::max(one.rows, 1.0));
}

static double
build_memory(const Contents &contents, double part, bool by_value)
{
	double memory = 0;
	double key = contents.count > 0 && !by_value ? gin_key_memory(contents.key_bytes / contents.count) : 0;
	for (const RowClass &one : contents.classes)
	{
		double there = seen(one, part);
		if (there > 0)
			memory += one.entries * there * (key + gin_entry_memory(std::max(one.rows * part / there, 1.0)));
	}
	return memory;
}

/* By how much the entries grow after the first time that the memory is full. */
static double
build_growth(const Contents &contents, const Gin &gin)
{
	double memory = static_cast<double>(maintenance_work_mem) * 1024;
	if (gin.together || build_memory(contents, 1, gin.by_value) <= memory)
		return 1;
	double low = 0;
	double high = 1;
	for (int i = 0; i < 30; i++)
	{
		double part = (low + high) / 2;
		(build_memory(contents, part, gin.by_value) < memory ? low : high) = part;
	}
	double entries = 0;
	double all = 0;
	for (const RowClass &one : contents.classes)
	{
		entries += one.entries * seen(one, low);
		all += one.entries;
	}
	double lists = std::min(contents.list_bytes, contents.bytes);
	double first = (contents.bytes - lists) * (all > 0 ? entries / all : low) + lists * low;
	return contents.bytes / std::max(first, 1.0);
}

/*
 * Of entries. Keys that come in the order of the table are added behind those
 * of before, however often the memory is full.
 */
static double
entry_pages(const Contents &contents, const Measures &totals, double growth)
{
	double in_order = gin_entry_pages(contents, 1);
	if (growth <= 1 || totals[entry_bytes] <= 0)
		return in_order;
	double ordered = std::min(totals[ordered_bytes] / totals[entry_bytes], 1.0);
	return in_order * ordered + gin_entry_pages(contents, growth) * (1 - ordered);
}

static double
rewritten_gin(const void *state, const Measures &totals)
{
	auto *gin = static_cast<const Gin *>(state);
	Contents contents = contents_of(*gin, totals);
	double pages = std::ceil(entry_pages(contents, totals, build_growth(contents, *gin)));
	return (1 + pages + std::ceil(contents.tree_pages)) * BLCKSZ;
}

static double
gin_error(const void *state, const Measures &totals)
{
	auto *gin = static_cast<const Gin *>(state);
	Contents contents = contents_of(*gin, totals);
	double growth = build_growth(contents, *gin);
	double leaves = entry_pages(contents, totals, growth) * BLCKSZ;
	/* Which keys come first is not known, so neither is which pages are split again. */
	double fill = growth > 1 ? 0.08 : 0.015;
	/* How many keys the rows in the list have in common with the index and each other is a guess from their hashes. */
	double merging = totals[pending_keys] > 0 ? 0.06 : 0;
	return std::hypot(leaves * fill, leaves * merging,
					  rewritten_gin(state, totals) * gin->life.error / gin->life.share);
}

const PageReader &
gin_reader(Relation index, const HeapRows &rows)
{
	auto *gin = ::new (palloc(sizeof(Gin))) Gin{};
	gin->life = entry_life(rows);
	gin->key_size = sizeof(IndexTupleData);
	if (RelationGetNumberOfAttributes(index) > 1)
		gin->key_size += sizeof(int16);
	gin->by_value = TupleDescAttr(RelationGetDescr(index), 0)->attbyval;
	constexpr double short_part = 0.05;
	gin->stretch = short_part * with_table(index, [](Relation table)
										   { return static_cast<double>(RelationGetNumberOfBlocks(table)); });
	gin->together = pg::gin_build_workers(index->rd_index->indrelid, RelationGetRelid(index)) > 0;
	return lasting({1, gin_measures, read_gin_page, rewritten_gin, gin_error, gin});
}

} // namespace dbeng
