#include "planner/hash_size.hpp"

namespace dbeng {

/* Pages are allocated by powers of two, from 1,024 on in four steps to the next one. */
static double
allocated(double buckets)
{
	if (buckets <= 2)
		return 2;
	double power = std::exp2(std::ceil(std::log2(buckets)));
	if (power < (1 << HASH_SPLITPOINT_GROUPS_WITH_ONE_PHASE))
		return power;
	double step = power / 2 / HASH_SPLITPOINT_PHASES_PER_GRP;
	return power / 2 + std::ceil((buckets - power / 2) / step) * step;
}

HashBuckets
hash_buckets(double planned, double rows, int fillfactor)
{
	double filled = std::max(std::floor(BLCKSZ * fillfactor / 100.0 / hash_item_bytes), 10.0);
	double first = allocated(std::floor(planned / filled));
	if (rows <= first * filled)
		return {first, first};
	double grown = std::ceil(rows / filled);
	return {grown, allocated(grown)};
}

/* Probability that a normal variable exceeds its mean by so many deviations. */
static double
exceeds(double deviations)
{
	return 0.5 * std::erfc(deviations / std::sqrt(2.0));
}

/* Expected pages beyond the first of a bucket with so many rows. */
static double
bucket_overflow(double average, double deviation)
{
	double pages = 0;
	for (int count = 1; count * hash_page_items < average + 6 * deviation && count < 10000; count++)
		pages += deviation > 0 ? exceeds((count * hash_page_items - average) / deviation) : 1;
	return pages;
}

double
hash_overflow(const HashRows &rows, const HashBuckets &buckets)
{
	/* Between two powers of two, the buckets that are not split yet have the rows of two. */
	double power = std::exp2(std::ceil(std::log2(buckets.used)));
	double unsplit = power - buckets.used;
	double each = rows.frequent > 0 ? rows.frequent_rows / rows.frequent : 0;
	double overflow = 0;
	for (double load : {1.0, 2.0})
	{
		double count = load > 1 ? unsplit : buckets.used - unsplit;
		if (count <= 0)
			continue;
		double average = load * rows.rows / power;
		double deviation = std::sqrt(load * rows.squares / power);
		/* How many of the frequent values fall into a bucket is as Poisson says. */
		double frequent = load * rows.frequent / power;
		double chance = std::exp(-frequent);
		if (chance <= 0)
		{
			overflow +=
				count * bucket_overflow(average + frequent * each, std::hypot(deviation, each * std::sqrt(frequent)));
			continue;
		}
		double left = 1;
		for (int values = 0; left > 1e-6 && values < 1000; values++)
		{
			overflow += count * chance * bucket_overflow(average + values * each, deviation);
			left -= chance;
			chance *= frequent / (values + 1);
		}
	}
	return overflow;
}

double
hash_pages(const HashBuckets &buckets, double overflow)
{
	double bitmaps = 1 + std::floor(overflow / (BLCKSZ * 4.0));
	return 1 + buckets.allocated + bitmaps + std::ceil(overflow);
}

} // namespace dbeng
