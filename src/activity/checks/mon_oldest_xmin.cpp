#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
/* What keeps VACUUM from removing rows that are dead to everybody else. */
struct Holder
{
	const char *name;
	const char *what; /* for the message */
	int64 age;
	double seconds; /* NaN when not known */
	int64 pid;		/* 0 when no session */
	const char *role;
	bool idle;
};
} // namespace

static constexpr const char *holders_sql =
	"SELECT 'session of ' || coalesce(usename, '?'),"
	" 'a transaction of pid ' || pid || ' (' || coalesce(state, '?') || coalesce(', database ' || datname, '') || ')',"
	" greatest(age(backend_xmin), age(backend_xid))::int8,"
	" extract(epoch FROM clock_timestamp() - xact_start)::float8, pid, usename, state LIKE 'idle in transaction%'"
	" FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
	" AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)"
	" UNION ALL SELECT 'prepared transaction ' || gid, 'it (database ' || database || ')', age(transaction)::int8,"
	" extract(epoch FROM clock_timestamp() - prepared)::float8, 0, NULL, false FROM pg_prepared_xacts"
	" UNION ALL SELECT 'replication slot ' || slot_name,"
	" 'it (' || slot_type || CASE WHEN active THEN ', active' ELSE ', inactive' END || ')',"
	" greatest(age(xmin), age(catalog_xmin))::int8, NULL, 0, NULL, false"
	" FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL"
	" UNION ALL SELECT 'standby ' || coalesce(nullif(application_name, ''), '?'), 'its hot_standby_feedback',"
	" age(backend_xmin)::int8, NULL, 0, NULL, false FROM pg_stat_replication WHERE backend_xmin IS NOT NULL";

static void
judge(const Catalog &, Verdict &verdict)
{
	Local<Vector<Holder>> holders;
	each_row(holders_sql,
			 [&holders](const Row &row)
			 {
				 const char *role = row.text(6);
				 holders->push_back({pstrdup(row.text(1)), pstrdup(row.text(2)), row.integer(3), row.number(4),
									 row.integer(5), role == nullptr ? nullptr : pstrdup(role), row.flag(7)});
			 });
	verdict.judged();
	for (const Holder &holder : *holders)
	{
		verdict.judged();
		if (static_cast<double>(holder.age) <= verdict.threshold("transactions"))
			continue;
		verdict.failed(
			holder.name,
			[&holder](Finding &finding)
			{
				bool timed = !std::isnan(holder.seconds);
				finding.message("%s%s%s keeps VACUUM from removing what the last %s transactions deleted or replaced",
								holder.what, timed ? ", open for " : "",
								timed ? duration(static_cast<int64>(holder.seconds * USECS_PER_SEC)) : "",
								grouped(holder.age));
				finding.evidence("transactions", holder.age);
				if (timed)
					finding.evidence("seconds", holder.seconds);
				if (holder.pid == 0)
					return;
				finding.evidence("pid", holder.pid);
				/* One that works may be a backup; only an idle one is ended by advice. */
				if (holder.idle)
					finding.fix(
						"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %lld AND usename = %s "
						"AND state LIKE 'idle in transaction%%'",
						static_cast<long long>(holder.pid), literal(holder.role));
			},
			{.rank = static_cast<double>(holder.age)});
	}
}

CHECK(mon_oldest_xmin){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Old snapshot that holds back VACUUM",
	.rationale =
		"VACUUM can only remove rows that no open transaction, prepared transaction, replication slot or standby "
		"with hot_standby_feedback may still have to see. The oldest of them sets the limit for all tables: they "
		"bloat until it ends.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.thresholds = {{"transactions", 1000000}},
	.judge = judge,
};

} // namespace dbeng
