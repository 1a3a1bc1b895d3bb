#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

static const char *
partial_tail(const IndexEntry &index, const ColumnEntry &column)
{
	const char *tail = definition_tail(index);
	const char *tablespace = index.tablespace == InvalidOid ? nullptr : get_tablespace_name(index.tablespace);
	if (tail == nullptr)
		return nullptr;
	return format("%s%s%s WHERE %s IS NOT NULL", tail, tablespace == nullptr ? "" : " TABLESPACE ",
				  tablespace == nullptr ? "" : quoted(tablespace), quoted(column.name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double most = verdict.threshold("null_fraction");
	double pages = verdict.threshold("pages");

	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable() || index.method != BTREE_AM_OID)
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		/* A unique one may be what ON CONFLICT infers; in a longer one the rows with NULL are found by the other columns. */
		if (index.keys.size() != 1 || index.unique || index.predicate != nullptr ||
			static_cast<double>(catalog.bytes(index)) < pages * BLCKSZ)
			continue;
		const ColumnEntry *column = index.table->column(index.key()[0].column);
		if (column == nullptr || column->statistics == nullptr || !(column->statistics->null_fraction > most))
			continue;
		verdict.failed(index,
					   [&catalog, &index, column](Finding &finding)
					   {
						   double percent = 100 * static_cast<double>(column->statistics->null_fraction);
						   finding.message(
							   "%s %% of its %s are entries for NULL: nothing looks for them, and a partial index "
							   "leaves them out",
							   number(percent, 1), size(catalog.bytes(index)));
						   finding.evidence("column", column->name);
						   finding.evidence("null_pct", percent);
						   finding.evidence("bytes", catalog.bytes(index));
						   fix_replace(finding, index, partial_tail(index, *column));
					   },
					   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_null_heavy){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Index that is mostly NULL",
	.rationale =
		"Conditions such as column = value never match a NULL, and where nine rows of ten are NULL no plan uses the "
		"index to find them. WHERE column IS NOT NULL makes it a tenth of the size and spares most writes; such an "
		"index still serves a foreign key.",
	.reference = "https://www.postgresql.org/docs/current/indexes-partial.html",
	.thresholds = {{"null_fraction", 0.9}, {"pages", 100}},
	.judge = judge,
};

} // namespace dbeng
