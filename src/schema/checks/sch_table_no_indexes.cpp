#include "schema/columns.hpp"

namespace dbeng {

static bool
has_index(const RelationEntry &table)
{
	if (!table.indexes.empty())
		return true;
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			if (has_index(*partition))
				return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double least = verdict.threshold("rows");
	for (const RelationEntry &table : catalog.tables())
	{
		double rows = catalog.rows(table);
		if (rows < least || framework_table(table))
			continue;
		verdict.judged();
		if (has_index(table))
			continue;
		/* A log that is only written to needs none. */
		Counters counters = catalog.counters(table);
		if (counters.scans == 0 && counters.updated == 0 && counters.deleted == 0)
			continue;
		verdict.failed(table,
					   [rows, counters](Finding &finding)
					   {
						   finding.message("no index at all: each of the %s scans so far went through all rows, now %s",
										   grouped(counters.scans), grouped(static_cast<int64>(rows)));
						   finding.evidence("rows", rows);
						   finding.evidence("scans", counters.scans);
						   finding.evidence("updated_or_deleted", counters.updated + counters.deleted);
					   },
					   {.rank = rows * static_cast<double>(counters.scans)});
	}
}

CHECK(sch_table_no_indexes){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Table without any index",
	.rationale =
		"Without an index, finding, changing or deleting one row reads the whole table. Judged for tables of some size; those "
		"that nobody has read, updated or deleted from since the statistics began are left alone.",
	.reference = "https://www.postgresql.org/docs/current/indexes-intro.html",
	.thresholds = {{"rows", 10000}},
	.judge = judge,
};

} // namespace dbeng
