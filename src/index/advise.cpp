/*
 * advise.cpp: dbeng.advise_indexes() and dbeng.advise_index().
 */
#include "catalog/naming.hpp"
#include "core/access.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "index/advisor.hpp"
#include "index/creation.hpp"
#include "planner/progress.hpp"

namespace dbeng {

[[noreturn]] static void
bad_argument(const char *name, const char *value, const char *hint)
{
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value for \"%s\": %s", name, value),
			errhint("%s", hint));
	pg_unreachable();
}

static double
improvement_argument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return 10;
	Datum given = PG_GETARG_DATUM(number);
	double value = DatumGetFloat8(DirectFunctionCall1(numeric_float8, given));
	if (!(value >= 0 && value <= 100))
		bad_argument("min_improvement_pct", DatumGetCString(DirectFunctionCall1(numeric_out, given)),
					 "Give a percentage from 0 to 100.");
	return value;
}

/* What it does, in a few words. */
static const char *
purpose(const ImaginedIndex &index, const AdvisedIndex &advised)
{
	if (advised.referenced != nullptr)
		return format("finds the rows that refer to a row of %s, which every delete there looks for",
					  full_name(*advised.referenced));
	if (index.method == BRIN_AM_OID)
		return "skips the blocks that cannot hold the rows, which lie in its order";
	if (index.method == HASH_AM_OID)
		return "finds rows by equal values";
	if (index.method != BTREE_AM_OID)
		return "finds the rows that are searched for";
	const char *what = index.predicate != NIL ? "the few rows of its condition" : "rows";
	return index.key_columns == 1 ? format("finds %s by its column", what)
								  : format("finds %s by its columns, or in their order", what);
}

static const char *
rationale(const AdvisedIndex &advised, double improvement)
{
	StringInfoData text;
	initStringInfo(&text);
	const ImaginedIndex &index = *advised.index;
	appendStringInfoString(&text, purpose(index, advised));
	if (index.keys.size() > index.key_columns)
		appendStringInfoString(&text, " without visiting the table");
	appendStringInfo(&text, ": %s statement%s would cost %s %% less", grouped(advised.statements),
					 advised.statements == 1 ? "" : "s", number(improvement, improvement > 99 ? 2 : 0));
	if (advised.entries >= 1)
		appendStringInfo(&text, ", for %s entries that writers have to add", grouped(llround(advised.entries)));
	return text.data;
}

static void
show(Rows &rows, Advisor &advisor)
{
	progress_phase(Phase::choosing, 0);
	int32 rank = 0;
	Local<Vector<const char *>> used;
	for (const AdvisedIndex &advised : advisor.advise())
	{
		CHECK_FOR_INTERRUPTS();
		const ImaginedIndex &index = *advised.index;
		MemoryContext session = MemoryContextSwitchTo(rows.context());
		const char *columns = columns_text(index);
		std::size_t names = used->size();
		Finding fix;
		fix_create(fix, index, *used);
		for (; names < used->size(); names++)
			(*used)[names] = MemoryContextStrdup(session, (*used)[names]);
		MemoryContextSwitchTo(session);
		if (columns == nullptr || fix.fix_text() == nullptr)
			continue;
		double improvement = 100 * (advised.cost_before - advised.cost_after) / advised.cost_before;
		rows.integer(++rank).oid(index.table->oid).text(method_name(index)).text(columns).bigint(index.bytes());
		rows.float8(advised.cost_before).float8(advised.cost_after).numeric(improvement, 2).bigint(advised.statements);
		rows.bigints(advised.query_ids).numeric(advised.write_cost_pct, 1);
		MemoryContextSwitchTo(rows.context());
		const char *why = rationale(advised, improvement);
		MemoryContextSwitchTo(session);
		rows.text(why).text(fix.fix_text()).end();
	}
	progress_end();
}

namespace {
struct Calls
{
	int64 query_id;
	int64 calls;
	int64 rows;
};
} // namespace

static bool
by_query_id(const Calls &a, const Calls &b)
{
	return a.query_id < b.query_id;
}

/* What snapshots have seen executed lately. */
static void
calls_since(const Interval &since, Vector<Calls> &found)
{
	const Argument arguments[] = {{INTERVALOID, IntervalPGetDatum(&since), false}};
	each_row("SELECT queryid, sum(calls)::int8, sum(rows)::int8 FROM dbeng.query_activity(now() - $1, now())"
			 " WHERE queryid IS NOT NULL GROUP BY queryid ORDER BY queryid",
			 arguments,
			 [&found](const Row &row) {
				 found.push_back({row.integer(1), row.integer(2), row.integer(3)});
			 });
}

static const Workload &
workload_to_advise_on(const Catalog &catalog)
{
	const Workload &load = whole_workload(catalog);
	if (load.missing != nullptr)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("there is no workload to advise on"),
				errdetail("%s.", load.missing), errhint("dbeng.advise_index() advises on a single statement."));
	return load;
}

