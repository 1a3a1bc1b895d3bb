/*
 * workload.hpp: the statements of this database that pg_stat_statements holds.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* One statement, whoever ran it and at whatever level. */
struct StatementEntry
{
	int64 query_id;
	Oid user; /* the one who spent the most time in it */
	int64 calls;
	double total_ms; /* execution */
	double mean_ms;
	double max_ms;
	double deviation_ms; /* standard deviation of one call */
	double planning_ms;	 /* total; 0 unless track_planning */
	int64 rows;
	int64 blocks_hit; /* shared */
	int64 blocks_read;
	int64 temp_read; /* blocks */
	int64 temp_written;
	int64 wal_bytes;
	double jit_ms;	  /* total */
	const char *text; /* as normalised by the server; NULL when hidden or lost */
	RawStmt *parsed;  /* NULL when it is no single statement this server's parser takes */
	bool application; /* queries or changes the users' own: no utility statement, no monitoring, not dbeng's */

	/* NaN when not known. */
	double rows_per_call() const
	{
		return calls == 0 ? std::numeric_limits<double>::quiet_NaN()
						  : static_cast<double>(rows) / static_cast<double>(calls);
	}
};

struct Workload
{
	const char
		*missing; /* why there is none, NULL when there is: "pg_stat_statements is not installed in this database" */
	std::span<const StatementEntry> statements; /* top-level and nested, the most total_ms first */
	double total_ms;
	int64 calls;
	double application_ms; /* of the application's statements, without counting nested ones twice */
	int64 application_calls;
	int64 evicted;	   /* how often the least used 5 % were pushed out since the reset: what is here is a part */
	TimestampTz reset; /* 0 not known */
	std::span<const RelationEntry *const> relations; /* the users' own, by name, for resolving */
	std::span<StatementEntry> unparsed;				 /* those of statements that are not parsed yet */
};

/*
 * Read once for a catalog, then the same again. Only the thousand statements of the most time
 * are parsed: of the others, parsed is NULL and application false.
 */
const Workload &workload(const Catalog &catalog);

/* The same with every statement parsed. */
const Workload &whole_workload(const Catalog &catalog);

/*
 * The relation of the users' own that a name in a statement means: by its
 * schema, else if it is the only one of that name. NULL for a CTE, a catalog
 * and whatever cannot be told.
 */
const RelationEntry *resolve(const Catalog &catalog, const StatementEntry &statement, const RangeVar &range);

} // namespace dbeng
