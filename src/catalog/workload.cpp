#include "catalog/workload.hpp"

#include "core/parse.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

/* Trees are made of the statements that carry the load; the thousandth seldom carries any. */
static constexpr std::size_t parsed_statements = 1000;

/* The 8 of "1.8": what the installed extension's columns depend on, whatever the server's age. */
static int
minor_version(const ExtensionEntry &extension)
{
	const char *dot = strchr(extension.version, '.');
	return dot == nullptr ? 0 : atoi(dot + 1);
}

static const char *
why_missing(const Catalog &catalog)
{
	const char *preloaded = setting("shared_preload_libraries");
	bool loaded = preloaded != nullptr && strstr(preloaded, "pg_stat_statements") != nullptr;
	const ExtensionEntry *extension = catalog.extension("pg_stat_statements");
	if (!loaded)
		return "pg_stat_statements is not in shared_preload_libraries";
	if (extension == nullptr)
		return "pg_stat_statements is loaded but not installed in this database: CREATE EXTENSION pg_stat_statements";
	if (extension->schema == nullptr || minor_version(*extension) < 8)
		return "the installed pg_stat_statements is too old: ALTER EXTENSION pg_stat_statements UPDATE";
	return nullptr;
}

/*
 * The server puts $1 for every constant, also where its own grammar takes only
 * a literal: date '2020-01-01' becomes date $1, extract(year FROM t)
 * extract($1 FROM t). An empty literal there makes it SQL again.
 */
static const char *
with_literals(const char *text)
{
	StringInfoData sql;
	initStringInfo(&sql);
	for (const char *at = text; *at != '\0';)
	{
		bool in_name = at > text && (isalnum(static_cast<unsigned char>(at[-1])) || strchr("_$\"", at[-1]) != nullptr);
		if (*at != '$' || at[1] < '1' || at[1] > '9' || in_name)
		{
			appendStringInfoChar(&sql, *at++);
			continue;
		}
		at += 1 + strspn(at + 1, "0123456789");
		appendStringInfoString(&sql, "''");
	}
	return sql.data;
}

static RawStmt *
parsed(const char *text)
{
	RawStmt *tree = parse_statement(text);
	return tree != nullptr || strchr(text, '$') == nullptr ? tree : parse_statement(with_literals(text));
}

/* Is it a catalog, a statistics view or one of dbeng's? The server reserves the prefix. */
static bool
is_system_name(const char *schema, const char *name)
{
	if (schema != nullptr)
		return strncmp(schema, "pg_", 3) == 0 || strcmp(schema, "information_schema") == 0 ||
			   strcmp(schema, "dbeng") == 0;
	return strncmp(name, "pg_", 3) == 0;
}

using FunctionNames = FlatSet<std::string_view>;

static bool
touches_own(Node *node, const FunctionNames &functions)
{
	if (IsA(node, RangeVar))
	{
		auto *range = castNode(RangeVar, node);
		return !is_system_name(range->schemaname, range->relname);
	}
	if (IsA(node, FuncCall))
	{
		List *name = castNode(FuncCall, node)->funcname;
		const char *schema = list_length(name) > 1 ? strVal(linitial(name)) : nullptr;
		const char *function = strVal(llast(name));
		return !is_system_name(schema, function) && functions.contains(function);
	}
	return false;
}

static bool
is_query(const Node *node)
{
	return IsA(node, SelectStmt) || IsA(node, InsertStmt) || IsA(node, UpdateStmt) || IsA(node, DeleteStmt) ||
		   IsA(node, MergeStmt);
}

static bool
is_application(const RawStmt *parsed, const FunctionNames &functions)
{
	return parsed != nullptr && is_query(parsed->stmt) &&
		   any_raw_node(parsed->stmt, [&functions](Node *node) { return touches_own(node, functions); });
}

static void
collect_functions(const Catalog &catalog, FunctionNames &functions)
{
	for (const FunctionEntry &function : catalog.own_functions())
		functions.insert(function.name);
}

