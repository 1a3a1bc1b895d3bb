#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* -1: never. */
static bool
logs(const char *name)
{
	return setting_number(name) >= 0;
}

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	bool sampled = logs("log_min_duration_sample") && setting_number("log_statement_sample_rate") > 0;
	if (logs("log_min_duration_statement") || logs("auto_explain.log_min_duration") || sampled)
		return;
	verdict.failed("log_min_duration_statement",
				   [](Finding &finding)
				   {
					   finding.message(
						   "log_min_duration_statement is -1: no statement is logged, however long it takes");
					   finding.evidence("log_min_duration_statement", setting("log_min_duration_statement"));
					   finding.fix("ALTER SYSTEM SET log_min_duration_statement = '1s'");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(mon_log_min_duration){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Slow statements not logged",
	.rationale =
		"pg_stat_statements has averages; only the log (or auto_explain) says when a single statement was slow and "
		"with which values. One second is a quiet limit for most servers; the log then holds those statements' "
		"texts.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-logging.html",
	.judge = judge,
};

} // namespace dbeng
