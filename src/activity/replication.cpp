#include "activity/replication.hpp"

#include "core/query.hpp"
#include "core/settings.hpp"

namespace dbeng {

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

Replication
read_replication(bool in_recovery)
{
	double wanted = 0;
	Local<Vector<Lag>> lags;
	auto add = [&lags](const Row &row) { lags->push_back({pstrdup(row.text(1)), row.number(2), row.integer(3)}); };
	if (in_recovery)
	{
		wanted = static_cast<double>(std::max<int64>(setting_milliseconds("recovery_min_apply_delay"), 0)) / 1000;
		each_row(standby_sql, add);
	}
	each_row(primary_sql, add);
	return {{lags->data(), lags->size()}, wanted};
}

const Lag *
Replication::worst(double limit, int64 *behind) const
{
	const Lag *worst = nullptr;
	*behind = 0;
	for (const Lag &lag : lags)
	{
		if (std::isnan(lag.seconds) || lag.seconds - wanted <= limit)
			continue;
		(*behind)++;
		if (worst == nullptr || lag.seconds > worst->seconds)
			worst = &lag;
	}
	return worst;
}

} // namespace dbeng
