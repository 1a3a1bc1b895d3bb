#include "schema/columns.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* Dropped columns count against the server's limit until the table is made anew. */
	constexpr int nearly_full = MaxHeapAttributeNumber * 9 / 10;
	double most = verdict.threshold("columns");
	for (const RelationEntry &table : catalog.tables())
	{
		if (framework_table(table))
			continue;
		verdict.judged();
		auto columns = static_cast<int>(table.columns.size());
		int used = table.column_count;
		if (used >= nearly_full)
			verdict.failed(
				table,
				[columns, used](Finding &finding)
				{
					finding.message(
						"%d of the %d columns a table can ever have are used up, %d of them by dropped ones: "
						"ADD COLUMN will fail",
						used, MaxHeapAttributeNumber, used - columns);
					finding.evidence("columns", columns);
					finding.evidence("dropped_columns", used - columns);
				},
				{.rank = static_cast<double>(used), .severity = Severity::warning, .escalate = true});
		else if (columns > most)
			verdict.failed(table,
						   [columns](Finding &finding)
						   {
							   finding.message(
								   "%d columns: each update writes all of them anew, and each row holds several things",
								   columns);
							   finding.evidence("columns", columns);
						   },
						   {.rank = static_cast<double>(columns)});
	}
}

CHECK(sch_wide_table){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Very wide table",
	.rationale =
		"PostgreSQL stores whole rows: an update of one column writes them all, and a scan reads them all. Groups of columns "
		"that are filled or changed together do better in a table of their own. A table can have 1,600 columns in its life, "
		"dropped ones included.",
	.reference = "https://www.postgresql.org/docs/current/limits.html",
	.thresholds = {{"columns", 50}},
	.judge = judge,
};

} // namespace dbeng
