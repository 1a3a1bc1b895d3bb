#include "query/statement.hpp"

namespace dbeng {

static bool
makes_temporary_table(const Node *statement)
{
	const RangeVar *made = nullptr;
	if (IsA(statement, CreateStmt))
		made = reinterpret_cast<const CreateStmt *>(statement)->relation;
	else if (IsA(statement, CreateTableAsStmt))
		made = reinterpret_cast<const CreateTableAsStmt *>(statement)->into->rel;
	return made != nullptr && made->relpersistence == RELPERSISTENCE_TEMP;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	int64 made = 0;
	const StatementEntry *most = nullptr;

	for (const StatementEntry &statement : load.statements)
		if (statement.parsed != nullptr && makes_temporary_table(statement.parsed->stmt))
		{
			made += statement.calls;
			if (most == nullptr || statement.calls > most->calls)
				most = &statement;
		}
	verdict.judged();
	if (most == nullptr || static_cast<double>(made) < verdict.threshold("calls") ||
		100 * static_cast<double>(made) < verdict.threshold("calls_pct") * static_cast<double>(load.application_calls))
		return;
	verdict.failed(catalog.database.name,
				   [made, most](Finding &finding)
				   {
					   finding.message(
						   "%s temporary tables were made, most by queryid %lld; each leaves dead rows in five "
						   "system catalogs: %s",
						   grouped(made), static_cast<long long>(most->query_id), excerpt(*most));
					   finding.evidence("tables", made);
					   finding.evidence("queryid", most->query_id);
					   finding.evidence("calls", most->calls);
				   });
}

CHECK(qry_temporary_table_in_loop){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "Temporary tables made all the time",
	.rationale =
		"Making and dropping a temporary table writes to pg_class, pg_attribute, pg_type and more; done in a loop it "
		"bloats the catalogs every query reads and invalidates every session's cache. One made once a session with "
		"ON COMMIT DELETE ROWS, a CTE or an array does without.",
	.reference = "https://www.postgresql.org/docs/current/sql-createtable.html",
	.thresholds = {{"calls", 1000}, {"calls_pct", 1}},
	.judge = judge,
};

} // namespace dbeng
