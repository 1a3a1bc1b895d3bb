#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	if (!(!setting_on("log_lock_waits")))
		return;
	verdict.failed("log_lock_waits",
				   [](Finding &finding)
				   {
					   finding.message(
						   "log_lock_waits is off: a session that waits for a lock leaves no trace in the log");
					   finding.evidence("log_lock_waits", setting("log_lock_waits"));
					   finding.fix("ALTER SYSTEM SET log_lock_waits = on");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(mon_log_lock_waits){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Lock waits not logged",
	.rationale =
		"With log_lock_waits the log says who waited for whom whenever a lock takes longer than deadlock_timeout: often the only trace of a pile-up that is over.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-logging.html",
	.judge = judge,
};

} // namespace dbeng
