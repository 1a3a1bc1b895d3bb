/*
 * approximate_count.cpp: how many rows, without counting them.
 *
 * Of a table: the density ANALYZE saw on the pages of now, as the planner
 * reckons. Of a query: what the planner expects of it. It is parsed, rewritten
 * and planned as its caller, its privileges are checked as EXPLAIN does, and
 * it is never executed.
 */
#include "catalog/row_estimate.hpp"
#include "core/access.hpp"
#include "core/text.hpp"

namespace dbeng {

/* Errors about the query carry their position in it, not in the statement that called us. */
static void
point_into_query(void *text)
{
	int position = geterrposition();
	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(static_cast<const char *>(text));
}

static void
refuse(const char *what)
{
	ereport(
		ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("dbeng.approximate_count() takes a query, not %s", what),
		errdetail("The query is planned, never executed; it must be one SELECT, VALUES or TABLE that changes nothing."),
		errhint("SELECT dbeng.approximate_count('SELECT * FROM a_table WHERE a_condition');"));
}

/* Rows the planner expects of a query. */
static double
planned_rows(const char *text)
{
	ErrorContextCallback context = {error_context_stack, point_into_query, const_cast<char *>(text)};
	error_context_stack = &context;

	::List *parsed = pg_parse_query(text);
	if (list_length(parsed) != 1)
		refuse(parsed == NIL ? "an empty text" : "several statements");
	RawStmt *raw = linitial_node(RawStmt, parsed);
	if (!IsA(raw->stmt, SelectStmt))
		refuse(GetCommandTagName(CreateCommandTag(raw->stmt)));
	::List *rewritten = pg_analyze_and_rewrite_fixedparams(raw, text, nullptr, 0, nullptr);
	if (list_length(rewritten) != 1)
		refuse("what a rule makes several statements of");
	::Query *query = linitial_node(Query, rewritten);
	if (query->commandType != CMD_SELECT)
		refuse("SELECT INTO");
	if (query->hasModifyingCTE)
		refuse("one that changes rows in WITH");
	PlannedStmt *plan = pg_plan_query(query, text, CURSOR_OPT_PARALLEL_OK, nullptr);
	error_context_stack = context.previous;

	/* Checks privileges and runs nothing, as EXPLAIN without ANALYZE does; nor is it a call to be counted. */
	plan->queryId = 0;
	QueryDesc *description =
		CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot, None_Receiver, nullptr, nullptr, 0);
	ExecutorStart(description, EXEC_FLAG_EXPLAIN_ONLY);
	double rows = plan->planTree->plan_rows;
	ExecutorEnd(description);
	FreeQueryDesc(description);
	return rows;
}

/* Nothing is known of it: as the planner guesses, from the width of a row. */
static double
guessed_rows(Oid relation)
{
	if (!ConditionalLockRelationOid(relation, AccessShareLock))
		ereport(ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				errmsg("could not obtain lock on relation \"%s\"", get_rel_name(relation)),
				errdetail("It was never analysed, and another session has locked it."),
				errhint("ANALYZE it, or try again when it is free."));
	Relation opened = try_relation_open(relation, NoLock);
	if (opened == nullptr)
	{
		UnlockRelationOid(relation, AccessShareLock);
		return 0;
	}
	BlockNumber pages;
	double tuples;
	double all_visible;
	estimate_rel_size(opened, nullptr, &pages, &tuples, &all_visible);
	/* The planner takes a small new table for ten pages, for it may grow until the plan is used. */
	int64 real = pages_on_disk(opened->rd_rel->reltablespace, opened->rd_rel->relfilenode, 0);
	if (real >= 0 && real < static_cast<int64>(pages) && pages > 0)
		tuples *= static_cast<double>(real) / static_cast<double>(pages);
	relation_close(opened, AccessShareLock);
	return std::rint(tuples);
}

static double
stored_rows(Oid relation, const FormData_pg_class &form)
{
	int64 pages = form.relpages;
	bool has_file = form.relfilenode != 0 && form.relpersistence != RELPERSISTENCE_TEMP;
	if (has_file)
		pages = std::max<int64>(pages_on_disk(form.reltablespace, form.relfilenode, form.relpages), 0);
	Counters counters = {};
	auto *stored = pgstat_fetch_stat_tabentry_ext(form.relisshared, relation);
	if (stored != nullptr)
		counters = pg::counters<Counters>(*stored);
	if (!has_file && form.reltuples < 0)
		return stored == nullptr ? guessed_rows(relation) : static_cast<double>(counters.live);
	double rows = rows_by_size(form.reltuples, form.relpages, stored == nullptr ? nullptr : &counters, pages);
	return rows >= 0 ? rows : guessed_rows(relation);
}

static double
relation_rows(Oid relation, bool with_children)
{
	HeapTuple tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple) && !with_children)
		return 0; /* A partition that was dropped a moment ago. */
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
				errdetail("It may have been dropped a moment ago."),
				errhint("SELECT dbeng.approximate_count('schema_name.table_name'::regclass);"));
	const auto &form = *reinterpret_cast<FormData_pg_class *>(GETSTRUCT(tuple));
	const char *name = quoted(get_namespace_name(form.relnamespace), NameStr(form.relname));
	if (with_children && form.relhassubclass && form.relkind != RELKIND_INDEX &&
		form.relkind != RELKIND_PARTITIONED_INDEX)
	{
		double sum = 0;
		ListCell *cell;
		::List *all = find_all_inheritors(relation, NoLock, nullptr);
		foreach (cell, all)
			sum += relation_rows(lfirst_oid(cell), false);
		return sum;
	}
	switch (form.relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_MATVIEW:
		case RELKIND_TOASTVALUE:
			return stored_rows(relation, form);
		case RELKIND_PARTITIONED_TABLE:
			return 0;
		case RELKIND_FOREIGN_TABLE:
			if (form.reltuples >= 0)
				return static_cast<double>(form.reltuples);
			return planned_rows(format("SELECT FROM %s", name));
		case RELKIND_VIEW:
			return planned_rows(format("SELECT FROM %s", name));
		default:
			ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s has no rows to count", name),
					errdetail("It is no table, view, materialized view or foreign table."),
					errhint("Name the table it belongs to."));
	}
}

/* A text that is nothing but a name of a relation there is: 'shop.orders'. */
static Oid
named_relation(const char *text)
{
	::List *names;
	if (!SplitIdentifierString(pstrdup(text), '.', &names) || names == NIL || list_length(names) > 2)
		return InvalidOid;
	::List *strings = NIL;
	ListCell *cell;
	foreach (cell, names)
		strings = lappend(strings, makeString(static_cast<char *>(lfirst(cell))));
	return RangeVarGetRelid(makeRangeVarFromNameList(strings), NoLock, true);
}

static Datum
rounded(double rows)
{
	return Int64GetDatum(static_cast<int64>(std::clamp(rows, 0.0, 9.2e18)));
}

} // namespace dbeng

SQL_FUNCTION(dbeng_approximate_count_relation)
{
	return dbeng::rounded(dbeng::relation_rows(PG_GETARG_OID(0), true));
}

SQL_FUNCTION(dbeng_approximate_count_query)
{
	const char *text = dbeng::text_argument(fcinfo, 0);
	Oid relation = dbeng::named_relation(text);
	return dbeng::rounded(OidIsValid(relation) ? dbeng::relation_rows(relation, true) : dbeng::planned_rows(text));
}
