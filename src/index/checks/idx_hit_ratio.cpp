#include "index/definition.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto least = static_cast<int64>(verdict.threshold("blocks"));
	auto own = catalog.own_indexes();
	if (!(own.begin() != own.end()))
		return;
	int64 hit;
	int64 fetched = catalog.index_blocks(&hit);
	if (fetched < least)
	{
		verdict.unknown("only %s index blocks were read since the statistics began, it takes %s", grouped(fetched),
						grouped(least));
		return;
	}
	verdict.judged();
	double percent = 100 * static_cast<double>(hit) / static_cast<double>(std::max<int64>(fetched, 1));
	if (percent < verdict.threshold("hit_pct"))
		verdict.failed(Subject(catalog.database.name),
					   [&catalog, fetched, percent](Finding &finding)
					   {
						   int64 bytes = 0;
						   for (const IndexEntry &index : catalog.own_indexes())
							   bytes += static_cast<int64>(index.pages) * BLCKSZ;
						   finding.message(
							   "%s %% of %s index block reads were found in shared buffers; the indexes are %s",
							   number(percent, 1), grouped(fetched), size(bytes));
						   finding.evidence("hit_pct", percent);
						   finding.evidence("blocks_read", fetched);
						   finding.evidence("index_bytes", bytes);
					   });
}

CHECK(idx_hit_ratio){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Index blocks not found in shared buffers",
	.rationale =
		"Indexes are small and read all the time: where less than 99 % of their blocks are found in shared buffers, "
		"the buffers are too small, or unused, bloated or too wide indexes push the useful ones out.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS",
	.thresholds = {{"hit_pct", 99}, {"blocks", 100000}},
	.judge = judge,
};

} // namespace dbeng
