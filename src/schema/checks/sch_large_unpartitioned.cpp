#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double limit = verdict.threshold("rows");

	for (const RelationEntry &table : catalog.tables())
	{
		if (table.kind != RELKIND_RELATION || !table.children.empty())
			continue;
		verdict.judged();
		double rows = catalog.rows(table);
		if (rows <= limit)
			continue;
		verdict.failed(table,
					   [&catalog, &table, rows](Finding &finding)
					   {
						   int64 bytes = catalog.bytes(table) + catalog.index_bytes(table);
						   finding.message("%s rows (%s with indexes) in one table", grouped(static_cast<int64>(rows)),
										   size(bytes));
						   finding.evidence("rows", rows);
						   finding.evidence("bytes", bytes);
					   },
					   {.rank = rows});
	}
}

CHECK(sch_large_unpartitioned){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Very large table that is not partitioned",
	.rationale =
		"VACUUM, index builds and deleting old rows take time in proportion to the whole table; partitions keep each of "
		"them small, and retention becomes a DROP. Judged by the estimated number of rows.",
	.reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html",
	.thresholds = {{"rows", 100000000}},
	.judge = judge,
};

} // namespace dbeng
