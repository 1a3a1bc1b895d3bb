/*
 * page_reader.hpp: what is read off a page of a relation, and what a rewrite
 * would make of all of them.
 *
 * A reader turns one page into a few measures. The sampler (page_sample.hpp)
 * estimates their totals over the whole file from the pages it chose, and asks
 * the reader what size a rewrite would have with these totals. Its error
 * follows from how much the measures of the pages differ.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

inline constexpr std::size_t most_measures = 24;

/* The measures every reader has, in bytes; its own follow. */
enum CommonMeasure : std::size_t
{
	free_bytes, /* can be written to now, or was never written to */
	dead_bytes, /* of what is deleted and still stored */
	held_bytes, /* the part of these that somebody's snapshot may still need */
	common_measures
};

struct Measures
{
	double at[most_measures] = {};
	bool corrupt = false; /* set by a reader: the page contradicts itself and is not counted */

	double &operator[](std::size_t which) { return at[which]; }
	double operator[](std::size_t which) const { return at[which]; }
};

struct PageReader
{
	BlockNumber first;	  /* those before it, as a meta page, are not sampled */
	std::size_t measures; /* how many are used */
	/* The page is pinned, locked in share mode and not new. Quick, and without any error: others wait for the lock. */
	void (*read)(void *state, Buffer buffer, BlockNumber block, Measures &measures);
	/* Bytes of the whole file after VACUUM FULL or REINDEX, when the measures come to these totals. */
	double (*rewritten)(const void *state, const Measures &totals);
	/* Standard error, in bytes, of what rewritten() knows from elsewhere; NULL without. */
	double (*input_error)(const void *state, const Measures &totals);
	void *state;
	/*
	 * Once, after the last page, with nothing locked: puts right the common
	 * measures that only the totals tell. Returns how many blocks of other
	 * files it took. NULL without.
	 */
	int64 (*finish)(void *state, Measures &totals) = nullptr;
};

/* In CurrentMemoryContext. */
inline const PageReader &
lasting(const PageReader &reader)
{
	return *::new (palloc(sizeof(PageReader))) PageReader(reader);
}

} // namespace dbeng
