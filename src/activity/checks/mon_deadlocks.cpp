#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const DatabaseEntry &database = catalog.database;
	int64 window = catalog.counted_for();
	double days = std::max(1.0, static_cast<double>(window) / USECS_PER_DAY);
	double per_day = static_cast<double>(database.deadlocks) / days;
	verdict.judged();
	if (per_day <= verdict.threshold("per_day"))
		return;
	verdict.failed(database.name,
				   [&database, per_day, window](Finding &finding)
				   {
					   finding.message("%s deadlock%s in %s, %s a day", grouped(database.deadlocks),
									   database.deadlocks == 1 ? "" : "s", duration(window), number(per_day));
					   finding.evidence("deadlocks", database.deadlocks);
					   finding.evidence("per_day", per_day);
				   });
}

CHECK(mon_deadlocks){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Deadlocks",
	.rationale =
		"Each deadlock ends a transaction with an error after having blocked two for deadlock_timeout. The log names "
		"both statements. They end when all transactions lock rows and tables in the same order.",
	.reference = "https://www.postgresql.org/docs/current/explicit-locking.html",
	.thresholds = {{"per_day", 5}},
	.judge = judge,
};

} // namespace dbeng
