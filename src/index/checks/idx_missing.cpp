#include "index/missing.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<MissingIndex>> found;
	Local<Vector<double>> judged;
	find_missing(catalog, missing_limits([&verdict](const char *name) { return verdict.threshold(name); }), *found,
				 *judged);
	for (double weight : *judged)
		verdict.judged(weight);
	for (const MissingIndex &missing : *found)
		verdict.failed(*missing.table,
					   [&catalog, missing](Finding &finding) { describe_missing(catalog, missing, finding); },
					   {.weight = missing.weight, .rank = missing.sequential.blocks});
}

CHECK(idx_missing){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Large table read by sequential scans",
	.rationale =
		"A large table that is read from end to end again and again lacks an index for some condition. Judged by "
		"the number of scans, the rows each reads and the share of all block reads, so that a nightly export or a "
		"report does not count: of the last week where snapshots tell of a day at least, else since the server's "
		"counters began.",
	.reference = "https://www.postgresql.org/docs/current/indexes-examine.html",
	.thresholds = {{"scans", 100}, {"rows_per_scan", 10000}, {"pages", 1000}, {"share_pct", 1}, {"days", 7}},
	.judge = judge,
};

} // namespace dbeng
