#include "core/host.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	double limit = setting_number("max_connections");
	if (limit <= verdict.threshold("connections"))
		return;
	int64 open = 0;
	int64 active = 0;
	each_row("SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity"
			 " WHERE backend_type = 'client backend'",
			 [&open, &active](const Row &row)
			 {
				 open = row.integer(1);
				 active = row.integer(2);
			 });
	verdict.failed("max_connections",
				   [limit, open, active](Finding &finding)
				   {
					   finding.message(
						   "%s connections are allowed on %d processors; now %s are open, %s of them at work",
						   grouped(static_cast<int64>(limit)), host_cpus(), grouped(open), grouped(active));
					   finding.evidence("max_connections", limit);
					   finding.evidence("open", open);
					   finding.evidence("active", active);
					   finding.evidence("cpus", host_cpus());
				   });
}

CHECK(set_max_connections){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Very many connections allowed",
	.rationale =
		"A few times as many active sessions as processors is where throughput ends; each further one costs memory "
		"and makes all others slower. A pooler such as PgBouncer serves thousands of clients through a few dozen "
		"connections.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-connection.html",
	.thresholds = {{"connections", 500}},
	.judge = judge,
};

} // namespace dbeng
