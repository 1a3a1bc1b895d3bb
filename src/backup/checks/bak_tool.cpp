#include "catalog/archiving.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Archiving archiving = read_archiving();
	bool seen = backup_tool(catalog, archiving) != nullptr;
	if (!seen && catalog.in_recovery)
		return verdict.unknown("no backup tool is seen on this standby; it may work on the primary");
	verdict.judged();
	if (seen)
		return;
	verdict.failed(
		"backup tool",
		[archiving](Finding &finding)
		{
			finding.message(
				"no backup tool is seen in archive_command, restore_command, connections or replication slots");
			finding.evidence("archive_mode", archiving.mode);
			finding.evidence("archive_command", archiving.command);
		});
}

CHECK(bak_tool){
	.dimension = Dimension::backup,
	.severity = Severity::notice,
	.attestable = true,
	.title = "No backup tool seen",
	.rationale =
		"pgBackRest, Barman, WAL-G, pg_probackup and others keep base backups, WAL and their expiry together and check "
		"them; own scripts seldom do all of it. A tool that leaves no trace in the server (pg_dump by cron, "
		"snapshots) can be attested.",
	.reference = "https://www.postgresql.org/docs/current/backup.html",
	.judge = judge,
};

} // namespace dbeng
