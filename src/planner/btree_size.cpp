#include "planner/btree_size.hpp"

namespace dbeng {

namespace {

/* What nbtree works with: a page without header, special space and the line pointer of its high key. */
constexpr double line_pointer = sizeof(ItemIdData);
constexpr double page_room = BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(BTPageOpaqueData)) - 2 * line_pointer;
constexpr double heap_tid = MAXALIGN(sizeof(ItemPointerData));
constexpr double inner_fillfactor = BTREE_NONLEAF_FILLFACTOR;
/* A posting list tuple of a build is at most a tenth of a page. */
constexpr int32 posting_limit = MAXALIGN_DOWN(BLCKSZ * 10 / 100) - sizeof(ItemIdData);

/* Leaf tuples in the order of no matter what, line pointers included. */
struct Mixture
{
	double tuples = 0;
	double bytes = 0;
	double squares = 0;

	void add(double count, double size)
	{
		tuples += count;
		bytes += count * size;
		squares += count * size * size;
	}
};

double
aligned(double size)
{
	return static_cast<double>(MAXALIGN(static_cast<std::size_t>(size)));
}

/* Free bytes a page keeps. */
double
reserve(double fillfactor)
{
	return std::floor(BLCKSZ * (100 - fillfactor) / 100);
}

/*
 * Pages for tuples of one size, of which tail bytes are a posting list. A page
 * is closed when its fill factor is reached, not counting the last posting
 * list, or the next tuple does not fit; its last tuple moves to the next page
 * and leaves room for the high key.
 */
double
pages_of_alike(double tuples, double size, double tail, double fillfactor)
{
	double room = page_room - reserve(fillfactor);
	double soft = std::floor((room - (size - tail)) / size) + 1;
	double hard = std::floor((page_room - heap_tid + line_pointer) / size) - 1;
	return tuples / std::max(std::min(soft, hard), 1.0);
}

double
pages_of(const Mixture &mixture, double fillfactor)
{
	if (mixture.tuples <= 0)
		return 0;
	double average = mixture.bytes / mixture.tuples;
	double square = mixture.squares / mixture.tuples;
	if (square - average * average < 1)
		return pages_of_alike(mixture.tuples, average, 0, fillfactor);
	/* By how much sums of random sizes exceed a limit on average. */
	double overshoot = square / (2 * average);
	double room = page_room - reserve(fillfactor) - average + overshoot;
	return mixture.bytes / std::clamp(room, average, page_room - average);
}

/* What rows with the same key come to. */
class Groups
{
  public:
	Groups(double base, bool deduplicate, double fillfactor)
		: base_(base),
		  most_(deduplicate ? std::floor((MAXALIGN_DOWN(posting_limit) - base) / sizeof(ItemPointerData)) : 1),
		  fillfactor_(fillfactor)
	{
		if (most_ < 2)
			most_ = 1;
		whole_ = most_ < 2 ? base_ + line_pointer : posting(most_);
	}

	/* so many groups of rows rows each */
	void add(double groups, double rows)
	{
		if (groups <= 0 || rows <= 0)
			return;
		if (most_ < 2 || rows <= 1)
		{
			mixed_.add(groups * rows, base_ + line_pointer);
			return;
		}
		double lists = std::floor(rows / most_);
		double rest = rows - lists * most_;
		/* A long run of full posting lists has pages of its own. */
		if (lists * whole_ > 4 * page_room)
		{
			pages_ += groups * pages_of_alike(lists, whole_, whole_ - base_ - line_pointer, fillfactor_);
			lists_ += groups * lists;
		}
		else
			mixed_.add(groups * lists, whole_);
		/* Between whole numbers both neighbours are there. */
		double below = std::floor(rest);
		add_rest(groups * (1 - (rest - below)), below);
		add_rest(groups * (rest - below), below + 1);
	}

	/* Rows spread at random over the values: rows is the average, some have none. */
	void add_random(double groups, double rows)
	{
		constexpr double many = 50;
		if (rows > many || most_ < 2)
		{
			add(groups, rows);
			return;
		}
		double chance = std::exp(-rows);
		for (int count = 1; count < 3 * many; count++)
		{
			chance *= rows / count;
			add(groups * chance, count);
			if (count > rows && chance < 1e-6)
				break;
		}
	}

