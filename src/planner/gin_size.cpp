#include "planner/gin_size.hpp"

namespace dbeng {

/* As allocated: by powers of two. */
static double
allocated(double bytes)
{
	return pg::chunk_header + std::exp2(std::ceil(std::log2(std::max(bytes, 8.0))));
}

double
gin_entry_memory(double rows)
{
	constexpr double node = 64;	   /* of the tree they are collected in */
	constexpr double pointers = 5; /* at first, then twice as many each time */
	double room = pointers * std::exp2(std::ceil(std::log2(std::max(rows / pointers, 1.0))));
	return node + allocated(room * sizeof(ItemPointerData));
}

double
gin_key_memory(double bytes)
{
	return allocated(bytes);
}

/*
 * In order, a page is split in halves, and what comes goes to the right one:
 * all but the last stay as full as a left half is.
 */
static double
pages_in_order(double bytes, double left)
{
	return bytes <= gin_page_room ? 1 : 1 + std::ceil((bytes - gin_page_room) / left);
}

/*
 * Pages that became so many times as large, each: the average over pages whose
 * growth differs by chance, in doublings, by this standard deviation.
 */
static double
pages_after_growth(double doublings)
{
	constexpr double deviation = 0.25;
	double pages = 0;
	double weights = 0;
	for (int step = -10; step <= 10; step++)
	{
		double at = step / 4.0;
		double weight = std::exp(-at * at / 2);
		pages += weight * std::exp2(std::max(std::ceil(doublings + at * deviation), 0.0));
		weights += weight;
	}
	return pages / weights;
}

double
gin_entry_pages(const GinEntries &entries, double growth)
{
	if (entries.count < 1 || entries.bytes <= gin_page_room)
		return 1;
	/* How far the one that goes over the limit does so, in the page and in the half. */
	double larger = entries.squares / entries.bytes;
	double left = std::min(gin_page_room / 2 + 0.75 * larger, gin_page_room);
	double pages = pages_in_order(entries.bytes / std::max(growth, 1.0), left);
	if (growth > 1)
		pages = std::ceil(pages * pages_after_growth(std::log2(growth * left / gin_page_room)));
	double fanout = std::max(std::floor(gin_page_room / 2 / (entries.keys / entries.count)) + 1, 2.0);
	double level = pages;
	while (level > 1)
	{
		level = level <= 2 * fanout ? 1 : std::ceil(level / fanout);
		pages += level;
	}
	return pages;
}

double
gin_tree_pages(double bytes)
{
	/* The first page has segments as long as they may be, the others as long as they should be. */
	constexpr double first = 21 * (384 - gin_list_header);
	constexpr double other = 31 * (256 - gin_list_header);
	constexpr double fanout = GinDataPageMaxDataSize / sizeof(PostingItem);
	if (bytes <= first)
		return 1;
	double leaves = 1 + std::ceil((bytes - first) / other);
	double pages = leaves;
	for (double level = leaves; level > 1;)
	{
		level = std::ceil(level / fanout);
		pages += level;
	}
	return pages;
}

} // namespace dbeng
