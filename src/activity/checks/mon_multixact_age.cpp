#include "activity/freeze.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	judge_age(catalog, verdict, Counter::multixacts);
}

CHECK(mon_multixact_age){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Old multixact IDs not frozen",
	.rationale =
		"A row locked by several transactions (foreign keys, FOR SHARE) gets a multixact ID. They run out as transaction IDs do, and when few are left the server refuses whatever needs a new one.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.thresholds = {{"age", 500000000}, {"critical_age", 1000000000}},
	.judge = judge,
};

} // namespace dbeng
