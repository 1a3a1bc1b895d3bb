#include "activity/dead_rows.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	DeadRows measure = {verdict.threshold("percent"), verdict.threshold("rows")};
	for (const RelationEntry &table : leaf_roots(catalog))
	{
		Leaves leaves = measure_leaves(table, measure);
		if (leaves.all == 0)
			continue;
		verdict.judged(leaves.pages);
		if (leaves.failing == 0)
			continue;
		verdict.failed(table,
					   [&table, leaves, measure](Finding &finding)
					   {
						   const Counters &counters = *leaves.worst->counters;
						   finding.message("%s%s dead rows beside %s live ones (%s %%), last vacuumed %s%s",
										   of_partitions(table, leaves), grouped(counters.dead), grouped(counters.live),
										   number(DeadRows::share(counters)),
										   counters.last_vacuum == 0
											   ? "never"
											   : duration(GetCurrentTimestamp() - counters.last_vacuum),
										   counters.last_vacuum == 0 ? "" : " ago");
						   finding.evidence("dead", counters.dead);
						   finding.evidence("live", counters.live);
						   finding.evidence("dead_pct", DeadRows::share(counters));
						   fix_leaves(finding, table, leaves, "VACUUM (ANALYZE)", measure);
					   },
					   {.weight = leaves.failing_pages, .rank = leaves.failing_pages});
	}
}

CHECK(mon_dead_rows){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Many dead rows",
	.rationale =
		"Rows that were deleted or replaced stay until VACUUM removes them: every scan reads them, and the table "
		"grows. If they come back after the fix, something holds VACUUM back (an old snapshot) or autovacuum comes "
		"too seldom for this table.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.thresholds = {{"percent", 20}, {"rows", 10000}},
	.judge = judge,
};

} // namespace dbeng
