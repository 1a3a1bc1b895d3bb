#include "catalog/archiving.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Archiving archiving = read_archiving();
	if (catalog.in_recovery && !archiving.active(catalog))
		return verdict.unknown("a standby usually leaves archiving to its primary: ask there");
	verdict.judged();
	if (strcmp(archiving.mode, "off") != 0 || wal_receiver() != nullptr)
		return;
	verdict.failed(
		"archive_mode",
		[](Finding &finding)
		{
			finding.message(
				"WAL is not archived: after a loss the database can go back to its last full backup only, not to the "
				"minute before");
			finding.evidence("archive_mode", setting("archive_mode"));
			finding.evidence("wal_level", setting("wal_level"));
		});
}

CHECK(bak_archive_mode){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.attestable = true,
	.title = "WAL not archived",
	.rationale =
		"A base backup with all WAL since restores any moment: also the one before a wrong DELETE. It takes "
		"archive_mode with an archive_command (a restart), or pg_receivewal on another machine. Where the storage "
		"takes snapshots of the whole cluster, attest it.",
	.reference = "https://www.postgresql.org/docs/current/continuous-archiving.html",
	.judge = judge,
};

} // namespace dbeng
