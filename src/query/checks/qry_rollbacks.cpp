#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const DatabaseEntry &database = catalog.database;
	int64 transactions = database.commits + database.rollbacks;

	if (static_cast<double>(transactions) < verdict.threshold("transactions"))
		return;
	double pct = 100.0 * static_cast<double>(database.rollbacks) / static_cast<double>(transactions);
	verdict.judged();
	if (pct > verdict.threshold("pct"))
		verdict.failed(database.name,
					   [&database, transactions, pct](Finding &finding)
					   {
						   finding.message("%s of %s transactions were rolled back (%s %%)",
										   grouped(database.rollbacks), grouped(transactions), number(pct));
						   finding.evidence("rollbacks", database.rollbacks);
						   finding.evidence("commits", database.commits);
						   finding.evidence("rollback_pct", pct);
					   });
}

CHECK(qry_rollbacks){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Many transactions rolled back",
	.rationale =
		"A rolled-back transaction did its work for nothing, and what it wrote is left for VACUUM. Errors that the "
		"application swallows, retries after conflicts and connection pools that end each read with ROLLBACK look "
		"like this; the server's log tells which. Judged since the statistics of the database were last reset.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
	.thresholds = {{"pct", 5}, {"transactions", 1000}},
	.judge = judge,
};

} // namespace dbeng
