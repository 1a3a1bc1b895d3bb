#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct IdleRole
{
	const char *name;
	int64 sessions;
	int64 idle;
	double seconds;
	int64 pid;
	const char *application;
};
} // namespace

static void
judge(const Catalog &, Verdict &verdict)
{
	double limit = verdict.threshold("seconds");
	Local<Vector<IdleRole>> roles;
	each_row(format("SELECT usename, count(*), count(*) FILTER (WHERE idle), max(seconds) FILTER (WHERE idle),"
					" (array_agg(pid ORDER BY seconds DESC) FILTER (WHERE idle))[1],"
					" (array_agg(application_name ORDER BY seconds DESC) FILTER (WHERE idle))[1]"
					" FROM (SELECT *, state LIKE 'idle in transaction%%' AND seconds > %.3f AS idle"
					" FROM (SELECT usename, pid, application_name, state,"
					" extract(epoch FROM clock_timestamp() - state_change)::float8 AS seconds"
					" FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename IS NOT NULL"
					" AND pid <> pg_backend_pid()) a) b GROUP BY usename",
					limit),
			 [&roles](const Row &row)
			 {
				 const char *application = row.text(6);
				 roles->push_back({pstrdup(row.text(1)), row.integer(2), row.integer(3), row.number(4), row.integer(5),
								   application == nullptr ? "" : pstrdup(application)});
			 });
	for (const IdleRole &role : *roles)
	{
		verdict.judged(static_cast<double>(role.sessions));
		if (role.idle == 0)
			continue;
		verdict.failed(
			role.name,
			[&role, limit](Finding &finding)
			{
				finding.message(
					"%s session%s idle in transaction, the longest for %s (pid %lld%s%s)", grouped(role.idle),
					role.idle == 1 ? "" : "s", duration(static_cast<int64>(role.seconds * USECS_PER_SEC)),
					static_cast<long long>(role.pid), role.application[0] == '\0' ? "" : ", ", role.application);
				finding.evidence("sessions", role.idle);
				finding.evidence("seconds", role.seconds);
				finding.evidence("pid", role.pid);
				finding.evidence("application_name", role.application);
				finding.fix(
					"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND state LIKE 'idle "
					"in transaction%%' AND state_change < now() - interval '%s seconds'",
					literal(role.name), number(limit, 3));
			},
			{.weight = static_cast<double>(role.idle), .rank = role.seconds});
	}
}

CHECK(mon_idle_in_transaction){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Session idle in transaction",
	.rationale =
		"A transaction left open keeps its locks, so that others wait, and keeps VACUUM from removing what was "
		"deleted since. Usually the application forgot a COMMIT or waits for something else inside a transaction. "
		"The fix ends those sessions and rolls their transactions back.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-client.html",
	.thresholds = {{"seconds", 300}},
	.judge = judge,
};

} // namespace dbeng
