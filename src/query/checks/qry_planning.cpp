#include "query/symptoms.hpp"

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
		/* Only pg_stat_statements.track_planning makes it known. */
		if (!statement.application || statement.calls == 0 || statement.planning_ms <= 0)
			continue;
		verdict.judged(statement.total_ms);
		if (!plans_long(load, statement, verdict.threshold("mean_ms"), verdict.threshold("share_pct")))
			continue;
		double mean = statement.planning_ms / static_cast<double>(statement.calls);
		statement_failed(catalog, verdict, load, statement,
						 [&statement, mean](Finding &finding)
						 {
							 finding.evidence("planning_ms", statement.planning_ms);
							 finding.evidence("mean_planning_ms", mean);
							 return format(
								 "planning takes %s ms a call, execution %s ms: a prepared statement plans once",
								 milliseconds(mean), milliseconds(statement.mean_ms));
						 },
						 {.rank = statement.planning_ms});
	}
}

CHECK(qry_planning){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "Statement that takes longer to plan than to run",
	.rationale =
		"Many joins, many partitions or many indexes make planning expensive; a prepared statement of the driver, or "
		"a condition on the partition key, saves it. Judged where pg_stat_statements.track_planning is on.",
	.reference = "https://www.postgresql.org/docs/current/sql-prepare.html",
	.thresholds = {{"mean_ms", 1}, {"share_pct", 1}},
	.judge = judge,
};

} // namespace dbeng
