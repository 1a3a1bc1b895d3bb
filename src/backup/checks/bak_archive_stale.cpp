#include "backup/archiving.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* The number of a segment in the order of writing, from the name of its file; -1 when it is none. */
static int64
segment_of(const char *file, int64 segment_bytes)
{
	if (file == nullptr || strspn(file, "0123456789ABCDEF") != 24 || segment_bytes <= 0)
		return -1;
	char high[9];
	memcpy(high, file + 8, 8);
	high[8] = '\0';
	int64 segments_per_file_id = (int64{1} << 32) / segment_bytes;
	char low[9];
	memcpy(low, file + 16, 8);
	low[8] = '\0';
	return strtoll(high, nullptr, 16) * segments_per_file_id + strtoll(low, nullptr, 16);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Archiving archiving = read_archiving();
	/* A standby that archives does so as WAL comes in; failures are a finding of their own. */
	if (catalog.in_recovery || !archiving.active(catalog))
		return;
	verdict.judged();
	int64 segment_bytes = setting_bytes("wal_segment_size");
	int64 last = segment_of(archiving.last_archived_file, segment_bytes);
	if (last < 0 || archiving.failing())
		return;
	int64 current = 0;
	each_row("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8",
			 [&current, segment_bytes](const Row &row) { current = row.integer(1) / segment_bytes; });
	/* Complete segments that wait. */
	int64 waiting = current - last - 1;
	int64 timeout = setting_milliseconds("archive_timeout") * 1000;
	int64 limit = timeout > 0 ? static_cast<int64>(verdict.threshold("times") * static_cast<double>(timeout))
							  : static_cast<int64>(verdict.threshold("minutes") * USECS_PER_MINUTE);
	int64 age = catalog.now - archiving.last_archived;
	if (waiting < 1 || age <= limit)
		return;
	verdict.failed("archive_command",
				   [age, waiting, segment_bytes, timeout](Finding &finding)
				   {
					   finding.message(
						   "nothing was archived for %s, while %s complete WAL files (%s) wait; archive_timeout is %s",
						   duration(age), grouped(waiting), size(waiting * segment_bytes),
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
