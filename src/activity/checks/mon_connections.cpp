#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	int64 used = 0;
	int64 idle = 0;
	each_row("SELECT count(*), count(*) FILTER (WHERE state = 'idle') FROM pg_stat_activity"
			 " WHERE backend_type = 'client backend'",
			 [&used, &idle](const Row &row)
			 {
				 used = row.integer(1);
				 idle = row.integer(2);
			 });
	double reserved = setting_number("superuser_reserved_connections");
	if (double more = setting_number("reserved_connections"); more > 0)
		reserved += more;
	int64 limit = static_cast<int64>(setting_number("max_connections") - reserved);

	verdict.judged();
	double percent = 100 * static_cast<double>(used) / static_cast<double>(std::max<int64>(limit, 1));
	if (percent <= verdict.threshold("percent"))
		return;
	verdict.failed(
		"max_connections",
		[used, idle, limit, percent](Finding &finding)
		{
			finding.message("%s of %s connections open to ordinary users are in use (%s %%), %s of them idle",
							grouped(used), grouped(limit), number(percent, 0), grouped(idle));
			finding.evidence("used", used);
			finding.evidence("idle", idle);
			finding.evidence("limit", limit);
		},
		{.severity = percent >= verdict.threshold("critical_percent") ? Severity::critical : Severity::warning,
		 .escalate = true});
}

CHECK(mon_connections){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Connections running out",
	.rationale =
		"When all connections are taken the next one is refused: the application is down. Where most are idle, a "
		"smaller pool in the application or a pooler such as PgBouncer helps more than a higher max_connections.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-connection.html",
	.thresholds = {{"percent", 80}, {"critical_percent", 95}},
	.judge = judge,
};

} // namespace dbeng
