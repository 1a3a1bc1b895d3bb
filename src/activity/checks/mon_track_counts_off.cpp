#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	if (!(!setting_on("track_counts")))
		return;
	verdict.failed(
		"track_counts",
		[](Finding &finding)
		{
			finding.message(
				"track_counts is off: autovacuum cannot see what changes and vacuums nothing until transaction IDs run short");
			finding.evidence("track_counts", setting("track_counts"));
			finding.fix("ALTER SYSTEM SET track_counts = on");
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(mon_track_counts_off){
	.dimension = Dimension::monitoring,
	.severity = Severity::critical,
	.title = "Statistics of activity switched off",
	.rationale =
		"Autovacuum and every statistic of tables and indexes live on these counters. Without them no table is vacuumed or analysed until transaction IDs run short.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-statistics.html",
	.judge = judge,
};

} // namespace dbeng
