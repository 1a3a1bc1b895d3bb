/*
 * symptoms.hpp: what the figures of one statement say of it.
 *
 * The checks and dbeng.top_queries ask the same questions, with the checks'
 * thresholds. Only statements of the application ever show a symptom.
 */
#pragma once

#include "query/statement.hpp"

namespace dbeng {

struct SlowLimits
{
	double mean_ms;
	double calls; /* that many calls, or … */
	double share_pct;
};

/* Long calls, and many of them or a large part of the time. */
bool is_slow(const Workload &load, const StatementEntry &statement, const SlowLimits &limits);

/* Bytes of temporary files a call, and whether that is more than work_mem and so many megabytes. */
double spilled_per_call(const StatementEntry &statement);
bool spills(const Workload &load, const StatementEntry &statement, double megabytes);

struct BlockLimits
{
	double blocks;
	double share_pct;
	double calls;
};

/* Is there a part of it that says which rows it wants? */
bool asks_for_rows(const StatementEntry &statement);

/* Blocks for each row returned or changed; a look-up that finds nothing has read its blocks all the same. */
double blocks_per_row(const StatementEntry &statement);
bool reads_much(const Catalog &catalog, const Workload &load, const StatementEntry &statement,
				const BlockLimits &limits);

/* A short statement of which compiling takes a good part. */
bool compiles_long(const Workload &load, const StatementEntry &statement, double jit_pct, double mean_ms);

/* Planning takes longer than running, and a share of the load's time. */
bool plans_long(const Workload &load, const StatementEntry &statement, double mean_ms, double share_pct);

struct LookUpLimits
{
	double calls;
	double calls_pct; /* of all calls */
	double rows;	  /* that the list returns a call */
	double mean_ms;
};

/* SELECT … FROM table WHERE column = $1 [AND …]: one row at most, found by equality. NULL for any other statement. */
const RelationEntry *looked_up(const Catalog &catalog, const StatementEntry &statement);

/*
 * The list whose rows a statement then looks up in that table one by one: of
 * the same user, many rows a call, called far less often, about as many rows
 * in all as there were look-ups, and of a table that is linked to the one
 * looked up. NULL where it does no such thing.
 */
const StatementEntry *list_looked_up_singly(const Catalog &catalog, const Workload &load, const StatementEntry &lookup,
											const RelationEntry &table, const LookUpLimits &limits);

/* It often finds its blocks out of shared buffers: 100 a call, more than a tenth of all it asks for. */
bool misses_cache(const Workload &load, const StatementEntry &statement);

/* The same statement is now quick and now slow, and not just once: the longest call is left out. */
bool varies(const Workload &load, const StatementEntry &statement);

} // namespace dbeng
