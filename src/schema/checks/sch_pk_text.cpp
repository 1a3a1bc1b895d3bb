#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "schema/columns.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* A default that makes a UUID, or a length that only a UUID has: declared or, by the statistics, the same in each row. */
static bool
holds_uuids(const RelationEntry &table, const ColumnEntry &column)
{
	int declared = column.typmod - VARHDRSZ;

	if (column.typmod > 0 && (declared == 36 || (declared == 32 && column.default_value != nullptr)))
		return true;
	if (column.default_value != nullptr)
	{
		bool made =
			any_node(expression_tree(column.default_value->tree), [](Node *node)
					 { return IsA(node, FuncExpr) && reinterpret_cast<FuncExpr *>(node)->funcresulttype == UUIDOID; });
		if (made)
			return true;
	}
	return column.statistics != nullptr && column.statistics->width == 37 && table.tuples >= 1000;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double long_bytes = verdict.threshold("bytes");
	double many_rows = verdict.threshold("rows");

	for (const RelationEntry &table : catalog.tables())
	{
		const IndexEntry *key = table.primary_key();
		if (key == nullptr || framework_table(table))
			continue;
		verdict.judged();
		if (key->key_columns != 1)
			continue;
		const ColumnEntry *column = table.column(key->keys[0].column);
		if (column == nullptr || !is_text(catalog, *column))
			continue;
		bool uuids = holds_uuids(table, *column);
		int width = column->statistics != nullptr ? column->statistics->width : 0;
		double rows = catalog.rows(table);
		if (!uuids && (width < long_bytes || rows < many_rows))
			continue;
		verdict.failed(table,
					   [column, uuids, width, rows, references = table.referencing.size()](Finding &finding)
					   {
						   if (uuids)
							   finding.message(
								   "%s holds UUIDs as text: %d bytes a value here, in each index and in each "
								   "foreign key, instead of 16",
								   quoted(column->name), width > 0 ? width : 37);
						   else
							   finding.message("%s is text of %d bytes on average, repeated in each index and each "
											   "reference to its %s rows",
											   quoted(column->name), width, grouped(static_cast<int64>(rows)));
						   finding.evidence("column", column->name);
						   finding.evidence("average_bytes", width);
						   finding.evidence("rows", rows);
						   finding.evidence("referencing_foreign_keys", references);
					   },
					   {.rank = rows});
	}
}

CHECK(sch_pk_text){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Text as primary key",
	.rationale =
		"A text key is copied into every index and every referencing table, compares by collation and accepts any "
		"spelling of the same UUID. Judged where it holds UUIDs, or is long in a big table; short codes of small "
		"lookup tables are fine.",
	.reference = "https://www.postgresql.org/docs/current/datatype-uuid.html",
	.thresholds = {{"bytes", 24}, {"rows", 100000}},
	.judge = judge,
};

} // namespace dbeng
