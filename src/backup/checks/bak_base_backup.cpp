#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/*
 * Each online backup of a server that archives leaves a history file in
 * pg_wal, which stays until the next one.
 */
static constexpr const char *traces_sql = "SELECT (SELECT count(*) FROM pg_stat_progress_basebackup), max(modification)"
										  " FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}[.][0-9A-F]{8}[.]backup$'";

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int64 running = 0;
	TimestampTz last = 0;
	each_row(traces_sql,
			 [&running, &last](const Row &row)
			 {
				 running = row.integer(1);
				 last = row.time(2);
			 });
	if (running > 0)
		return verdict.judged();
	if (last == 0 || catalog.in_recovery)
		return verdict.unknown(
			"a server does not record its backups: dbeng.attest('bak-base-backup', …) tells when they are "
			"taken");
	verdict.judged();
	int64 age = catalog.now - last;
	if (static_cast<double>(age) <= verdict.threshold("days") * USECS_PER_DAY)
		return;
	verdict.failed("base backup",
				   [age](Finding &finding)
				   {
					   finding.message("the last base backup this server took part in ended %s ago", duration(age));
					   finding.evidence("seconds", age / USECS_PER_SEC);
				   });
}

CHECK(bak_base_backup){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.attestable = true,
	.title = "No recent base backup",
	.rationale =
		"Recovery starts from a base backup and replays all WAL since: the older it is, the longer that takes and "
		"the more files must all be there. A server that archives keeps a trace of the last backup taken from it; "
		"backups taken from a standby and snapshots of the storage leave none and have to be attested.",
	.reference = "https://www.postgresql.org/docs/current/continuous-archiving.html",
	.thresholds = {{"days", 7}},
	.judge = judge,
};

} // namespace dbeng
