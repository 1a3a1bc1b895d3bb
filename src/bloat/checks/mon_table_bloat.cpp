#include "bloat/remedy.hpp"
#include "bloat/table_estimate.hpp"
#include "catalog/row_estimate.hpp"
#include "unit/leaves.hpp"

namespace dbeng {

namespace {
/* A measure of leaves. */
struct Bloated
{
	Worth worth;

	static TableBloat look(const RelationEntry &table)
	{
		return estimate_table(table, pages_on_disk(table.tablespace, table.file, table.pages));
	}
	/* Above 1: its bloat reaches both limits. */
	double operator()(const RelationEntry &table) const
	{
		if (static_cast<double>(table.pages) * BLCKSZ < worth.bytes)
			return 0;
		TableBloat bloat = look(table);
		if (!bloat.reliable() || bloat.percent() < worth.percent ||
			static_cast<double>(bloat.bloat_bytes) < worth.bytes)
			return 0;
		return 1 + static_cast<double>(bloat.bloat_bytes);
	}
};
} // namespace

static void
describe(const Catalog &catalog, const RelationEntry &table, const Leaves &leaves, const Bloated &measure,
		 Finding &finding)
{
	TableBloat worst = Bloated::look(*leaves.worst);
	finding.message("%s%s of %s (%s %%) are bloat, %s of it dead rows", of_partitions(table, leaves),
					size(worst.bloat_bytes), size(worst.bytes), number(worst.percent(), 0),
					size(std::max<int64>(worst.dead_bytes, 0)));
	finding.evidence("table_bytes", worst.bytes);
	finding.evidence("bloat_bytes", worst.bloat_bytes);
	finding.evidence("bloat_pct", worst.percent());
	finding.evidence("dead_bytes", worst.dead_bytes);
	finding.evidence("method", worst.method);
	finding.evidence("confidence", confidence_name(worst.confidence));
	Remedies remedies(catalog);
	each_leaf(table,
			  [&](const RelationEntry &leaf)
			  {
				  if (measure(leaf) <= 1)
					  return;
				  TableBloat bloat = Bloated::look(leaf);
				  fix_by(finding, remedies.of_table({&leaf, false, bloat.bytes, bloat.bloat_bytes, bloat.dead_bytes,
													 bloat.rows, bloat.dead_rows, bloat.last_vacuum, measure.worth}));
			  });
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Bloated measure = {{verdict.threshold("pct"), verdict.threshold("bytes")}};
	double much = verdict.threshold("warning_pct");
	for (const RelationEntry &table : leaf_roots(catalog))
	{
		Leaves leaves = measure_leaves(table, measure);
		if (leaves.all == 0)
			continue;
		verdict.judged(leaves.pages);
		if (leaves.worst == nullptr)
			continue;
		bool serious = Bloated::look(*leaves.worst).percent() >= much;
		verdict.failed(table,
					   [&catalog, &table, leaves, measure](Finding &finding)
					   { describe(catalog, table, leaves, measure, finding); },
					   {.weight = leaves.failing_pages,
						.rank = leaves.worst_measure,
						.severity = Severity::warning,
						.escalate = serious});
	}
}

CHECK(mon_table_bloat){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Bloated table",
	.rationale =
		"Space that deleted and replaced rows have left is used again by new ones, but never given back: a table that "
		"shrank keeps its size, and every scan of it reads the holes. Estimated from the maps that VACUUM leaves and "
		"from statistics; not judged where these are old. SELECT * FROM dbeng.bloat('its name') reads some of its "
		"pages for the exact figure. A warning from 70 % on.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
	.thresholds = {{"pct", 40}, {"bytes", 1024.0 * 1024 * 1024}, {"warning_pct", 70}},
	.judge = judge,
};

} // namespace dbeng
