#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

static bool
calls_random(Node *sort_clause)
{
	return any_raw_node(
		sort_clause, [](Node *node)
		{ return IsA(node, FuncCall) && strcmp(last_name(castNode(FuncCall, node)->funcname), "random") == 0; });
}

/* The largest table that some SELECT within the statement shuffles; NULL without. */
static const RelationEntry *
shuffled(const Catalog &catalog, const StatementEntry &statement)
{
	const RelationEntry *largest = nullptr;
	any_raw_node(statement.parsed->stmt,
				 [&](Node *node)
				 {
					 if (!IsA(node, SelectStmt))
						 return false;
					 auto *select = castNode(SelectStmt, node);
					 /* A condition may leave a handful of rows: only the whole table is certain. */
					 if (select->whereClause != nullptr || !calls_random(reinterpret_cast<Node *>(select->sortClause)))
						 return false;
					 Source source = only_source(catalog, statement, select->fromClause);
					 if (source.relation != nullptr &&
						 (largest == nullptr || catalog.rows(*source.relation) > catalog.rows(*largest)))
						 largest = source.relation;
					 return false;
				 });
	return largest;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application || !IsA(statement.parsed->stmt, SelectStmt))
			continue;
		verdict.judged(statement.total_ms);
		if (!matters(load, statement))
			continue;
		const RelationEntry *table = shuffled(catalog, statement);
		if (table == nullptr || catalog.rows(*table) < verdict.threshold("rows"))
			continue;
		statement_failed(
			catalog, verdict, load, statement,
			[&catalog, table](Finding &finding)
			{
				auto rows = static_cast<int64>(catalog.rows(*table));
				finding.evidence("table", full_name(*table));
				finding.evidence("table_rows", rows);
				return format("reads and sorts all %s rows of %s to pick some at random: TABLESAMPLE or a random key "
							  "reads a few",
							  grouped(rows), full_name(*table));
			},
			{.rank = share_pct(load, statement)});
	}
}

CHECK(qry_order_by_random){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "ORDER BY random() over a large table",
	.rationale =
		"The whole table is read and sorted for a few rows, each time. TABLESAMPLE SYSTEM or BERNOULLI, or the first "
		"key after a random number, cost a fraction. Judged where nothing narrows the table down.",
	.reference = "https://www.postgresql.org/docs/current/sql-select.html#SQL-FROM",
	.thresholds = {{"rows", 10000}},
	.judge = judge,
};

} // namespace dbeng
