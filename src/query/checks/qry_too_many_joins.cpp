#include "core/settings.hpp"
#include "query/statement.hpp"

namespace dbeng {

/* The relations that one SELECT of the statement joins by JOIN, at most. */
static int
joined(const StatementEntry &statement)
{
	int most = 0;
	any_raw_node(statement.parsed->stmt,
				 [&most](Node *node)
				 {
					 if (!IsA(node, SelectStmt) || castNode(SelectStmt, node)->fromClause == NIL)
						 return false;
					 int joins = 0;
					 any_raw_node(reinterpret_cast<Node *>(castNode(SelectStmt, node)->fromClause),
								  [&joins](Node *at)
								  {
									  joins += IsA(at, JoinExpr) ? 1 : 0;
									  return false;
								  });
					 most = std::max(most, joins + 1);
					 return false;
				 });
	return most;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	double limit = setting_number("join_collapse_limit");

	for (const StatementEntry &statement : load.statements)
	{
		int tables = statement.application ? joined(statement) : 0;
		if (tables < 2)
			continue;
		verdict.judged(statement.total_ms);
		if (tables <= limit || statement.mean_ms < verdict.threshold("mean_ms") || !matters(load, statement))
			continue;
		statement_failed(
			catalog, verdict, load, statement,
			[tables, limit](Finding &finding)
			{
				finding.evidence("tables", tables);
				finding.evidence("join_collapse_limit", limit);
				return format("joins %d tables; beyond join_collapse_limit (%s) they are joined in the order they are "
							  "written",
							  tables, number(limit));
			},
			{.rank = share_pct(load, statement)});
	}
}

CHECK(qry_too_many_joins){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "More joins than the planner orders",
	.rationale =
		"Up to join_collapse_limit tables the planner looks for the best order of the joins; beyond that it keeps to "
		"the order of the text, which can be far from it. Judged on statements that take noticeable time.",
	.reference = "https://www.postgresql.org/docs/current/explicit-joins.html",
	.thresholds = {{"mean_ms", 20}},
	.judge = judge,
};

} // namespace dbeng