	double tuples() const { return mixed_.tuples + lists_; }
	double pages() const { return pages_ + pages_of(mixed_, fillfactor_); }
	const Mixture &mixed() const { return mixed_; }
	Mixture &mixed() { return mixed_; }
	double whole_pages() const { return pages_; }
	double lists() const { return lists_; }

  private:
	double posting(double rows) const
	{
		return aligned(base_ + rows * static_cast<double>(sizeof(ItemPointerData))) + line_pointer;
	}
	void add_rest(double groups, double rows)
	{
		if (groups > 0 && rows > 0)
			mixed_.add(groups, rows < 2 ? base_ + line_pointer : posting(rows));
	}

	double base_;
	double most_; /* rows of a posting list */
	double fillfactor_;
	double whole_ = 0;
	double pages_ = 0;
	double lists_ = 0;
	Mixture mixed_;
};

} // namespace

/* Evenly spread over 0 … 1 and, for another column, in another order. */
static double
spread(int draw, std::size_t column)
{
	static constexpr double steps[] = {0.6180339887, 0.7548776662, 0.5698402910,
									   0.8191725134, 0.6710436067, 0.5497004779};
	double at = (draw + 0.5) * steps[column % std::size(steps)] + static_cast<double>(column) * 0.137;
	return at - std::floor(at);
}

TupleSizes
tuple_sizes(std::span<const KeyShape> keys, bool with_nulls)
{
	bool alike = true;
	for (const KeyShape &key : keys)
		alike = alike && key.sizes.size() == 1 && !(with_nulls && key.null_fraction > 0);
	int draws = alike ? 1 : size_draws * 4;
	double sum = 0;
	double squares = 0;
	for (int draw = 0; draw < draws; draw++)
	{
		std::size_t at = 0;
		bool nulls = false;
		for (std::size_t i = 0; i < keys.size(); i++)
		{
			const KeyShape &key = keys[i];
			if (with_nulls && key.null_fraction > 0 && spread(draw, i + keys.size()) < key.null_fraction)
			{
				nulls = true;
				continue;
			}
			std::size_t n = key.sizes.size();
			auto size = static_cast<std::size_t>(
				n == 1 ? key.sizes[0] : key.sizes[static_cast<std::size_t>(spread(draw, i) * static_cast<double>(n))]);
			/* Varlenas with a short header are not aligned. */
			if (key.length > 0 || (key.length == -1 && size > VARATT_SHORT_MAX))
				at = att_align_nominal(at, key.align);
			at += size;
		}
		double size =
			static_cast<double>(MAXALIGN((nulls ? MAXALIGN(sizeof(IndexTupleData) + sizeof(IndexAttributeBitMapData))
												: MAXALIGN(sizeof(IndexTupleData))) +
										 at));
		sum += size;
		squares += size * size;
	}
	return {sum / draws, squares / draws};
}

/* Classes of values of one column and another, NULLs included, few enough to go on with. */
static void
combine(Vector<ValueClass> &all, const KeyShape &key)
{
	constexpr std::size_t enough = 64;
	Local<Vector<ValueClass>> with;
	auto join = [&](const ValueClass &other)
	{
		for (const ValueClass &one : all)
			with->push_back({one.values * other.values, one.share * other.share, false});
	};
	for (const ValueClass &other : key.classes)
		join(other);
	if (key.null_fraction > 0)
		join({1, key.null_fraction, true});
	std::sort(with->begin(), with->end(), [](const ValueClass &a, const ValueClass &b) { return a.share > b.share; });
	all.clear();
	/* Neighbours become one where there are too many. */
	std::size_t together = (with->size() + enough - 1) / enough;
	for (std::size_t i = 0; i < with->size(); i += together)
	{
		ValueClass sum = {0, 0, false};
		for (std::size_t j = i; j < std::min(i + together, with->size()); j++)
		{
			sum.values += (*with)[j].values;
			sum.share += (*with)[j].values * (*with)[j].share;
		}
		sum.share /= std::max(sum.values, 1.0);
		all.push_back(sum);
	}
}

