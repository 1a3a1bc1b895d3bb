#include "catalog/horizon.hpp"

#include "core/query.hpp"

namespace dbeng {

static constexpr const char *holders_sql =
	"SELECT 'session of ' || coalesce(usename, '?'),"
	" 'a transaction of pid ' || pid || ' (' || coalesce(state, '?') || coalesce(', database ' || datname, '') || ')',"
	" greatest(age(backend_xmin), age(backend_xid))::int8,"
	" xact_start, pid, usename, state LIKE 'idle in transaction%'"
	" FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
	" AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)"
	" UNION ALL SELECT 'prepared transaction ' || gid, 'it (database ' || database || ')', age(transaction)::int8,"
	" prepared, 0, NULL, false FROM pg_prepared_xacts"
	" UNION ALL SELECT 'replication slot ' || slot_name,"
	" 'it (' || slot_type || CASE WHEN active THEN ', active' ELSE ', inactive' END || ')',"
	" greatest(age(xmin), age(catalog_xmin))::int8, NULL, 0, NULL, false"
	" FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL"
	" UNION ALL SELECT 'standby ' || coalesce(nullif(application_name, ''), '?'), 'its hot_standby_feedback',"
	" age(backend_xmin)::int8, NULL, 0, NULL, false FROM pg_stat_replication WHERE backend_xmin IS NOT NULL";

std::span<const Holder>
horizon_holders()
{
	Local<Vector<Holder>> holders;
	each_row(holders_sql,
			 [&holders](const Row &row)
			 {
				 const char *role = row.text(6);
				 holders->push_back({pstrdup(row.text(1)), pstrdup(row.text(2)), row.integer(3), row.time(4),
									 row.integer(5), role == nullptr ? nullptr : pstrdup(role), row.flag(7)});
			 });
	return {holders->data(), holders->size()};
}

} // namespace dbeng
