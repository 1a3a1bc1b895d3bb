#include "planner/btree_size.hpp"

#include "planner/btree_packing.hpp"

namespace dbeng {

using btree::heap_tid;
using btree::line_pointer;
using btree::page_room;

namespace {

/* Values of several columns that are equally frequent. */
struct Combination
{
	double values;
	double share; /* of the rows, each */
	double most;  /* no more than this share, since one column's value has no more */
	bool nulls;
};

/* What rows with the same key come to. */
class Groups
{
  public:
	Groups(double base, bool deduplicate, double fillfactor)
		: base_(base), most_(deduplicate ? btree::most_rows(base) : 1), fillfactor_(fillfactor)
	{
		whole_ = most_ < 2 ? base_ + line_pointer : btree::posting_size(base_, most_);
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
			pages_ += groups * btree::pages_of_alike(lists, whole_, whole_ - base_ - line_pointer, fillfactor_);
			lists_ += groups * lists;
		}
		else
			mixed_.add(groups * lists, whole_);
		/* Between whole numbers both neighbours are there. */
		double below = std::floor(rest);
		add_rest(groups * (1 - (rest - below)), below);
		add_rest(groups * (rest - below), below + 1);
	}

	/*
	 * Rows spread at random over the values: rows is the average, some have none. most: no value has more, as where one
	 * of several columns is nearly unique.
	 */
	void add_random(double groups, double rows, double most)
	{
		if (rows > many || most_ < 2 || most <= 1)
		{
			add(groups * std::min(rows, 1.0), std::max(rows, 1.0));
			return;
		}
		double hit = std::min(rows / most, 0.999);
		double chance = std::exp(most * std::log1p(-hit)); /* of none */
		for (int count = 1; count < 3 * many && most > count - 1; count++)
		{
			chance *= (most - count + 1) / count * hit / (1 - hit);
			add(groups * chance, count);
			if (count > rows && chance < 1e-6)
				break;
		}
	}

	/* Values that are all there, rows on average: the same number each, or by chance. */
	void add_counted(double groups, double rows, double steady)
	{
		if (rows > many || rows < 1.02)
		{
			add(groups, rows);
			return;
		}
		/* So many rows a value if those without rows counted, too. */
		double low = 0;
		double high = rows;
		for (int i = 0; i < 30; i++)
		{
			double middle = (low + high) / 2;
			(middle / -std::expm1(-middle) < rows ? low : high) = middle;
		}
		add(groups * steady, rows);
		add_random(groups * (1 - steady) * rows / high, high, std::numeric_limits<float>::max());
	}

	static constexpr double many = 50;

	double tuples() const { return mixed_.tuples + lists_; }
	double pages() const { return pages_ + btree::pages_of(mixed_, fillfactor_); }
	/* The widths of the keys vary, too. */
	void vary(const TupleSizes &base)
	{
		mixed_.squares += mixed_.tuples * std::max(base.square - base.average * base.average, 0.0);
	}

  private:
	void add_rest(double groups, double rows)
	{
		if (groups > 0 && rows > 0)
			mixed_.add(groups, rows < 2 ? base_ + line_pointer : btree::posting_size(base_, rows));
	}

