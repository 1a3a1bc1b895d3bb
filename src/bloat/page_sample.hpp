/*
 * page_sample.hpp: estimates over a file from a few of its pages.
 *
 * Blocks are drawn at random, one from each of as many equal stretches of the
 * file, and read in order through a ring of buffers. The sample grows until
 * the standard error is under half a point of the file, or its limit is
 * reached.
 */
#pragma once

#include "bloat/maps.hpp"
#include "bloat/page_reader.hpp"

namespace dbeng {

struct SampleLimits
{
	int64 most = 1000;	 /* blocks; negative: all of them */
	int64 least = 64;	 /* blocks, read in any case */
	double share = 0.01; /* of the file, beyond which it does not grow either */
};

struct PageSample
{
	Measures totals;
	double rewritten;  /* bytes */
	double half_width; /* of the 95 % interval of rewritten, bytes */
	BlockNumber pages;
	int64 blocks_read; /* of the main fork, and of its maps */
	int64 corrupt;	   /* of those: could not be read, and stand for nothing */
	bool exact;		   /* all pages were read */
	bool gave_way;	   /* ended early, since somebody waits for the relation's lock */
};

/* The relation is open and locked in ACCESS SHARE mode at least. maps: of it; NULL without. */
PageSample sample_pages(Relation relation, const PageReader &reader, const Maps *maps, const SampleLimits &limits);

} // namespace dbeng
