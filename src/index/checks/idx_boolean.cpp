#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable())
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		/* Followed by another column a boolean does narrow the scan. */
		if (index.key_columns != 1 || index.unique || index.predicate != nullptr || index.method == BRIN_AM_OID ||
			known_tiny(catalog, *index.table))
			continue;
		const ColumnEntry *column = index.table->column(index.key()[0].column);
		if (column == nullptr || catalog.base_type(column->type) != BOOLOID)
			continue;
		verdict.failed(index,
					   [&catalog, &index, column](Finding &finding)
					   {
						   const char *name = quoted(column->name);
						   finding.message(
							   "on the boolean %s alone, all rows in it: %s; a partial index WHERE %s or WHERE "
							   "NOT %s holds just the rare value",
							   name, size(catalog.bytes(index)), name, name);
						   finding.evidence("column", column->name);
						   finding.evidence("bytes", catalog.bytes(index));
						   finding.evidence("scans", catalog.counters(index).scans);
					   },
					   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_boolean){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Index on a lone boolean",
	.rationale =
		"A boolean splits a table in two: an index scan pays for the rarer half only, and the entries of the other "
		"half are dead weight in every write. A partial index holds just the rows that are looked for.",
	.reference = "https://www.postgresql.org/docs/current/indexes-partial.html",
	.judge = judge,
};

} // namespace dbeng
