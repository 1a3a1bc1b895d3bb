#include "query/symptoms.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	SlowLimits limits = {.mean_ms = verdict.threshold("mean_ms"),
						 .calls = verdict.threshold("calls"),
						 .share_pct = verdict.threshold("share_pct")};

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application)
			continue;
		verdict.judged(statement.total_ms);
		if (!is_slow(load, statement, limits))
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [&statement](Finding &finding)
						 {
							 finding.evidence("max_ms", statement.max_ms);
							 finding.evidence("blocks_per_call", blocks_per_call(statement));
							 return format("takes up to %s ms", milliseconds(statement.max_ms));
						 },
						 {.rank = share_pct(load, statement)});
	}
}

CHECK(qry_mean_time){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Slow statement",
	.rationale =
		"Somebody waits for each of these calls, and while they run they hold a connection, a snapshot and often "
		"locks. Judged are statements that are called often or take a large part of all time; reports that run "
		"once a night are not. EXPLAIN (ANALYZE, BUFFERS) with real values shows where the time goes.",
	.reference = "https://www.postgresql.org/docs/current/using-explain.html",
	.thresholds = {{"mean_ms", 100}, {"calls", 100}, {"share_pct", 5}},
	.judge = judge,
};

} // namespace dbeng
