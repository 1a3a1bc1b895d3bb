#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto most = static_cast<int>(verdict.threshold("columns"));

	for (const IndexEntry &index : catalog.own_indexes())
	{
		/* A unique one is as long as the key is. */
		if (index.parent != nullptr || !index.usable() || index.unique || index.method != BTREE_AM_OID)
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		if (index.key_columns > most)
			verdict.failed(index,
						   [&catalog, &index](Finding &finding)
						   {
							   finding.message("%d key columns, %s: %s; the last ones rarely narrow a scan",
											   index.key_columns, columns_text(index), size(catalog.bytes(index)));
							   finding.evidence("columns", index.key_columns);
							   finding.evidence("bytes", catalog.bytes(index));
							   finding.evidence("scans", catalog.counters(index).scans);
						   },
						   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_too_many_columns){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Index with many key columns",
	.rationale =
		"A btree narrows a scan by its first columns; from the fourth on they mostly make the index larger and every "
		"update of one of them more expensive. Columns that are only returned belong in INCLUDE.",
	.reference = "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	.thresholds = {{"columns", 3}},
	.judge = judge,
};

} // namespace dbeng
