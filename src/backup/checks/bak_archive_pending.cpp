#include "catalog/archiving.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Archiving archiving = read_archiving();
	if (!archiving.active(catalog))
		return;
	int64 files = 0;
	TimestampTz oldest = 0;
	each_row("SELECT count(*), min(modification) FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}[.]ready$'",
			 [&files, &oldest](const Row &row)
			 {
				 files = row.integer(1);
				 oldest = row.time(2);
			 });
	verdict.judged();
	if (static_cast<double>(files) <= verdict.threshold("files"))
		return;
	verdict.failed("pg_wal",
				   [files, age = catalog.now - oldest](Finding &finding)
				   {
					   int64 bytes = files * setting_bytes("wal_segment_size");
					   finding.message("%s WAL files (%s) wait to be archived, the oldest for %s", grouped(files),
									   size(bytes), duration(age));
					   finding.evidence("files", files);
					   finding.evidence("bytes", bytes);
					   finding.evidence("oldest_seconds", age / USECS_PER_SEC);
				   });
}

CHECK(bak_archive_pending){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.title = "WAL waits to be archived",
	.rationale =
		"What waits is lost with the machine, and fills the disk of pg_wal. An archive_command that is slower than "
		"WAL is written (compression, a slow network, one process) never catches up; pgBackRest and WAL-G archive "
		"in parallel.",
	.reference = "https://www.postgresql.org/docs/current/continuous-archiving.html",
	.thresholds = {{"files", 64}},
	.judge = judge,
};

} // namespace dbeng
