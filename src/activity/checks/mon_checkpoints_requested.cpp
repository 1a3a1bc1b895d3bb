#include "activity/checkpoints.hpp"
#include "core/host.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Twice what it is, where a tenth of the disk's free space is enough for it; 0 where not. */
static int64
larger_max_wal_size()
{
	int64 twice = setting_bytes("max_wal_size") * 2;
	Disk disk = disk_of("pg_wal");
	return disk.free >= 0 && twice <= disk.free / 10 ? twice : 0;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* A standby's restartpoints follow the primary's checkpoints. */
	if (catalog.in_recovery)
		return;
	Checkpoints seen = read_checkpoints();
	if (static_cast<double>(seen.all()) < verdict.threshold("checkpoints"))
		return;
	verdict.judged();
	if (seen.requested_pct() <= verdict.threshold("percent") || !seen.by_volume(verdict.threshold("wal_share")))
		return;
	verdict.failed(
		"max_wal_size",
		[seen](Finding &finding)
		{
			int64 larger = larger_max_wal_size();
			finding.message(
				"%s of %s checkpoints (%s %%) came before checkpoint_timeout (%s) was over, one for every %s of WAL; "
				"max_wal_size is %s",
				grouped(seen.requested), grouped(seen.all()), number(seen.requested_pct(), 0),
				duration(setting_milliseconds("checkpoint_timeout") * 1000), size(static_cast<int64>(seen.wal_each())),
				size(setting_bytes("max_wal_size")));
			finding.evidence("timed", seen.timed);
			finding.evidence("requested", seen.requested);
			finding.evidence("wal_bytes_each", seen.wal_each());
			finding.evidence("max_wal_size_bytes", setting_bytes("max_wal_size"));
			if (larger == 0)
				return;
			finding.fix("ALTER SYSTEM SET max_wal_size = '%lldMB'", static_cast<long long>(larger / (1024 * 1024)));
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(mon_checkpoints_requested){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Checkpoints forced by the volume of WAL",
	.rationale =
		"After each checkpoint every page changed for the first time is written to WAL as a whole. Checkpoints that "
		"come before their time multiply that and the writing of data. Judged from 20 checkpoints on, where the WAL "
		"written between them explains them. The counters start anew with pg_stat_reset_shared().",
	.reference = "https://www.postgresql.org/docs/current/wal-configuration.html",
	.thresholds = {{"percent", 30}, {"checkpoints", 20}, {"wal_share", 0.25}},
	.judge = judge,
};

} // namespace dbeng
