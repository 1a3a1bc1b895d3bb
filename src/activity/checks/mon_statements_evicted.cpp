#include "catalog/workload.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* That it is missing is a finding of its own. */
	const Workload &statements = workload(catalog);
	if (statements.missing != nullptr || statements.reset == 0)
		return;
	verdict.judged();
	int64 window = catalog.now - statements.reset;
	double hours = std::max(1.0, static_cast<double>(window) / USECS_PER_HOUR);
	double per_hour = static_cast<double>(statements.evicted) / hours;
	if (per_hour <= verdict.threshold("per_hour"))
		return;
	verdict.failed(
		"pg_stat_statements.max",
		[&statements, window, per_hour](Finding &finding)
		{
			constexpr double most = 50000;
			double now = setting_number("pg_stat_statements.max");
			finding.message(
				"the least used statements were thrown out %s times in %s (%s an hour) to make room: %s are kept, "
				"what is counted is a part; a change needs a restart",
				grouped(statements.evicted), duration(window), number(per_hour), grouped(static_cast<int64>(now)));
			finding.evidence("evictions", statements.evicted);
			finding.evidence("per_hour", per_hour);
			finding.evidence("max", now);
			if (now * 2 <= most)
				finding.fix("ALTER SYSTEM SET pg_stat_statements.max = %d", static_cast<int>(now * 2));
		});
}

CHECK(mon_statements_evicted){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Statistics of statements that do not fit",
	.rationale =
		"When pg_stat_statements is full it drops its least used twentieth, under a lock that all statements wait "
		"for. Many distinct texts (literals in IN lists, generated names) are the usual cause; more room helps the "
		"rest. Counted since pg_stat_statements was last reset.",
	.reference = "https://www.postgresql.org/docs/current/pgstatstatements.html",
	.thresholds = {{"per_hour", 1}},
	.judge = judge,
};

} // namespace dbeng
