#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	if (!(!setting_on("track_io_timing")))
		return;
	verdict.failed("track_io_timing",
				   [](Finding &finding)
				   {
					   finding.message(
						   "track_io_timing is off: nobody can tell how much of a statement's time the disk takes");
					   finding.evidence("track_io_timing", setting("track_io_timing"));
					   finding.fix("ALTER SYSTEM SET track_io_timing = on");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(mon_track_io_timing){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Time of reads and writes not measured",
	.rationale =
		"Without track_io_timing neither EXPLAIN (ANALYZE, BUFFERS) nor pg_stat_statements can tell whether a slow statement waits for the disk. pg_test_timing shows what measuring costs; on current machines it is below one percent.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-statistics.html",
	.judge = judge,
};

} // namespace dbeng
