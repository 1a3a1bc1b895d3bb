#include "query/statement.hpp"

namespace dbeng {

/* Does the order come from nowhere? A sub-select, a CTE or a function may bring one along. */
static bool
reads_tables_only(const Catalog &catalog, const StatementEntry &statement, const SelectStmt &select)
{
	if (select.fromClause == NIL)
		return false;
	return !any_raw_node(reinterpret_cast<Node *>(select.fromClause),
						 [&](Node *node)
						 {
							 if (!IsA(node, RangeVar))
								 return IsA(node, RangeSubselect) || IsA(node, RangeFunction) ||
										IsA(node, RangeTableFunc) || IsA(node, RangeTableSample);
							 const RelationEntry *relation = resolve(catalog, statement, *castNode(RangeVar, node));
							 return relation == nullptr || !relation->is_table();
						 });
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
		const SelectStmt *select = plain_select(statement);
		if (select == nullptr || (select->limitCount == nullptr && select->limitOffset == nullptr))
			continue;
		verdict.judged(statement.total_ms);
		bool pages = select->limitOffset != nullptr;
		/* LIMIT 1 asks whether there is a row, or for the only one; a queue takes any. */
		if (select->sortClause != NIL || select->groupClause != NIL || select->lockingClause != NIL ||
			(!pages && rows_per_call(statement) < verdict.threshold("rows")) || !matters(load, statement) ||
			!reads_tables_only(catalog, statement, *select) ||
			has_aggregate(catalog, reinterpret_cast<Node *>(select->targetList)))
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [&statement, pages](Finding &)
						 {
							 return pages ? "LIMIT and OFFSET without ORDER BY: pages may overlap and leave out rows"
										  : format("LIMIT without ORDER BY: which %s rows it returns is left to chance",
												   number(rows_per_call(statement), 0));
						 },
						 {.rank = share_pct(load, statement),
						  .severity = pages ? Severity::warning : Severity::notice,
						  .escalate = true});
	}
}

CHECK(qry_limit_no_order){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "LIMIT without ORDER BY",
	.rationale =
		"Without an order the server returns whichever rows come first: others after an update, a VACUUM, a new plan "
		"or in parallel. Judged where more than one row comes back from plain tables; a warning with OFFSET, where "
		"pages then overlap.",
	.reference = "https://www.postgresql.org/docs/current/queries-limit.html",
	.thresholds = {{"rows", 2}},
	.judge = judge,
};

} // namespace dbeng
