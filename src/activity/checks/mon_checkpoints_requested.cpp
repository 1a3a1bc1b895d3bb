#include "core/host.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Checkpoints
{
	int64 timed;
	int64 requested;
	double wal_bytes;
	bool same_window; /* WAL and checkpoints are counted since about the same time */
};
} // namespace

static Checkpoints
read_checkpoints()
{
	const char *source =
		pg::major >= 17
			? "SELECT c.num_timed, c.num_requested, w.wal_bytes::float8, c.stats_reset, w.stats_reset FROM "
			  "pg_stat_checkpointer c, pg_stat_wal w"
			: "SELECT b.checkpoints_timed, b.checkpoints_req, w.wal_bytes::float8, b.stats_reset, w.stats_reset FROM "
			  "pg_stat_bgwriter b, pg_stat_wal w";
	Checkpoints seen = {};
	each_row(source,
			 [&seen](const Row &row)
			 {
				 int64 apart = row.time(4) - row.time(5);
				 seen = {row.integer(1), row.integer(2), row.number(3), std::abs(apart) < USECS_PER_HOUR};
			 });
	return seen;
}

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
	int64 all = seen.timed + seen.requested;
	if (static_cast<double>(all) < verdict.threshold("checkpoints"))
		return;
	verdict.judged();
	double percent = 100 * static_cast<double>(seen.requested) / static_cast<double>(all);
	if (percent <= verdict.threshold("percent"))
		return;
	/* CREATE DATABASE, backups and restarts ask for checkpoints too: they are no reason for a larger max_wal_size. */
	double wal_each = seen.wal_bytes / static_cast<double>(std::max<int64>(seen.requested, 1));
	double max_wal = static_cast<double>(setting_bytes("max_wal_size"));
	bool by_volume = seen.same_window && wal_each > verdict.threshold("wal_share") * max_wal;
	if (!by_volume)
		return;
	verdict.failed(
		"max_wal_size",
		[seen, all, percent, wal_each](Finding &finding)
		{
			int64 larger = larger_max_wal_size();
			finding.message(
				"%s of %s checkpoints (%s %%) came before checkpoint_timeout (%s) was over, one for every %s of WAL; "
				"max_wal_size is %s",
				grouped(seen.requested), grouped(all), number(percent, 0),
				duration(setting_milliseconds("checkpoint_timeout") * 1000), size(static_cast<int64>(wal_each)),
				size(setting_bytes("max_wal_size")));
			finding.evidence("timed", seen.timed);
			finding.evidence("requested", seen.requested);
			finding.evidence("wal_bytes_each", wal_each);
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