/* Inner levels over so many leaves whose neighbours are told apart by tuples of this size. */
static void
add_levels(IndexSize &size, double leaves, double pivot)
{
	double fanout = std::max(std::floor((page_room - reserve(inner_fillfactor)) / (pivot + line_pointer)), 2.0);
	double level = leaves;
	size.pages = leaves;
	while (level > 1)
	{
		level = std::ceil(level / fanout);
		size.pages += level;
		size.tree_height++;
	}
}

/* A pivot keeps the columns that tell two neighbours apart, and the heap TID where none does. */
static double
pivot_size(const BtreeKeys &keys, double leaf_tuples, double distinct)
{
	double told_apart = 0;
	double size = 0;
	double values = 1;
	for (std::size_t i = 0; i < keys.key_columns && told_apart < 0.999; i++)
	{
		double count = keys.keys[i].null_fraction > 0 ? 1 : 0;
		for (const ValueClass &one : keys.keys[i].classes)
			count += one.values;
		values = i + 1 == keys.key_columns ? distinct : std::min(values * count, distinct);
		double here = std::min(values / std::max(leaf_tuples, 1.0), 1.0);
		double width = tuple_sizes(keys.keys.first(i + 1)).average;
		size += std::max(here - told_apart, 0.0) * width;
		told_apart = std::max(told_apart, here);
	}
	return size + (1 - told_apart) * (tuple_sizes(keys.keys.first(keys.key_columns)).average + heap_tid);
}

IndexSize
btree_size(const BtreeKeys &keys, double rows, double share)
{
	IndexSize size = {rows, 1, 0};
	if (rows < 1)
		return size;
	bool single = keys.keys.size() == 1;
	TupleSizes base = tuple_sizes(keys.keys, !single);
	Groups groups(base.average, keys.deduplicate, keys.fillfactor);
	double null_pages = 0;
	double null_tuples = 0;
	double distinct = rows;

	if (single && keys.keys[0].null_fraction > 0)
	{
		Groups nulls(aligned(sizeof(IndexTupleData) + sizeof(IndexAttributeBitMapData)), keys.deduplicate,
					 keys.fillfactor);
		nulls.add(1, rows * keys.keys[0].null_fraction);
		null_pages = nulls.pages();
		null_tuples = nulls.tuples();
	}
	double table_rows = rows / share;
	if (keys.unique || !keys.deduplicate || keys.distinct >= table_rows)
		groups.add(rows * (single ? 1 - keys.keys[0].null_fraction : 1), 1);
	else
	{
		distinct = 0;
		Local<Vector<ValueClass>> classes;
		if (single)
			classes->insert(classes->end(), keys.keys[0].classes.begin(), keys.keys[0].classes.end());
		else
		{
			classes->push_back({1, 1, true});
			for (std::size_t i = 0; i < keys.key_columns; i++)
				combine(*classes, keys.keys[i]);
		}
		/* Fewer combinations than the product of the columns: each is the more frequent. */
		double combinations = 0;
		for (const ValueClass &one : *classes)
			combinations += one.values;
		double fewer = keys.distinct > 0 ? std::min(keys.distinct / combinations, 1.0) : 1;
		for (const ValueClass &one : *classes)
		{
			double values = one.values * fewer;
			double average = rows * one.share / fewer;
			distinct += values * std::min(average, 1.0);
			if (!one.counted && fewer == 1)
				groups.add_random(values, average);
			else if (share == 1 && average < 50)
			{
				/*
				 * Each value is there: so many times exactly, as the halves of a pair, or by chance, as the orders of
				 * a customer. Between the two.
				 */
				double chance = average;
				for (int i = 0; i < 20; i++)
					chance = average * (1 - std::exp(-chance));
				groups.add(values / 2, average);
				if (chance > 0.01)
					groups.add_random(values / 2 * average / chance, chance);
				else
					groups.add(values / 2, average);
			}
			else if (share < 1)
				groups.add_random(values, average);
			else
				groups.add(values, average);
		}
		distinct = std::clamp(distinct, 1.0, rows);
	}
	/* The variety of the widths on top of that of the groups. */
	groups.mixed().squares += groups.mixed().tuples * std::max(base.square - base.average * base.average, 0.0);
	double leaves = std::max(std::ceil(groups.pages() + null_pages), 1.0);
	add_levels(size, leaves, pivot_size(keys, groups.tuples() + null_tuples, distinct));
	size.pages += 1;
	return size;
}

} // namespace dbeng
