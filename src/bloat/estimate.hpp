/*
 * estimate.hpp: totals over a file, and how far off they may be, from the
 * pages that were read of each of its strata.
 *
 * Within a stratum the pages are one of each of as many equal stretches, in
 * the order of the file. What the free space map says of a page is known of
 * all pages, so the estimate is a regression on it. Neighbours are alike,
 * hence the error is taken from the differences between one page and the
 * next. To this comes an allowance for what a small sample does not show:
 * that no page of 64 is empty does not prove that there is none.
 */
#pragma once

#include "bloat/page_reader.hpp"

namespace dbeng {

struct Reading
{
	BlockNumber block;
	double mapped_free; /* bytes, as the map has them */
	Measures measures;
};

struct Stratum
{
	double pages;
	double mapped_free; /* sum over all its pages */
	double doubt; /* how far from its like a page may be that was not read; 1: as far as an empty one from a full one */
	std::span<const Reading> readings; /* by block */
	double variance;				   /* of the file's rewritten size, from this stratum; set by estimate() */
};

struct Estimate
{
	Measures totals;
	Measures errors; /* standard errors */
	double rewritten;
	double error;	/* standard error of rewritten */
	double freedom; /* its degrees of freedom */

	double half_width(double input_error) const; /* of the 95 % interval */
};

/* known: totals over pages that belong to no stratum. */
Estimate estimate(const PageReader &reader, std::span<Stratum> strata, const Measures &known);

} // namespace dbeng
