/*
 * btree_packing.hpp: how CREATE INDEX packs tuples into the pages of a btree.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng::btree {

/* What nbtree works with: a page without header, special space and the line pointer of its high key. */
inline constexpr double line_pointer = sizeof(ItemIdData);
inline constexpr double page_room =
	BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(BTPageOpaqueData)) - 2 * line_pointer;
inline constexpr double heap_tid = MAXALIGN(sizeof(ItemPointerData));
inline constexpr double row_pointer = sizeof(ItemPointerData);

double aligned(double size);

/* Rows that fit a posting list over a key of base bytes; 1 when it is too large for one. */
double most_rows(double base);
/* A posting list tuple of so many rows, its line pointer included. */
double posting_size(double base, double rows);

/* Leaf tuples in the order of no matter what, line pointers included. */
struct Mixture
{
	double tuples = 0;
	double bytes = 0;
	double squares = 0;
	double tails = 0; /* of the bytes, those of posting lists */

	void add(double count, double size, double tail = 0)
	{
		tuples += count;
		bytes += count * size;
		squares += count * size * size;
		tails += count * tail;
	}
};

/* Pages for tuples of one size, of which tail bytes are a posting list. */
double pages_of_alike(double tuples, double size, double tail, double fillfactor);
double pages_of(const Mixture &mixture, double fillfactor);

/* Tuples of one size in a row. */
struct Run
{
	int32 count;
	double size; /* line pointer included */
	double tail; /* of the size, a posting list */
};

/* The bytes that a page holds on average when these come over and over again; 0 where they cannot fill one. */
double held_by_page(std::span<const Run> runs, double fillfactor);
/* The same of a mixture. */
double held_by_page(const Mixture &mixture, double fillfactor);

/* Of so many pages and a part of one. Of many the part is as good as half a page, and no step. */
double whole_pages(double pages);

struct Levels
{
	double pages;
	int32 height;
};

/* Inner levels over so many leaves whose neighbours are told apart by tuples of this size. */
Levels inner_levels(double leaves, double pivot);

} // namespace dbeng::btree
