#include "query/unserved_condition.hpp"

namespace dbeng {

/* The parts of a statement that say which rows it wants. */
static bool
asks_for_rows(const StatementEntry &statement)
{
	Node *node = statement.parsed->stmt;
	if (IsA(node, UpdateStmt) || IsA(node, DeleteStmt))
		return where_of(statement) != nullptr;
	const SelectStmt *select = plain_select(statement);
	return select != nullptr && select->fromClause != NIL && select->groupClause == NIL &&
		   select->distinctClause == NIL && select->havingClause == nullptr &&
		   any_raw_node(node, [](Node *at)
						{ return IsA(at, A_Expr) || (IsA(at, JoinExpr) && castNode(JoinExpr, at)->quals != nullptr); });
}

/* The work of the users' own functions counts as the statement's, and says nothing about its tables. */
static bool
calls_own_function(const Catalog &catalog, Node *node)
{
	return any_raw_node(node,
						[&catalog](Node *at)
						{
							if (!IsA(at, FuncCall))
								return false;
							const char *name = last_name(castNode(FuncCall, at)->funcname);
							for (const FunctionEntry &function : catalog.own_functions())
								if (strcmp(function.name, name) == 0)
									return true;
							return false;
						});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	double most = verdict.threshold("blocks");
	double share = verdict.threshold("share_pct");

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application || statement.calls == 0 || !asks_for_rows(statement))
			continue;
		verdict.judged(statement.total_ms);
		/* A look-up that finds nothing has read its blocks all the same. */
		double blocks = static_cast<double>(statement.blocks_hit + statement.blocks_read) /
						static_cast<double>(std::max(statement.rows, statement.calls));
		if (blocks < most || share_pct(load, statement) < share ||
			statement.calls < static_cast<int64>(verdict.threshold("calls")) ||
			calls_own_function(catalog, statement.parsed->stmt))
			continue;
		/* An aggregate reads much and returns little by its nature. */
		if (has_aggregate(catalog, statement.parsed->stmt))
			continue;
		/* These have findings of their own, which say more. */
		if (hidden_column(catalog, statement).column != nullptr || pattern_search(catalog, statement).column != nullptr)
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [blocks, &statement](Finding &finding)
						 {
							 const char *rows = IsA(statement.parsed->stmt, SelectStmt) ? "returns" : "changes";
							 finding.evidence("blocks_per_row", blocks);
							 return format("reads %s blocks (%s) for each row it %s: an index may be missing",
										   grouped(std::llround(blocks)), size(std::llround(blocks * BLCKSZ)), rows);
						 },
						 {.rank = share_pct(load, statement)});
	}
}

CHECK(qry_blocks_per_row){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Statement that reads far more than it returns",
	.rationale =
		"With a fitting index a row costs a handful of blocks. A statement that reads a thousand blocks for each row "
		"it returns or changes mostly scans a table and throws the rows away. Aggregates, which do so by their "
		"nature, are not judged.",
	.reference = "https://www.postgresql.org/docs/current/indexes-examine.html",
	.thresholds = {{"blocks", 1000}, {"share_pct", 1}, {"calls", 10}},
	.judge = judge,
};

} // namespace dbeng
