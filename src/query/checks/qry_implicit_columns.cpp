#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application || !IsA(statement.parsed->stmt, InsertStmt))
			continue;
		auto *insert = castNode(InsertStmt, statement.parsed->stmt);
		const RelationEntry *table = resolve(catalog, statement, *insert->relation);
		/* Of a single column there is nothing to mix up, and DEFAULT VALUES names none. */
		if (table == nullptr || table->columns.size() < 2 || insert->selectStmt == nullptr)
			continue;
		verdict.judged(statement.total_ms);
		if (insert->cols != NIL || !matters(load, statement))
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [table](Finding &finding)
						 {
							 finding.evidence("table", full_name(*table));
							 return format("INSERT INTO %s without a column list", full_name(*table));
						 },
						 {.rank = static_cast<double>(statement.calls)});
	}
}

CHECK(qry_implicit_columns){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "INSERT without a column list",
	.rationale =
		"The values go to the columns in the order the table happens to have: a column added, dropped or restored in "
		"another order makes the statement fail or fill the wrong one.",
	.reference = "https://www.postgresql.org/docs/current/dml-insert.html",
	.judge = judge,
};

} // namespace dbeng
