#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	if (setting_on("fsync"))
		return;
	verdict.failed("fsync",
				   [](Finding &finding)
				   {
					   finding.message(
						   "fsync is off: a crash of the machine can damage the whole cluster beyond repair");
					   finding.evidence("fsync", setting("fsync"));
					   finding.fix("ALTER SYSTEM SET fsync = on");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(set_fsync_off){
	.dimension = Dimension::backup,
	.severity = Severity::critical,
	.title = "fsync off",
	.rationale =
		"With fsync off nothing says when data have reached the disk. After a crash of the machine or loss of power the database may be damaged beyond repair, and the damage may only show much later.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-wal.html",
	.judge = judge,
};

} // namespace dbeng
