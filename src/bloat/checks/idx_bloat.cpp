#include "bloat/index_estimate.hpp"
#include "bloat/remedy.hpp"
#include "catalog/row_estimate.hpp"

namespace dbeng {

static void
describe(const Catalog &catalog, const IndexBloat &bloat, const Worth &worth, Finding &finding)
{
	finding.message("%s of %s (%s %%) are bloat, by statistics of its table", size(bloat.bloat_bytes),
					size(bloat.bytes), number(bloat.percent(), 0));
	finding.evidence("index_bytes", bloat.bytes);
	finding.evidence("bloat_bytes", bloat.bloat_bytes);
	finding.evidence("bloat_pct", bloat.percent());
	finding.evidence("method", bloat.method);
	finding.evidence("confidence", confidence_name(bloat.confidence));
	fix_by(finding, Remedies(catalog).of_index(*bloat.index, bloat.bytes, bloat.bloat_bytes, worth));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Worth worth = {verdict.threshold("pct"), verdict.threshold("bytes")};
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.method != BTREE_AM_OID || index.partitioned)
			continue;
		/* One that was smaller when it was last looked at is taken up when it is looked at again. */
		double weight = 1.0 + index.pages;
		if (static_cast<double>(index.pages) * BLCKSZ < worth.bytes)
		{
			verdict.judged(weight);
			continue;
		}
		const RelationEntry &table = *index.table;
		IndexBloat bloat = estimate_index_bloat(index, pages_on_disk(index.tablespace, index.file, index.pages),
												pages_on_disk(table.tablespace, table.file, table.pages));
		if (!bloat.reliable())
			continue;
		verdict.judged(weight);
		if (static_cast<double>(bloat.bloat_bytes) >= worth.bytes && bloat.percent() > worth.percent)
			verdict.failed(index,
						   [&catalog, bloat, worth](Finding &finding) { describe(catalog, bloat, worth, finding); },
						   {.weight = weight, .rank = static_cast<double>(bloat.bloat_bytes)});
	}
}

CHECK(idx_bloat){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Bloated index",
	.rationale =
		"A btree does not give back the pages of what was deleted from all over it: it fills memory and makes each scan "
		"read more. Compared with the size it would be built with, by the statistics of ANALYZE; nothing is judged "
		"where these are old. SELECT * FROM dbeng.bloat('its name') reads some of its pages for the exact figure.",
	.reference = "https://www.postgresql.org/docs/current/routine-reindex.html",
	.thresholds = {{"pct", 30}, {"bytes", 100.0 * 1024 * 1024}},
	.judge = judge,
};

} // namespace dbeng
