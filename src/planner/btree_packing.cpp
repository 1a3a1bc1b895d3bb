#include "planner/btree_packing.hpp"

namespace dbeng::btree {

namespace {

/* A posting list tuple of a build is at most a tenth of a page. */
constexpr int32 posting_limit = MAXALIGN_DOWN(MAXALIGN_DOWN(BLCKSZ * 10 / 100) - sizeof(ItemIdData));

} // namespace

/* Free bytes a page keeps. */
static double
reserve(double fillfactor)
{
	return std::floor(BLCKSZ * (100 - fillfactor) / 100);
}

double
aligned(double size)
{
	return static_cast<double>(MAXALIGN(static_cast<std::size_t>(size)));
}

double
most_rows(double base)
{
	double most = std::floor((posting_limit - base) / row_pointer);
	return most < 2 ? 1 : most;
}

double
posting_size(double base, double rows)
{
	return aligned(base + rows * row_pointer) + line_pointer;
}

/*
 * A page is closed when its fill factor is reached, not counting the last posting list, or the next tuple does not fit;
 * its last tuple moves to the next page and leaves room for the high key.
 */
static double
tuples_of_page(double size, double tail, double fillfactor)
{
	double room = page_room - reserve(fillfactor);
	double soft = std::floor((room - (size - tail)) / size) + 1;
	double hard = std::floor((page_room - heap_tid + line_pointer) / size) - 1;
	return std::max(std::min(soft, hard), 1.0);
}

double
pages_of_alike(double tuples, double size, double tail, double fillfactor)
{
	return tuples / tuples_of_page(size, tail, fillfactor);
}

double
held_by_page(const Mixture &mixture, double fillfactor)
{
	if (mixture.tuples <= 0)
		return 0;
	double average = mixture.bytes / mixture.tuples;
	double square = mixture.squares / mixture.tuples;
	double tail = mixture.tails / mixture.tuples;
	if (square - average * average < 1)
		return average * tuples_of_page(average, tail, fillfactor);
	/* By how much sums of random sizes exceed a limit on average. */
	double overshoot = square / (2 * average);
	double soft = page_room - reserve(fillfactor) - (average - tail) + overshoot;
	double hard = page_room - heap_tid + line_pointer - average - overshoot;
	return std::max(std::min(soft, hard), average);
}

double
pages_of(const Mixture &mixture, double fillfactor)
{
	double held = held_by_page(mixture, fillfactor);
	return held > 0 ? mixture.bytes / held : 0;
}

double
held_by_page(std::span<const Run> runs, double fillfactor)
{
	constexpr int enough_pages = 16;
	double reserved = reserve(fillfactor);
	double used = 0;
	double last_size = 0;
	double last_tail = 0;
	int tuples = 0;
	double held = 0;
	int pages = 0;
	double bytes = 0;
	for (const Run &run : runs)
		bytes += run.count * run.size;
	if (bytes < 1)
		return 0;
	while (pages < enough_pages)
		for (const Run &run : runs)
			for (int32 i = 0; i < run.count; i++)
			{
				double free = page_room - used;
				if (tuples > 0 &&
					(free < run.size - line_pointer + heap_tid || (tuples > 1 && free + last_tail < reserved)))
				{
					held += tuples > 1 ? used - last_size : used;
					pages++;
					used = tuples > 1 ? last_size : 0;
					tuples = tuples > 1 ? 1 : 0;
				}
				used += run.size;
				last_size = run.size;
				last_tail = run.tail;
				tuples++;
			}
	return held / pages;
}

double
whole_pages(double pages)
{
	constexpr double many = 100;
	/* A last page takes one tuple more than the others, which are closed when the next one comes. */
	constexpr double tuple = 0.005;
	return pages < many ? std::max(std::ceil(pages - tuple), 1.0) : pages + 0.5;
}

Levels
inner_levels(double leaves, double pivot)
{
	double fanout = std::max(std::floor((page_room - reserve(BTREE_NONLEAF_FILLFACTOR)) / (pivot + line_pointer)), 2.0);
	Levels levels = {0, 0};
	for (double level = leaves; level > 1; levels.height++)
	{
		level = whole_pages(level / fanout);
		levels.pages += level;
	}
	return levels;
}

} // namespace dbeng::btree
