#include "backup/standbys.hpp"

#include "core/query.hpp"

namespace dbeng {

/* A logical subscriber holds a logical slot while it is connected; a program that only stores WAL replays nothing. */
static constexpr const char *standbys_sql =
	"SELECT count(*), count(*) FILTER (WHERE s.slot_name IS NULL) FROM pg_stat_replication r"
	" LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid"
	" WHERE r.state = 'streaming' AND r.replay_lsn IS NOT NULL AND s.slot_type IS DISTINCT FROM 'logical'";

Standbys
connected_standbys()
{
	Standbys standbys = {};
	each_row(standbys_sql, [&standbys](const Row &row) { standbys = {row.integer(1), row.integer(2)}; });
	return standbys;
}

} // namespace dbeng
