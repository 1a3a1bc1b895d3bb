#include "activity/freeze.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	judge_age(catalog, verdict, Counter::transactions);
}

CHECK(mon_xid_age){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Old transaction IDs not frozen",
	.rationale =
		"Transaction IDs are reused after 2^31; when about three million are left the server accepts no writes any more. Autovacuum freezes tables long before; an age past its limit means that it is held back (see the oldest snapshots), fails or is too slow.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.thresholds = {{"age", 500000000}, {"critical_age", 1000000000}},
	.judge = judge,
};

} // namespace dbeng
