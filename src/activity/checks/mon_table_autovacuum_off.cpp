#include "catalog/autovacuum.hpp"
#include "unit/leaves.hpp"

namespace dbeng {

namespace {
struct SwitchedOff
{
	double rows;

	double operator()(const RelationEntry &table) const
	{
		if (table.counters == nullptr || autovacuum_enabled(table))
			return 0;
		return static_cast<double>(table.counters->written()) > rows ? 2 : 0;
	}
};
} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	SwitchedOff measure = {verdict.threshold("rows_written")};
	for (const RelationEntry &table : leaf_roots(catalog))
	{
		Leaves leaves = measure_leaves(table, measure);
		if (leaves.all == 0)
			continue;
		verdict.judged();
		if (leaves.failing == 0)
			continue;
		verdict.failed(table,
					   [&table, leaves, measure](Finding &finding)
					   {
						   const Counters &counters = *leaves.worst->counters;
						   finding.message(
							   "%sautovacuum is switched off although %s rows were written; %s dead rows wait",
							   of_partitions(table, leaves), grouped(counters.written()), grouped(counters.dead));
						   finding.evidence("rows_written", counters.written());
						   finding.evidence("dead", counters.dead);
						   each_leaf(table,
									 [&finding, measure](const RelationEntry &leaf)
									 {
										 if (measure(leaf) > 1)
											 finding.fix("ALTER %s %s RESET (autovacuum_enabled)",
														 leaf.kind == RELKIND_MATVIEW ? "MATERIALIZED VIEW" : "TABLE",
														 quoted(leaf.schema->name, leaf.name));
									 });
					   },
					   {.rank = leaves.failing_pages});
	}
}

CHECK(mon_table_autovacuum_off){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Autovacuum switched off for a table that is written",
	.rationale =
		"With autovacuum_enabled = false nobody removes dead rows, renews the planner's statistics or, until the "
		"emergency, freezes. It is often left behind by a bulk load. Judged where more than 1,000 rows were written "
		"since the statistics were reset.",
	.reference = "https://www.postgresql.org/docs/current/sql-createtable.html",
	.thresholds = {{"rows_written", 1000}},
	.judge = judge,
};

} // namespace dbeng
