#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	const char *level = setting("wal_level");
	if (strcmp(level, "minimal") != 0)
		return;
	verdict.failed(
		"wal_level",
		[](Finding &finding)
		{
			finding.message(
				"wal_level is minimal: no base backup while the server runs, no archive, no standby; a change needs a "
				"restart");
			finding.evidence("wal_level", setting("wal_level"));
			finding.fix("ALTER SYSTEM SET wal_level = replica");
		});
}

CHECK(bak_wal_level_minimal){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.title = "WAL level without backups",
	.rationale =
		"With minimal WAL some bulk operations are not logged, so nothing but pg_dump or a copy of the stopped "
		"server is a backup.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-wal.html",
	.judge = judge,
};

} // namespace dbeng
