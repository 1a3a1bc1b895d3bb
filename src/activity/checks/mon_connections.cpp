#include "activity/connections.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	ConnectionUse use = connection_use();
	verdict.judged();
	if (use.percent <= verdict.threshold("percent"))
		return;
	verdict.failed(
		"max_connections",
		[use](Finding &finding)
		{
			finding.message("%s of %s connections open to ordinary users are in use (%s %%), %s of them idle",
							grouped(use.used), grouped(use.limit), number(use.percent, 0), grouped(use.idle));
			finding.evidence("used", use.used);
			finding.evidence("idle", use.idle);
			finding.evidence("limit", use.limit);
		},
		{.severity = use.percent >= verdict.threshold("critical_percent") ? Severity::critical : Severity::warning,
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
