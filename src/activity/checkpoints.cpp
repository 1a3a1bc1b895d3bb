#include "activity/checkpoints.hpp"

#include "core/query.hpp"
#include "core/settings.hpp"

namespace dbeng {

Checkpoints
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
				 seen = {row.integer(1), row.integer(2), row.number(3), std::abs(apart) < USECS_PER_HOUR, row.time(4)};
			 });
	return seen;
}

double
Checkpoints::requested_pct() const
{
	return 100 * static_cast<double>(requested) / static_cast<double>(std::max<int64>(all(), 1));
}

double
Checkpoints::wal_each() const
{
	return wal_bytes / static_cast<double>(std::max<int64>(requested, 1));
}

bool
Checkpoints::by_volume(double share) const
{
	return same_window && wal_each() > share * static_cast<double>(setting_bytes("max_wal_size"));
}

} // namespace dbeng
