#include "catalog/naming.hpp"
#include "index/definition.hpp"
#include "index/observation.hpp"

namespace dbeng {

/* All its rows have come since the counters began: it may have been restored, and not been in use yet. */
static bool
just_loaded(const Catalog &catalog, const RelationEntry &table, const Counters &counters)
{
	double rows = std::max(catalog.rows(table), static_cast<double>(counters.live));
	return counters.updated + counters.deleted == 0 && static_cast<double>(counters.inserted) >= rows;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto most = static_cast<std::size_t>(verdict.threshold("indexes"));

	for (const RelationEntry &table : catalog.tables())
	{
		if (table.indexes.empty())
			continue;
		verdict.judged();
		if (table.indexes.size() <= most)
			continue;
		Counters counters = catalog.counters(table);
		int64 index_scans = catalog.index_scans(table);
		int64 reads = counters.scans + index_scans;
		if (reads == 0 || counters.written() <= reads)
			continue;
		if (just_loaded(catalog, table, counters) &&
			days_between(catalog.counted_since, catalog.now) < static_cast<int64>(verdict.threshold("days")))
			continue;
		verdict.failed(table,
					   [&catalog, &table, counters, reads](Finding &finding)
					   {
						   auto indexes = static_cast<int64>(table.indexes.size());
						   finding.message(
							   "%s indexes, %s together, on a table with more rows written (%s) than scans (%s)",
							   grouped(indexes), size(catalog.index_bytes(table)), grouped(counters.written()),
							   grouped(reads));
						   finding.evidence("indexes", indexes);
						   finding.evidence("index_bytes", catalog.index_bytes(table));
						   finding.evidence("rows_written", counters.written());
						   finding.evidence("scans", reads);
					   },
					   {.rank = static_cast<double>(counters.written()) * static_cast<double>(table.indexes.size())});
	}
}

CHECK(idx_too_many){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Many indexes on a table that is mostly written",
	.rationale =
		"Each row that is inserted, and each update that is not heap-only, writes an entry into every index. On a "
		"table with more writes than reads every further index slows down what is done most. A table whose rows were all "
		"loaded since the counters began is judged after a week.",
	.reference = "https://www.postgresql.org/docs/current/indexes-intro.html",
	.thresholds = {{"indexes", 8}, {"days", 7}},
	.judge = judge,
};

} // namespace dbeng
