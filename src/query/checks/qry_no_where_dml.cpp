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
		if (!statement.application || statement.calls == 0)
			continue;
		bool deletes = IsA(statement.parsed->stmt, DeleteStmt);
		if (!deletes && !IsA(statement.parsed->stmt, UpdateStmt))
			continue;
		verdict.judged(statement.total_ms);
		Source source = only_source(catalog, statement);
		if (where_of(statement) != nullptr || source.relation == nullptr || !source.relation->is_table() ||
			static_cast<double>(statement.calls) < verdict.threshold("calls") ||
			rows_per_call(statement) < verdict.threshold("rows"))
			continue;
		statement_failed(
			catalog, verdict, load, statement,
			[&statement, deletes, table = source.relation](Finding &finding)
			{
				finding.evidence("table", full_name(*table));
				finding.evidence("rows_per_call", rows_per_call(statement));
				const char *rows = grouped(std::llround(rows_per_call(statement)));
				if (deletes)
					return format("deletes every row of %s, %s a call: TRUNCATE leaves no dead rows behind",
								  full_name(*table), rows);
				return format(
					"updates every row of %s, %s a call: a WHERE that skips rows already right would spare most",
					full_name(*table), rows);
			},
			{.rank = static_cast<double>(statement.rows)});
	}
}

CHECK(qry_no_where_dml){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "UPDATE or DELETE of a whole table, repeatedly",
	.rationale =
		"Each run leaves as many dead rows as the table has, locks all of them until the transaction ends and writes "
		"them all to the WAL. Often the WHERE was forgotten. Judged where it ran several times on many rows.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.thresholds = {{"calls", 5}, {"rows", 1000}},
	.judge = judge,
};

} // namespace dbeng
