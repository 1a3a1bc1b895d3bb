/*
 * top_queries.cpp: dbeng.top_queries: the statements of pg_stat_statements, the
 * heaviest first, and what their figures say of them.
 */
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "query/symptoms.hpp"
#include "unit/configuration.hpp"

namespace dbeng {

namespace {
struct SymptomLimits
{
	explicit SymptomLimits(const Limits &limits)
		: slow{.mean_ms = limits("qry-mean-time", "mean_ms"),
			   .calls = limits("qry-mean-time", "calls"),
			   .share_pct = limits("qry-mean-time", "share_pct")},
		  blocks{.blocks = limits("qry-blocks-per-row", "blocks"),
				 .share_pct = limits("qry-blocks-per-row", "share_pct"),
				 .calls = limits("qry-blocks-per-row", "calls")},
		  look_ups{.calls = limits("qry-n-plus-one", "calls"),
				   .calls_pct = limits("qry-n-plus-one", "calls_pct"),
				   .rows = limits("qry-n-plus-one", "rows"),
				   .mean_ms = limits("qry-n-plus-one", "mean_ms")},
		  spilled_megabytes(limits("qry-temp-spill", "megabytes")), jit_pct(limits("qry-jit", "jit_pct")),
		  jit_mean_ms(limits("qry-jit", "mean_ms")), planning_mean_ms(limits("qry-planning", "mean_ms")),
		  planning_pct(limits("qry-planning", "share_pct"))
	{}

	SlowLimits slow;
	BlockLimits blocks;
	LookUpLimits look_ups;
	double spilled_megabytes;
	double jit_pct;
	double jit_mean_ms;
	double planning_mean_ms;
	double planning_pct;
};

using Problems = StaticVector<const char *, 8>;
} // namespace

static void
find_problems(const Catalog &catalog, const Workload &load, const StatementEntry &statement,
			  const SymptomLimits &limits, Problems &problems)
{
	if (!statement.application)
		return;
	if (is_slow(load, statement, limits.slow))
		problems.push_back("slow");
	if (reads_much(catalog, load, statement, limits.blocks))
		problems.push_back("many blocks a row");
	if (const RelationEntry *table = looked_up(catalog, statement);
		table != nullptr && list_looked_up_singly(catalog, load, statement, *table, limits.look_ups) != nullptr)
		problems.push_back("n+1");
	if (spills(load, statement, limits.spilled_megabytes))
		problems.push_back("temporary files");
	if (misses_cache(load, statement))
		problems.push_back("low hit ratio");
	if (varies(load, statement))
		problems.push_back("varying time");
	if (plans_long(load, statement, limits.planning_mean_ms, limits.planning_pct))
		problems.push_back("planning");
	if (compiles_long(load, statement, limits.jit_pct, limits.jit_mean_ms))
		problems.push_back("jit");
}

static void
show_top_queries(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.top_queries");
	Rows rows(fcinfo);
	Session session;
	SymptomLimits limits{Limits()};
	const Catalog &catalog = load_catalog();
	const Workload &load = workload(catalog);
	if (load.missing != nullptr)
		ereport(NOTICE, errmsg("dbeng.top_queries has nothing to show"), errdetail("%s", load.missing));

	/* What an application's function runs is in its caller's time already. */
	double all_ms = load.application_ms;
	for (const StatementEntry &statement : load.statements)
		all_ms += statement.application ? 0 : statement.total_ms;
	for (const StatementEntry &statement : load.statements)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContext caller = MemoryContextSwitchTo(rows.context());
		Local<Problems> problems;
		find_problems(catalog, load, statement, limits, *problems);
		MemoryContextSwitchTo(caller);
		int64 blocks = statement.blocks_hit + statement.blocks_read;
		constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

		rows.bigint(statement.query_id).bigint(statement.calls).float8(statement.total_ms).float8(statement.mean_ms);
		rows.numeric(all_ms <= 0 ? 0 : std::min(100 * statement.total_ms / all_ms, 100.0), 2);
		rows.numeric(rows_per_call(statement), 2);
		rows.numeric(
			blocks == 0 ? unknown : 100 * static_cast<double>(statement.blocks_hit) / static_cast<double>(blocks), 2);
		rows.bigint(statement.temp_written * BLCKSZ).bigint(statement.wal_bytes);
		rows.texts({problems->data(), problems->size()}).text(statement.text).end();
	}
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_top_queries)
{
	dbeng::show_top_queries(fcinfo);
	return Datum{0};
}
