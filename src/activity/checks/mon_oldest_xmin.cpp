#include "catalog/horizon.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	for (const Holder &holder : horizon_holders())
	{
		verdict.judged();
		if (static_cast<double>(holder.age) <= verdict.threshold("transactions"))
			continue;
		verdict.failed(
			holder.name,
			[&holder](Finding &finding)
			{
				bool timed = holder.since != 0;
				int64 open_for = GetCurrentTimestamp() - holder.since;
				finding.message("%s%s%s keeps VACUUM from removing what the last %s transactions deleted or replaced",
								holder.what, timed ? ", open for " : "", timed ? duration(open_for) : "",
								grouped(holder.age));
				finding.evidence("transactions", holder.age);
				if (timed)
					finding.evidence("seconds", static_cast<double>(open_for) / USECS_PER_SEC);
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
