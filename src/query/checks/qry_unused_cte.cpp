#include "query/statement.hpp"

namespace dbeng {

/* Is the name read anywhere outside of the CTE itself? */
static bool
is_read(const StatementEntry &statement, const CommonTableExpr &cte)
{
	int uses = 0;
	int own_uses = 0;
	auto count = [&cte](Node *tree, int &found)
	{
		any_raw_node(tree,
					 [&cte, &found](Node *node)
					 {
						 if (IsA(node, RangeVar) && castNode(RangeVar, node)->schemaname == nullptr &&
							 strcmp(castNode(RangeVar, node)->relname, cte.ctename) == 0)
							 found++;
						 return false;
					 });
	};
	count(statement.parsed->stmt, uses);
	count(cte.ctequery, own_uses);
	return uses > own_uses;
}

/* A CTE that only reads and that nothing reads from; NULL without. */
static const char *
unused(const StatementEntry &statement)
{
	const char *name = nullptr;
	any_raw_node(statement.parsed->stmt,
				 [&](Node *node)
				 {
					 if (!IsA(node, CommonTableExpr))
						 return false;
					 auto *cte = castNode(CommonTableExpr, node);
					 if (IsA(cte->ctequery, SelectStmt) && !is_read(statement, *cte))
						 name = cte->ctename;
					 return name != nullptr;
				 });
	return name;
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
		if (!statement.application ||
			!any_raw_node(statement.parsed->stmt, [](Node *node) { return IsA(node, WithClause); }))
			continue;
		verdict.judged(statement.total_ms);
		const char *name = matters(load, statement) ? unused(statement) : nullptr;
		if (name == nullptr)
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [name](Finding &finding)
						 {
							 finding.evidence("cte", name);
							 return format("nothing reads from WITH %s", quoted(name));
						 },
						 {.rank = share_pct(load, statement)});
	}
}

CHECK(qry_unused_cte){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "WITH query that is not used",
	.rationale =
		"The server leaves it out, so it costs nothing but a reader's time; but more often than not the statement was "
		"meant to use it. Those that change data are run in any case and not judged.",
	.reference = "https://www.postgresql.org/docs/current/queries-with.html",
	.judge = judge,
};

} // namespace dbeng
