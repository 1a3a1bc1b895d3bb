#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Lag
{
	const char *name;
	double seconds;
	int64 bytes;
};
} // namespace

/*
 * replay_lag is NULL when nothing is left to replay. A receiver that only
 * stores WAL replays nothing and says so by a NULL replay_lsn.
 */
static constexpr const char *primary_sql =
	"SELECT coalesce(nullif(application_name, ''), '?'), coalesce(extract(epoch FROM replay_lag), 0)::float8,"
	" pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,"
	" replay_lsn)::int8"
	" FROM pg_stat_replication WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL";

/*
 * An idle primary sends nothing: what was received and is not replayed tells
 * lag from rest. The last few records may just be on their way.
 */
static constexpr const char *standby_sql =
	"SELECT 'this standby', CASE WHEN pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > 65536"
	" THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) ELSE 0 END::float8,"
	" pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::int8"
	" WHERE pg_last_wal_receive_lsn() IS NOT NULL";

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double limit = verdict.threshold("seconds");
	/* One that is told to stay behind stays behind. */
	double wanted = 0;
	Local<Vector<Lag>> lags;
	auto add = [&lags](const Row &row) { lags->push_back({pstrdup(row.text(1)), row.number(2), row.integer(3)}); };
	if (catalog.in_recovery)
	{
		wanted = static_cast<double>(std::max<int64>(setting_milliseconds("recovery_min_apply_delay"), 0)) / 1000;
		each_row(standby_sql, add);
	}
	each_row(primary_sql, add);

	const Lag *worst = nullptr;
	int64 behind = 0;
	for (const Lag &lag : *lags)
	{
		verdict.judged();
		if (std::isnan(lag.seconds) || lag.seconds - wanted <= limit)
			continue;
		behind++;
		if (worst == nullptr || lag.seconds > worst->seconds)
			worst = &lag;
	}
	if (worst == nullptr)
		return;
	verdict.failed("replication",
				   [worst, behind, all = static_cast<int64>(lags->size())](Finding &finding)
				   {
					   finding.message("%s of %s replication connections behind, %s by %s seconds (%s not replayed)",
									   grouped(behind), grouped(all), worst->name, number(worst->seconds),
									   size(worst->bytes));
					   finding.evidence("standby", worst->name);
					   finding.evidence("seconds", worst->seconds);
					   finding.evidence("bytes", worst->bytes);
					   finding.evidence("behind", behind);
				   },
				   {.weight = static_cast<double>(behind),
					.severity = worst->seconds - wanted > verdict.threshold("warning_seconds") ? Severity::warning
																							   : Severity::notice,
					.escalate = true});
}

CHECK(mon_replication_lag){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Replication behind",
	.rationale =
		"Reads from a standby that is behind are old, and what it has not received is lost when the primary is. Long "
		"queries on the standby, a slow network or disk, or one large transaction hold it up. A delay set by "
		"recovery_min_apply_delay is known on the standby only.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html",
	.thresholds = {{"seconds", 5}, {"warning_seconds", 30}},
	.judge = judge,
};

} // namespace dbeng
