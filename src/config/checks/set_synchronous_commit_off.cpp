#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	if (setting("synchronous_commit") == nullptr || strcmp(setting("synchronous_commit"), "off") != 0)
		return;
	verdict.failed(
		"synchronous_commit",
		[](Finding &finding)
		{
			finding.message(
				"synchronous_commit is off for everybody: a crash loses transactions that were reported as committed");
			finding.evidence("synchronous_commit", setting("synchronous_commit"));
			finding.fix("ALTER SYSTEM SET synchronous_commit = on");
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(set_synchronous_commit_off){
	.dimension = Dimension::backup,
	.severity = Severity::notice,
	.title = "Commits that may be lost",
	.rationale =
		"With synchronous_commit off a crash loses what was committed in the last moments (about three times wal_writer_delay), though nothing is damaged. Fine for some work; better set for those transactions or roles alone than for the whole server.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-wal.html",
	.judge = judge,
};

} // namespace dbeng