static void
advise_indexes(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.advise_indexes()");
	AdviceLimits limits;
	limits.min_improvement_pct = improvement_argument(fcinfo, 0);
	if (!PG_ARGISNULL(1))
		limits.max_indexes = PG_GETARG_INT32(1);
	if (limits.max_indexes < 0)
		bad_argument("max_indexes", format("%d", limits.max_indexes), "Give a number of indexes, or 0.");
	if (!PG_ARGISNULL(2))
	{
		limits.max_bytes = PG_GETARG_INT64(2);
		if (limits.max_bytes < 0)
			bad_argument("max_bytes", format("%lld", static_cast<long long>(limits.max_bytes)),
						 "Give a number of bytes, or NULL for no limit.");
	}
	const Interval *since = PG_ARGISNULL(3) ? nullptr : PG_GETARG_INTERVAL_P(3);
	Interval nothing = {};
	if (since != nullptr &&
		DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(since), IntervalPGetDatum(&nothing))) <= 0)
		bad_argument("since", DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(since))),
					 "Give how far to look back, such as '7 days'.");

	Rows rows(fcinfo);
	Session session;
	progress_phase(Phase::reading, 0);
	const Catalog &catalog = load_catalog();
	const Workload &load = workload_to_advise_on(catalog);
	Local<Vector<Calls>> lately;
	if (since != nullptr)
	{
		calls_since(*since, *lately);
		if (lately->empty())
			ereport(NOTICE, errmsg("no snapshot tells of a statement since then"),
					errhint("Without \"since\", the advice is on all that pg_stat_statements holds."));
	}

	progress_phase(Phase::studying, static_cast<int64>(load.statements.size()));
	Local<Advisor> advisor(catalog, limits);
	for (const StatementEntry &entry : load.statements)
	{
		progress_step();
		if (!entry.application)
			continue;
		auto calls = static_cast<double>(entry.calls);
		auto touched = static_cast<double>(entry.rows);
		if (since != nullptr)
		{
			auto at = std::lower_bound(lately->begin(), lately->end(), Calls{entry.query_id, 0, 0}, by_query_id);
			if (at == lately->end() || at->query_id != entry.query_id || at->calls <= 0)
				continue;
			calls = static_cast<double>(at->calls);
			touched = static_cast<double>(at->rows);
		}
		advisor->add(source_of(entry), entry.query_id, calls, touched);
	}
	show(rows, *advisor);
	session.end();
}

/* An error's place is one in the given text, not in the caller's. */
static void
place_error(void *query)
{
	int place = geterrposition();
	if (place <= 0)
		return;
	errposition(0);
	internalerrposition(place);
	internalerrquery(static_cast<const char *>(query));
}

/* Raises what the server has to say of a statement that cannot be planned. */
[[noreturn]] static void
refuse(const char *query, const char *search_path, const char *reason)
{
	if (strlen(query) > longest_statement)
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("the statement is too long: %s", size(static_cast<int64>(strlen(query)))),
				errdetail("At most %s are looked at.", size(longest_statement)),
				errhint("Give long lists as an array parameter: = ANY ($1)."));
	ErrorContextCallback callback = {error_context_stack, place_error, const_cast<char *>(query)};
	error_context_stack = &callback;
	List *statements = pg_parse_query(query);
	if (list_length(statements) != 1)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("advice is on one statement, not on %d", list_length(statements)),
				errhint("Give a single SELECT, INSERT, UPDATE, DELETE or MERGE."));
	auto *statement = linitial_node(RawStmt, statements);
	if (!IsA(statement->stmt, SelectStmt) && !IsA(statement->stmt, InsertStmt) && !IsA(statement->stmt, UpdateStmt) &&
		!IsA(statement->stmt, DeleteStmt) && !IsA(statement->stmt, MergeStmt))
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("there is no advice on %s", GetCommandTagName(CreateCommandTag(statement->stmt))),
				errhint("Only SELECT, INSERT, UPDATE, DELETE and MERGE have plans."));
	pin_setting("search_path", search_path);
	Oid *types = nullptr;
	int count = 0;
	pg_analyze_and_rewrite_varparams(statement, query, &types, &count, nullptr);
	error_context_stack = callback.previous;
	ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("the statement cannot be planned"),
			errdetail("The reason: %s.", reason), errhint("dbeng.advisor_skipped tells of others like it."));
	pg_unreachable();
}

static void
advise_index(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.advise_index()");
	if (PG_ARGISNULL(0))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("\"query\" must not be null"),
				errhint("Give the text of a statement."));
	const char *query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	AdviceLimits limits;
	limits.min_improvement_pct = improvement_argument(fcinfo, 1);
	limits.max_indexes = std::numeric_limits<int32>::max() / 8;
	const char *search_path = pstrdup(namespace_search_path);

	Rows rows(fcinfo);
	Session session;
	progress_phase(Phase::reading, 0);
	const Catalog &catalog = load_catalog();
	progress_phase(Phase::studying, 1);
	Local<Advisor> advisor(catalog, limits);
	StatementSource source = {query, GetUserId(), std::numeric_limits<double>::quiet_NaN(), nullptr, search_path};
	const char *reason = advisor->add(source, 0, 1, 1);
	if (reason != nullptr && !nothing_to_index(reason))
		refuse(query, search_path, reason);
	show(rows, *advisor);
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_advise_indexes)
{
	dbeng::advise_indexes(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_advise_index)
{
	dbeng::advise_index(fcinfo);
	return Datum{0};
}
