/*
 * autovacuum.hpp: when autovacuum takes up a table: the server's settings, or the table's own.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct Autovacuum
{
	bool on; /* autovacuum and track_counts */
	double vacuum_base;
	double vacuum_scale;
	double vacuum_most; /* 18 and later; infinity without */
	double insert_base; /* negative: inserts start no vacuum */
	double insert_scale;
	double analyze_base;
	double analyze_scale;

	/* Dead rows, rows inserted, rows changed beyond which the table is taken up. */
	double vacuum_trigger(const RelationEntry &table) const;
	double insert_trigger(const RelationEntry &table) const;
	double analyze_trigger(const RelationEntry &table) const;
};

Autovacuum autovacuum_settings();

/* A table that autovacuum should have taken up long ago. */
struct Behind
{
	const RelationEntry *table;
	double times; /* the larger share of its triggers */
	bool inserts; /* whether that is the one for inserted rows */
};

struct BehindLimits
{
	double times;
	double rows; /* fewer waiting ones are no matter */
	int64 grace; /* microseconds since the start, or the last vacuum */
};

struct Backlog
{
	std::span<const Behind> behind; /* in the order of the catalog */
	const Behind *worst;			/* NULL without */
	std::span<const RelationEntry *const> judged;
	const char *not_judged; /* why nothing was judged; NULL when it was */
};

/* In CurrentMemoryContext. */
Backlog autovacuum_backlog(const Catalog &catalog, const Autovacuum &settings, const BehindLimits &limits);

/* false: switched off for this table. */
bool autovacuum_enabled(const RelationEntry &table);

} // namespace dbeng
