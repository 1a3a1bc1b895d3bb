#include "index/redundancy_report.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	report_redundant(catalog, verdict, Overlap::duplicate);
}

CHECK(idx_duplicate){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Duplicate index",
	.rationale =
		"Two indexes with the same columns, operator classes, collations, order and condition serve the same "
		"scans: the second one only costs space, cache and a write for each row. Named is the one that can go: "
		"never what enforces something that the other does not, a replica identity, the order of CLUSTER or "
		"what a foreign key refers to.",
	.reference = "https://www.postgresql.org/docs/current/indexes.html",
	.judge = judge,
};

} // namespace dbeng
