/*
 * space_maps.hpp: what the free space map and the visibility map of a relation
 * say, read without touching one of its own pages.
 *
 * A page of the free space map stands for some 4,000 pages of the relation, a
 * page of the visibility map for 32,000. Of a relation that is larger than
 * 8 GB an even share of the maps is read.
 */
#pragma once

#include "bloat/maps.hpp"

namespace dbeng {

struct SpaceMaps
{
	/* Pages by their free space, those that are all-visible apart. Scaled up to the relation where a share was read. */
	double visible[space_steps];
	double changed[space_steps];
	double visible_pages;
	double pages;		  /* of the relation that were looked up; 0: it has no map, or could not be looked at */
	double covered_pages; /* of these the free space map has an entry for */
};

/* Free bytes on a page of this step, on average. */
inline double
free_of_step(int step)
{
	return step == 0 ? 0 : step * space_step + space_step / 2.0;
}

struct MappedFile
{
	Oid relation; /* what is locked, for a moment and only if that is free */
	Oid tablespace;
	pg::FileNumber file;
	bool permanent;
	bool visibility; /* a heap's; an index has none */
};

/* pages: of the relation now. */
SpaceMaps read_space_maps(const MappedFile &file, int64 pages);

} // namespace dbeng
