#include "schema/columns.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double most = verdict.threshold("columns");
	double large = verdict.threshold("bytes");
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table) || catalog.rows(table) < verdict.threshold("rows"))
			continue;
		int count = 0;
		int bytes = 0;
		bool known = false;
		for (const ColumnEntry &column : table.columns)
		{
			if (column.statistics == nullptr || column.length != -1)
				continue;
			known = true;
			/* Rare values do not make a row large. */
			double width = column.statistics->width * (1.0 - static_cast<double>(column.statistics->null_fraction));
			if (width < large)
				continue;
			count++;
			bytes += static_cast<int>(width);
		}
		if (!known)
			continue;
		verdict.judged();
		if (count > most)
			verdict.failed(
				table,
				[count, bytes](Finding &finding)
				{
					finding.message(
						"%d columns of large values, together %s a row on average in the table itself: scans "
						"for the small columns read them too",
						count, size(bytes));
					finding.evidence("columns", count);
					finding.evidence("bytes_per_row", bytes);
				});
	}
}

CHECK(sch_too_many_lobs){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Several large columns in one table",
	.rationale =
		"Values of a few hundred bytes each stay in the row, so few rows fit on a page and every scan, sort and update pays "
		"for them. What is read only when one row is shown does better in a table of its own. Judged by the average widths "
		"ANALYZE found.",
	.reference = "https://www.postgresql.org/docs/current/storage-toast.html",
	.thresholds = {{"columns", 2}, {"bytes", 400}, {"rows", 10000}},
	.judge = judge,
};

} // namespace dbeng
