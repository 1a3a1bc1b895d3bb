/*
 * soft_delete_indexes.hpp: indexes, and unique constraints, that are of live
 * rows only while a table keeps its deleted ones.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* What the catalogs say of an index, or unique constraint, that is to be of live rows only, or was made so; or of a part of it, in a partition. */
struct LiveIndex
{
	const char *name;
	const char *qualified;	/* quoted */
	const char *table;		/* quoted */
	const char *parent;		/* quoted; NULL: it is no part of another one */
	const char *index;		/* CREATE INDEX …, as it is */
	const char *predicate;	/* as it is, NULL without */
	const char *condition;	/* that of its own, NULL without */
	const char *constraint; /* UNIQUE (…), NULL: an index alone */
	const char *comment;
	const char *constraint_comment;
	const char *tablespace;
	const char *statistics; /* ALTER COLUMN …, NULL: as for every index */
	bool clustered;
};

/* The indexes that can be of live rows: unique ones, others. A NOTICE tells of each that cannot. */
void find_live_indexes(Oid relation, const char *column, bool unique, bool others, Vector<LiveIndex> &indexes);

/* Makes them indexes of live rows; returns what such an index does not say of what it was, as JSON. */
const char *make_live(Oid relation, const char *column, const Vector<LiveIndex> &indexes);

/* As they were made of what they were: whatever has been renamed since is taken along. */
void make_whole(Oid relation, const char *json);

} // namespace dbeng
