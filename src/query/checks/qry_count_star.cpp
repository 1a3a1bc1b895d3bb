#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

/* SELECT count(*) FROM table, nothing else; NULL for all others. */
static const RelationEntry *
counted(const Catalog &catalog, const StatementEntry &statement)
{
	const SelectStmt *select = plain_select(statement);
	if (select == nullptr || select->whereClause != nullptr || select->groupClause != NIL ||
		select->havingClause != nullptr || list_length(select->targetList) != 1)
		return nullptr;
	Node *value = linitial_node(ResTarget, select->targetList)->val;
	if (value == nullptr || !IsA(value, FuncCall))
		return nullptr;
	auto *call = castNode(FuncCall, value);
	if (strcmp(last_name(call->funcname), "count") != 0 || call->agg_filter != nullptr || call->agg_distinct ||
		call->over != nullptr)
		return nullptr;
	/* count(1) is the same: a constant is $1 here. */
	if (!call->agg_star && (list_length(call->args) != 1 || !is_value(static_cast<Node *>(linitial(call->args)))))
		return nullptr;
	return only_source(catalog, statement).relation;
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
		const RelationEntry *table = counted(catalog, statement);
		if (table == nullptr || !(table->is_table() || table->kind == RELKIND_MATVIEW))
			continue;
		verdict.judged(statement.total_ms);
		if (catalog.rows(*table) < verdict.threshold("rows") ||
			static_cast<double>(statement.calls) < verdict.threshold("calls") || !matters(load, statement))
			continue;
		statement_failed(
			catalog, verdict, load, statement,
			[&catalog, table](Finding &finding)
			{
				auto rows = static_cast<int64>(catalog.rows(*table));
				finding.evidence("table", full_name(*table));
				finding.evidence("table_rows", rows);
				return format("counts all %s rows of %s each time, where reltuples of pg_class has an estimate at once",
							  grouped(rows), full_name(*table));
			},
			{.rank = share_pct(load, statement)});
	}
}

CHECK(qry_count_star){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "Large table counted again and again",
	.rationale =
		"PostgreSQL counts by reading: count(*) of a whole table takes as long as the table is large, and the number "
		"is out of date when it arrives. An estimate or a kept counter does for a page that shows it.",
	.reference = "https://www.postgresql.org/docs/current/row-estimation-examples.html",
	.thresholds = {{"rows", 1000000}, {"calls", 10}},
	.judge = judge,
};

} // namespace dbeng
