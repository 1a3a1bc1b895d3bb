#include "unit/check.hpp"

#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	int64 timeout = setting_milliseconds("authentication_timeout");
	verdict.judged();
	if (timeout <= static_cast<int64>(verdict.threshold("seconds") * 1000))
		return;
	verdict.failed("authentication_timeout",
				   [timeout](Finding &finding)
				   {
					   finding.message("a client that does not finish logging in keeps its connection for %s",
									   duration(timeout * 1000));
					   finding.evidence("seconds", timeout / 1000);
					   finding.fix("ALTER SYSTEM SET authentication_timeout = '1min'");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(sec_auth_timeout){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Long time to log in",
	.rationale =
		"Clients that are still logging in take connections from others, and need no password for it. The default is one "
		"minute.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-connection.html",
	.thresholds = {{"seconds", 60}},
	.judge = judge,
};

} // namespace dbeng
