#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* A standby gets what the primary vacuums. */
	if (catalog.in_recovery)
		return;
	verdict.judged();
	if (setting_on("autovacuum"))
		return;
	verdict.failed(
		"autovacuum",
		[](Finding &finding)
		{
			finding.message(
				"autovacuum is off: dead rows stay, planner statistics age, and nothing is frozen before the "
				"emergency");
			finding.evidence("autovacuum", setting("autovacuum"));
			finding.fix("ALTER SYSTEM SET autovacuum = on");
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(mon_autovacuum_off){
	.dimension = Dimension::monitoring,
	.severity = Severity::critical,
	.title = "Autovacuum switched off",
	.rationale = "Without autovacuum tables and indexes grow with every update, plans are made from old statistics and "
				 "transaction IDs are only frozen in the emergency mode shortly before wraparound.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.judge = judge,
};

} // namespace dbeng
