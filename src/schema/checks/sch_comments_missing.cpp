#include "core/query.hpp"
#include "schema/columns.hpp"

namespace dbeng {

namespace {
/* A relation (column 0) or a column of it that has a comment. */
struct Commented
{
	Oid relation;
	AttrNumber column;

	auto operator<=>(const Commented &) const = default;
};
} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	bool columns_too = verdict.threshold("columns") != 0;
	Local<Vector<Commented>> commented;
	each_row("SELECT objoid, objsubid FROM pg_description WHERE classoid = 'pg_class'::regclass AND description <> ''",
			 [&commented](const Row &row) {
				 commented->push_back({static_cast<Oid>(row.integer(1)), static_cast<AttrNumber>(row.integer(2))});
			 });
	std::sort(commented->begin(), commented->end());

	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		verdict.judged();
		bool table_lacks = !std::binary_search(commented->begin(), commented->end(), Commented{table.oid, 0});
		int columns_lack = 0;
		if (columns_too)
			for (const ColumnEntry &column : table.columns)
				if (is_own(column) &&
					!std::binary_search(commented->begin(), commented->end(), Commented{table.oid, column.number}))
					columns_lack++;
		if (table_lacks || columns_lack > 0)
			verdict.failed(table,
						   [&table, table_lacks, columns_lack](Finding &finding)
						   {
							   if (columns_lack == 0)
								   finding.message("no comment says what the table is for");
							   else
								   finding.message("%s%d of %d columns have no comment",
												   table_lacks ? "the table and " : "", columns_lack,
												   static_cast<int>(table.columns.size()));
							   finding.evidence("table_without", table_lacks);
							   finding.evidence("columns_without", columns_lack);
						   });
	}
}

CHECK(sch_comments_missing){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Table without a comment",
	.rationale =
		"COMMENT ON keeps what a table is for where every tool shows it. A matter of house style; with the threshold columns "
		"at 1 each column has to have one as well.",
	.reference = "https://www.postgresql.org/docs/current/sql-comment.html",
	.thresholds = {{"columns", 0}},
	.judge = judge,
};

} // namespace dbeng
