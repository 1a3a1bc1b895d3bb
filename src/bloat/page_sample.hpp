/*
 * page_sample.hpp: estimates over a file from a few of its pages.
 *
 * The pages are told apart by what the maps say of them: all visible or not,
 * with how much free space. Of each kind blocks are drawn at random, one from
 * each of equal stretches of the file, and read in order through a ring of
 * buffers; where most is not known, twice as many are drawn, until the
 * standard error is under half a point of the file, or the limit is reached.
 * A block that cannot be read, or that its reader finds corrupt, is left out:
 * the others stand for it.
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
	int64 allowed = 256; /* but so many blocks in any case */
};

struct PageSample
{
	Measures totals;
	Measures errors;   /* standard errors of these */
	double rewritten;  /* bytes */
	double half_width; /* of the 95 % interval of rewritten, bytes */
	BlockNumber pages;
	int64 blocks_read; /* of the main fork, and of its maps */
	int64 corrupt;	   /* of those: could not be read; the others stand for them */
	bool exact;		   /* all pages were read, or could not be */
	bool gave_way;	   /* ended early, since somebody waits for the relation's lock */
};

/* The relation is open and locked in ACCESS SHARE mode at least. maps: of it; NULL without. */
PageSample sample_pages(Relation relation, const PageReader &reader, const Maps *maps, const SampleLimits &limits);

} // namespace dbeng
