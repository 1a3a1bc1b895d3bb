#include "catalog/naming.hpp"
#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

/* ANALYZE keeps the statistics of an expression under the index, as of a column of it. */
static bool
lacks_statistics(const IndexEntry &index)
{
	for (std::size_t i = 0; i < index.key_columns; i++)
		if (index.keys[i].column == 0 &&
			!SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(index.oid),
								   Int16GetDatum(static_cast<AttrNumber>(i + 1)), BoolGetDatum(false)))
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double least = verdict.threshold("rows");

	for (const IndexEntry &index : catalog.own_indexes())
	{
		/* A partial one may have had no row in the sample; a partitioned one has no statistics of its own. */
		if (index.table->partition || index.partitioned || !index.usable() || index.expressions == nullptr ||
			index.predicate != nullptr)
			continue;
		CHECK_FOR_INTERRUPTS();
		verdict.judged();
		double rows = catalog.rows(*index.table);
		if (rows < 0)
			rows = static_cast<double>(catalog.counters(*index.table).live);
		if (rows < least || !lacks_statistics(index))
			continue;
		verdict.failed(index,
					   [&index, rows](Finding &finding)
					   {
						   finding.message(
							   "nothing is known of the values of %s over %s rows: the planner guesses, and may "
							   "pass the index by",
							   columns_text(index), grouped(llround(rows)));
						   finding.evidence("rows", llround(rows));
						   finding.fix("ANALYZE %s", full_name(*index.table));
					   },
					   {.rank = rows});
	}
}

CHECK(idx_expression_no_stats){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Index on an expression without statistics",
	.rationale =
		"An index on an expression also makes ANALYZE collect statistics of that expression, but only from the next "
		"ANALYZE on. Until then a condition on it is taken to match half a percent of the rows.",
	.reference = "https://www.postgresql.org/docs/current/sql-analyze.html",
	.thresholds = {{"rows", 1000}},
	.judge = judge,
};

} // namespace dbeng
