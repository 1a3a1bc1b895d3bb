#include "catalog/archiving.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Archiving archiving = read_archiving();
	/* A standby that archives does so as WAL comes in; failures are a finding of their own. */
	if (catalog.in_recovery || !archiving.active(catalog))
		return;
	verdict.judged();
	if (archiving.failing())
		return;
	int64 waiting = archiving.waiting_files();
	int64 timeout = setting_milliseconds("archive_timeout") * 1000;
	int64 limit = timeout > 0 ? static_cast<int64>(verdict.threshold("times") * static_cast<double>(timeout))
							  : static_cast<int64>(verdict.threshold("minutes") * USECS_PER_MINUTE);
	int64 age = catalog.now - archiving.last_archived;
	if (waiting < 1 || age <= limit)
		return;
	verdict.failed("archive_command",
				   [age, waiting, timeout](Finding &finding)
				   {
					   finding.message(
						   "nothing was archived for %s, while %s complete WAL files (%s) wait; archive_timeout is %s",
						   duration(age), grouped(waiting), size(waiting * setting_bytes("wal_segment_size")),
						   timeout > 0 ? duration(timeout) : "0");
					   finding.evidence("seconds", age / USECS_PER_SEC);
					   finding.evidence("waiting_files", waiting);
				   });
}

CHECK(bak_archive_stale){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.title = "Archiving stands still",
	.rationale =
		"A command that hangs neither fails nor succeeds, and nobody is told. Judged where complete WAL files wait "
		"and the last one was archived more than three times archive_timeout ago (an hour without one).",
	.reference = "https://www.postgresql.org/docs/current/continuous-archiving.html",
	.thresholds = {{"times", 3}, {"minutes", 60}},
	.judge = judge,
};

} // namespace dbeng
