#include "index/redundancy_report.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	report_redundant(catalog, verdict, Overlap::include);
}

CHECK(idx_overlap_include){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Index that another one with INCLUDE columns covers",
	.rationale =
		"An index that carries more columns than another one with the same keys answers the same index scans and "
		"index-only scans. Both together cost two writes for each row.",
	.reference = "https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	.judge = judge,
};

} // namespace dbeng
