#include "index/redundancy_report.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	report_redundant(catalog, verdict, Overlap::prefix);
}

CHECK(idx_prefix_redundant){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Index whose columns another one begins with",
	.rationale =
		"A btree on (a, b) serves whatever one on (a) serves, in either direction, and finds equal values as a "
		"hash index does. The shorter one is a little faster to read and costs a write for each row; unless it "
		"is read all the time while the other is far larger, it is worth dropping.",
	.reference = "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	.judge = judge,
};

} // namespace dbeng