static void
understand(StatementEntry &entry, const FunctionNames &functions)
{
	if (entry.text != nullptr)
		entry.parsed = parsed(entry.text);
	/* What is counted under PREPARE x AS … is the executions of the query. */
	if (entry.parsed != nullptr && IsA(entry.parsed->stmt, PrepareStmt))
		entry.parsed->stmt = castNode(PrepareStmt, entry.parsed->stmt)->query;
	/* Whoever looks into a statement walks through it. */
	if (entry.parsed != nullptr && is_query(entry.parsed->stmt) && !is_walkable(entry.parsed->stmt))
		entry.parsed = nullptr;
	entry.application = is_application(entry.parsed, functions);
}

static bool
name_before(const RelationEntry *a, const RelationEntry *b)
{
	return strcmp(a->name, b->name) < 0;
}

static std::span<const RelationEntry *const>
relations_by_name(const Catalog &catalog)
{
	Local<Vector<const RelationEntry *>> relations{ContextAllocator<const RelationEntry *>(catalog.context)};
	for (const RelationEntry &relation : catalog.own_relations())
		relations->push_back(&relation);
	std::sort(relations->begin(), relations->end(), name_before);
	return {relations->data(), relations->size()};
}

static void
read_statements(const Catalog &catalog, Workload &workload)
{
	const ExtensionEntry *extension = catalog.extension("pg_stat_statements");
	const char *schema = quoted(extension->schema->name);
	/* 1.9 brought pg_stat_statements_info, 1.10 the JIT columns. */
	const char *jit = minor_version(*extension) >= 10
						  ? "jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time"
						  : "0::float8";

	const char *top_level = minor_version(*extension) >= 9 ? "toplevel" : "true";

	/* The server keeps one entry for each user and one for each level a statement runs at. */
	const char *sql =
		format("SELECT queryid, (array_agg(userid ORDER BY total_exec_time DESC))[1], sum(calls)::int8,"
			   " sum(total_exec_time), sum(total_exec_time) / greatest(sum(calls), 1)::float8, max(max_exec_time),"
			   " sum(total_plan_time), sum(rows)::int8, sum(shared_blks_hit)::int8, sum(shared_blks_read)::int8,"
			   " sum(temp_blks_read)::int8, sum(temp_blks_written)::int8, sum(wal_bytes)::float8, sum(%s), max(query),"
			   " coalesce(sum(total_exec_time) FILTER (WHERE %s), 0),"
			   " sum(calls * (stddev_exec_time ^ 2 + mean_exec_time ^ 2)) / greatest(sum(calls), 1)::float8"
			   " FROM %s.pg_stat_statements(true) WHERE dbid OPERATOR(pg_catalog.=) %u"
			   " AND queryid IS NOT NULL GROUP BY queryid ORDER BY 4 DESC, 1",
			   jit, top_level, schema, MyDatabaseId);
	Local<FunctionNames> functions;
	collect_functions(catalog, *functions);
	workload.relations = relations_by_name(catalog);
	Local<Vector<double>> top_level_ms;
	Local<Vector<StatementEntry>> statements(ContextAllocator<StatementEntry>(catalog.context));
	each_row(sql,
			 [&statements, &top_level_ms, &workload, &catalog](const Row &row)
			 {
				 StatementEntry entry = {};
				 entry.query_id = row.integer(1);
				 entry.user = static_cast<Oid>(row.integer(2));
				 entry.calls = row.integer(3);
				 entry.total_ms = row.number(4);
				 entry.mean_ms = row.number(5);
				 entry.max_ms = row.number(6);
				 entry.planning_ms = row.number(7);
				 entry.rows = row.integer(8);
				 entry.blocks_hit = row.integer(9);
				 entry.blocks_read = row.integer(10);
				 entry.temp_read = row.integer(11);
				 entry.temp_written = row.integer(12);
				 entry.wal_bytes = static_cast<int64>(row.number(13));
				 entry.jit_ms = row.number(14);
				 const char *text = row.text(15);
				 entry.text = text == nullptr ? nullptr : MemoryContextStrdup(catalog.context, text);
				 workload.total_ms += entry.total_ms;
				 workload.calls += entry.calls;
				 statements->push_back(entry);
				 top_level_ms->push_back(row.number(16));
				 /* Of all entries together: the mean of the squares less the square of the mean. */
				 statements->back().deviation_ms =
					 std::sqrt(std::max(row.number(17) - entry.mean_ms * entry.mean_ms, 0.0));
			 });
	double outer_ms = 0;
	double nested_ms = 0;
	for (std::size_t i = 0; i < statements->size() && i < parsed_statements; i++)
	{
		CHECK_FOR_INTERRUPTS();
		StatementEntry &entry = (*statements)[i];
		understand(entry, *functions);
		if (!entry.application)
			continue;
		outer_ms += (*top_level_ms)[i];
		nested_ms += entry.total_ms - (*top_level_ms)[i];
		workload.application_calls += entry.calls;
	}
	/* What a function runs is in its caller's time already; what a CALL or a DO runs is in no query's. */
	workload.application_ms = std::max(outer_ms, nested_ms);
	workload.statements = {statements->data(), statements->size()};
	if (statements->size() > parsed_statements)
		workload.unparsed = {statements->data() + parsed_statements, statements->size() - parsed_statements};

	if (minor_version(*extension) < 9)
		return;
	each_row(format("SELECT dealloc, stats_reset FROM %s.pg_stat_statements_info()", schema),
			 [&workload](const Row &row)
			 {
				 workload.evicted = row.integer(1);
				 workload.reset = row.time(2);
			 });
}

