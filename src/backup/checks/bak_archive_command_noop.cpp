#include "catalog/archiving.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Archiving archiving = read_archiving();
	if (!archiving.active(catalog) || archiving.library[0] != '\0')
		return;
	verdict.judged();
	bool empty = archiving.command[0] == '\0';
	/* A receiver that stores WAL elsewhere makes the command superfluous, but not an empty one: that keeps all WAL here. */
	if (!empty && (!discards(archiving.command) || wal_receiver() != nullptr))
		return;
	verdict.failed(
		"archive_command",
		[archiving, empty](Finding &finding)
		{
			if (empty)
				finding.message(
					"archive_mode is %s, but archive_command is empty: every WAL file stays in pg_wal until the disk is "
					"full",
					archiving.mode);
			else
				finding.message("archive_command is \"%s\": WAL counts as archived and is thrown away",
								archiving.command);
			finding.evidence("archive_mode", archiving.mode);
			finding.evidence("archive_command", archiving.command);
		});
}

CHECK(bak_archive_command_noop){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.title = "archive_command that archives nothing",
	.rationale = "Set to true or : to switch archiving on later without a restart, it looks like an archive in every "
				 "statistic, but nothing can be restored from it.",
	.reference = "https://www.postgresql.org/docs/current/continuous-archiving.html",
	.judge = judge,
};

} // namespace dbeng
