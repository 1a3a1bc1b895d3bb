#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	/* 17 and later can limit a transaction as a whole, idle or not. */
	if (setting_milliseconds("idle_in_transaction_session_timeout") > 0 ||
		setting_milliseconds("transaction_timeout") > 0)
		return;
	verdict.failed(
		"idle_in_transaction_session_timeout",
		[](Finding &finding)
		{
			finding.message(
				"idle_in_transaction_session_timeout is 0: a transaction somebody forgot keeps its locks and holds "
				"back VACUUM for days");
			finding.evidence("idle_in_transaction_session_timeout", setting("idle_in_transaction_session_timeout"));
			finding.fix("ALTER SYSTEM SET idle_in_transaction_session_timeout = '1h'");
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(set_idle_timeouts){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "No limit for idle transactions",
	.rationale =
		"Sooner or later an application or a person leaves a transaction open. A limit far above what any program "
		"means to wait, such as an hour, ends only those.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-client.html",
	.judge = judge,
};

} // namespace dbeng