	double base_;
	double most_; /* rows of a posting list */
	double fillfactor_;
	double whole_ = 0;
	double pages_ = 0;
	double lists_ = 0;
	btree::Mixture mixed_;
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
tuple_sizes(std::span<const KeyShape> keys, Nulls which)
{
	bool alike = true;
	bool nullable = false;
	for (const KeyShape &key : keys)
	{
		alike = alike && key.sizes.size() == 1;
		nullable = nullable || key.null_fraction > 0;
	}
	bool draw_nulls = nullable && which != Nulls::none;
	int draws = alike && !draw_nulls ? 1 : size_draws * 4;
	double count = 0;
	double sum = 0;
	double squares = 0;
	for (int draw = 0; draw < draws; draw++)
	{
		std::size_t at = 0;
		bool nulls = false;
		for (std::size_t i = 0; i < keys.size(); i++)
		{
			const KeyShape &key = keys[i];
			if (draw_nulls && spread(draw, i + keys.size()) < key.null_fraction)
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
		if (which == Nulls::some && !nulls)
			continue;
		std::size_t header = sizeof(IndexTupleData) + (nulls ? sizeof(IndexAttributeBitMapData) : 0);
		auto size = static_cast<double>(MAXALIGN(MAXALIGN(header) + at));
		count++;
		sum += size;
		squares += size * size;
	}
	if (count == 0)
		return tuple_sizes(keys, Nulls::none);
	return {sum / count, squares / count};
}

/* Adds a column to the combinations, few enough to go on with. */
static void
combine(Vector<Combination> &all, const KeyShape &key)
{
	constexpr std::size_t enough = 64;
	Local<Vector<Combination>> with;
	auto join = [&](const ValueClass &other, bool null)
	{
		for (const Combination &one : all)
			with->push_back({one.values * other.values, one.share * other.share, std::min(one.most, other.share),
							 one.nulls || null});
	};
	for (const ValueClass &other : key.classes)
		join(other, false);
	if (key.null_fraction > 0)
		join({1, key.null_fraction}, true);
	std::sort(with->begin(), with->end(),
			  [](const Combination &a, const Combination &b)
			  { return a.nulls != b.nulls ? a.nulls : a.share > b.share; });
	all.clear();
	/* Neighbours become one where there are too many. */
	std::size_t together = (with->size() + enough - 1) / enough;
	for (std::size_t i = 0; i < with->size();)
	{
		Combination sum = {0, 0, 0, (*with)[i].nulls};
		for (std::size_t j = 0; j < together && i < with->size() && (*with)[i].nulls == sum.nulls; i++, j++)
		{
			sum.values += (*with)[i].values;
			sum.share += (*with)[i].values * (*with)[i].share;
			sum.most += (*with)[i].values * (*with)[i].most;
		}
		sum.share /= std::max(sum.values, 1e-9);
		sum.most /= std::max(sum.values, 1e-9);
		all.push_back(sum);
	}
}

static double
values_of(const KeyShape &key)
{
	double sum = 0;
	for (const ValueClass &one : key.classes)
		sum += one.values;
	return sum;
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
		double count = values_of(keys.keys[i]) + (keys.keys[i].null_fraction > 0 ? 1 : 0);
		values = i + 1 == keys.key_columns ? distinct : std::min(values * count, distinct);
		double here = std::min(values / std::max(leaf_tuples, 1.0), 1.0);
		double width = tuple_sizes(keys.keys.first(i + 1)).average;
		size += std::max(here - told_apart, 0.0) * width;
		told_apart = std::max(told_apart, here);
	}
	return size + (1 - told_apart) * (tuple_sizes(keys.keys.first(keys.key_columns)).average + heap_tid);
}

static void
add_column(Groups &groups, const KeyShape &key, double rows, double share)
{
	/* Values that come one after the other in the table are rather evenly many than by chance. */
	double steady = key.ordered ? 0.6 : 0.15;
	for (const ValueClass &one : key.classes)
		if (share < 1)
			groups.add_random(one.values, rows * one.share, std::max(rows / share * one.share, 1.0));
		else
			groups.add_counted(one.values, rows * one.share, steady);
}

IndexSize
btree_size(const BtreeKeys &keys, double rows, double share)
{
	IndexSize size = {rows, 1, 0};
	if (rows < 1)
		return size;
	TupleSizes base = tuple_sizes(keys.keys, Nulls::none);
	TupleSizes null_base = tuple_sizes(keys.keys, Nulls::some);
	Groups groups(base.average, keys.deduplicate, keys.fillfactor);
	Groups null_groups(null_base.average, keys.deduplicate, keys.fillfactor);
	double without_nulls = 1;
	for (const KeyShape &key : keys.keys)
		without_nulls *= 1 - key.null_fraction;
	double distinct = rows;

	if (!keys.deduplicate)
	{
		groups.add(rows * without_nulls, 1);
		null_groups.add(rows * (1 - without_nulls), 1);
	}
	else if (keys.keys.size() == 1)
	{
		if (keys.unique)
			groups.add(rows * without_nulls, 1);
		else
			add_column(groups, keys.keys[0], rows, share);
		null_groups.add(1, rows * (1 - without_nulls));
		distinct = std::min(keys.unique ? rows : values_of(keys.keys[0]), rows);
	}
	else if (keys.unique && without_nulls == 1)
		groups.add(rows, 1);
	else
	{
		Local<Vector<Combination>> combinations;
		combinations->push_back({1, 1, 1, false});
		for (const KeyShape &key : keys.keys.first(keys.key_columns))
			combine(*combinations, key);
		double all = 0;
		for (const Combination &one : *combinations)
			all += one.values;
		/* Fewer than the product of the columns: each is the more frequent, and all are there. */
		double fewer = keys.distinct > 0 ? std::min(keys.distinct / all, 1.0) : 1;
		distinct = 0;
		for (const Combination &one : *combinations)
		{
			double values = one.values * fewer;
			double average = rows * one.share / fewer;
			double most = std::max(rows / share * one.most, average);
			distinct += values * -std::expm1(-average);
			Groups &where = one.nulls ? null_groups : groups;
			if (keys.unique && !one.nulls)
				where.add(values * average, 1);
			else if (fewer < 1)
				where.add_counted(values, average, 0.5);
			else
				where.add_random(values, average, most);
		}
		distinct = std::clamp(distinct, 1.0, rows);
	}
	groups.vary(base);
	null_groups.vary(null_base);
	double leaves = std::max(std::ceil(groups.pages() + null_groups.pages()), 1.0);
	btree::Levels levels =
		btree::inner_levels(leaves, pivot_size(keys, groups.tuples() + null_groups.tuples(), distinct));
	size.pages = 1 + levels.pages + leaves;
	size.tree_height = levels.height;
	return size;
}

} // namespace dbeng