const Workload &
workload(const Catalog &catalog)
{
	if (catalog.workload != nullptr)
		return *catalog.workload;
	MemoryContext before = MemoryContextSwitchTo(catalog.context);
	auto *read = static_cast<Workload *>(palloc0(sizeof(Workload)));
	read->missing = why_missing(catalog);
	if (read->missing == nullptr)
		read_statements(catalog, *read);
	catalog.workload = read;
	MemoryContextSwitchTo(before);
	return *read;
}

const Workload &
whole_workload(const Catalog &catalog)
{
	const Workload &load = workload(catalog);
	if (load.unparsed.empty())
		return load;
	MemoryContext before = MemoryContextSwitchTo(catalog.context);
	Local<FunctionNames> functions;
	collect_functions(catalog, *functions);
	for (StatementEntry &entry : load.unparsed)
	{
		CHECK_FOR_INTERRUPTS();
		understand(entry, *functions);
	}
	auto *whole = static_cast<Workload *>(palloc(sizeof(Workload)));
	*whole = load;
	whole->unparsed = {};
	catalog.workload = whole;
	MemoryContextSwitchTo(before);
	return *whole;
}

static bool
is_common_table(const StatementEntry &statement, const char *name)
{
	return any_raw_node(
		statement.parsed->stmt, [name](Node *node)
		{ return IsA(node, CommonTableExpr) && strcmp(castNode(CommonTableExpr, node)->ctename, name) == 0; });
}

const RelationEntry *
resolve(const Catalog &catalog, const StatementEntry &statement, const RangeVar &range)
{
	std::span<const RelationEntry *const> relations = workload(catalog).relations;
	auto first = std::lower_bound(relations.begin(), relations.end(), range.relname,
								  [](const RelationEntry *relation, const char *name)
								  { return strcmp(relation->name, name) < 0; });
	auto last = first;
	while (last != relations.end() && strcmp((*last)->name, range.relname) == 0)
		++last;
	if (range.schemaname != nullptr)
	{
		for (; first != last; ++first)
			if (strcmp((*first)->schema->name, range.schemaname) == 0)
				return *first;
		return nullptr;
	}
	return last - first == 1 && !is_common_table(statement, range.relname) ? *first : nullptr;
}

} // namespace dbeng
