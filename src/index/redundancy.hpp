/*
 * redundancy.hpp: which indexes of a table another one makes superfluous.
 *
 * An index is redundant when another serves every scan that it serves, in the
 * same order, and enforces everything that it enforces. Where two cover each
 * other, one is kept and one accused, the same ones each time; whatever
 * covers an accused index is itself never accused, so that all of them can be
 * dropped together.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

enum class Overlap : uint8
{
	none,
	duplicate, /* the same keys; also the non-unique twin of a unique index, and all columns reversed */
	prefix,	   /* its keys are the first ones of the other's; or a hash index beside a btree */
	include	   /* as one of these, but for INCLUDE columns */
};

struct Cover
{
	Overlap overlap = Overlap::none;
	bool backwards = false; /* the other is read in the opposite direction */
};

struct RedundantIndex
{
	const IndexEntry *index;
	const IndexEntry *covered_by;
	Cover cover;
};

/*
 * In one word: 'unique covers', where the other one is unique on the same keys and this one is not; 'duplicate', where
 * both have the same keys; 'prefix', also for a hash index beside a btree. INCLUDE columns make no kind of their own.
 */
const char *kind_name(const RedundantIndex &redundant);

/* Does keep serve and enforce all that dropped does? Going by what they are, not by whether they are valid. */
Cover covers(const IndexEntry &keep, const IndexEntry &dropped);

/*
 * Could it go without taking along more than itself? Not what is a primary key, an exclusion constraint, a
 * replica identity, the order of CLUSTER, what a foreign key refers to, or a part of a partitioned index.
 */
bool expendable(const IndexEntry &index);

/* Appends the redundant ones of a table's usable indexes, in the order of its indexes. */
void find_redundant(const RelationEntry &table, Vector<RedundantIndex> &found);

} // namespace dbeng
