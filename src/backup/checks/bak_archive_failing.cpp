#include "catalog/archiving.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Archiving archiving = read_archiving();
	if (!archiving.active(catalog))
		return;
	verdict.judged();
	if (!archiving.failing_for(catalog.now, verdict.threshold("seconds")))
		return;
	verdict.failed(
		"archive_command",
		[archiving, now = catalog.now](Finding &finding)
		{
			finding.message(
				"archiving fails, last %s ago with %s; %s%s: WAL piles up in pg_wal and a backup cannot be rolled "
				"forward; the log has the reason",
				duration(now - archiving.last_failed), archiving.last_failed_file,
				archiving.last_archived == 0 ? "it never succeeded" : "the last success was ",
				archiving.last_archived == 0 ? "" : format("%s ago", duration(now - archiving.last_archived)));
			finding.evidence("failed", archiving.failed);
			finding.evidence("archived", archiving.archived);
			finding.evidence("last_failed_wal", archiving.last_failed_file);
			finding.evidence("last_archived_wal", archiving.last_archived_file);
		},
		{.stop = true});
}

CHECK(bak_archive_failing){
	.dimension = Dimension::backup,
	.severity = Severity::critical,
	.title = "Archiving fails",
	.rationale =
		"Since the last success nothing new can be restored, and pg_wal grows until the disk is full. Judged where "
		"this server archives; a failure within five minutes of a success waits for the next attempt.",
	.reference = "https://www.postgresql.org/docs/current/continuous-archiving.html",
	.thresholds = {{"seconds", 300}},
	.judge = judge,
};

} // namespace dbeng
