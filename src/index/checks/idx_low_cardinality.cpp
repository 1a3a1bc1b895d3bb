#include "index/definition.hpp"
#include "index/foreign_key.hpp"
#include "index/weight.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double fewest = verdict.threshold("distinct");
	double pages = verdict.threshold("pages");
	double share = verdict.threshold("share_pct") / 100;

	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable())
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		if (index.keys.size() != 1 || index.unique || index.predicate != nullptr || index.method != BTREE_AM_OID ||
			static_cast<double>(catalog.bytes(*index.table)) < pages * BLCKSZ)
			continue;
		/* Booleans and columns of NULLs have checks of their own. */
		const ColumnEntry *column = index.table->column(index.key()[0].column);
		if (column == nullptr || column->statistics == nullptr || catalog.base_type(column->type) == BOOLOID)
			continue;
		const ColumnStatistics &statistics = *column->statistics;
		if (!(statistics.distinct > 0 && static_cast<double>(statistics.distinct) < fewest) ||
			statistics.null_fraction > 0.9f)
			continue;
		/* Where a rare value is what is looked for, it serves well: that shows in how much a scan reads. */
		Counters counters = catalog.counters(index);
		double rows = std::max(catalog.rows(*index.table), 1.0);
		double rows_per_scan =
			counters.scans == 0 ? rows : static_cast<double>(counters.rows_read) / static_cast<double>(counters.scans);
		if (rows_per_scan < share * rows || sole_cover_of(index, [](const IndexEntry &) { return false; }))
			continue;
		verdict.failed(index,
					   [&catalog, &index, column, counters, rows_per_scan](Finding &finding)
					   {
						   auto distinct = llround(static_cast<double>(column->statistics->distinct));
						   if (counters.scans == 0)
							   finding.message("%lld distinct value%s in %s, %s, and no scan yet: each value is too "
											   "much of the table for an index scan",
											   distinct, distinct == 1 ? "" : "s", quoted(column->name),
											   size(catalog.bytes(index)));
						   else
							   finding.message("%lld distinct value%s in %s, %s: its %s scans read %s rows each",
											   distinct, distinct == 1 ? "" : "s", quoted(column->name),
											   size(catalog.bytes(index)), grouped(counters.scans),
											   grouped(llround(rows_per_scan)));
						   finding.evidence("column", column->name);
						   finding.evidence("distinct", static_cast<int64>(distinct));
						   finding.evidence("bytes", catalog.bytes(index));
						   finding.evidence("scans", counters.scans);
					   },
					   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_low_cardinality){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Index on a column of few values",
	.rationale =
		"With a handful of values an index scan returns a large part of the table, which a sequential scan reads "
		"faster; a second column, or a partial index for the rare value, makes it useful. Not judged where its "
		"scans show that a rare value is looked for, nor where it serves a foreign key.",
	.reference = "https://www.postgresql.org/docs/current/indexes-partial.html",
	.thresholds = {{"distinct", 5}, {"pages", 1000}, {"share_pct", 5}},
	.judge = judge,
};

} // namespace dbeng
