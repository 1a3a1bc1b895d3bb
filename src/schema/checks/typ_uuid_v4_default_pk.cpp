#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "schema/columns.hpp"

namespace dbeng {

static bool
is_random(const ColumnEntry &column)
{
	if (column.default_value == nullptr || strncmp(column.default_value->tree, "{FUNCEXPR", strlen("{FUNCEXPR")) != 0)
		return false;
	static constexpr const char *random[] = {"gen_random_uuid", "uuid_generate_v4", "uuidv4"};
	const char *called = get_func_name(castNode(FuncExpr, expression_tree(column.default_value->tree))->funcid);
	return called != nullptr && one_of(called, random);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double rows_at_least = verdict.threshold("rows");
	for (const RelationEntry &table : catalog.tables())
	{
		const IndexEntry *key = table.primary_key();
		double rows = catalog.rows(table);
		if (key == nullptr || rows < rows_at_least || key->key_columns != 1)
			continue;
		const ColumnEntry *column = table.column(key->keys[0].column);
		if (column == nullptr || column->type != UUIDOID)
			continue;
		verdict.judged();
		if (!is_random(*column))
			continue;
		verdict.failed(
			Subject(table, *column),
			[&catalog, &table, column, key, rows](Finding &finding)
			{
				finding.message(
					"random UUIDs as the key of %s rows: each insert dirties a random page of an index of %s",
					grouped(static_cast<int64>(rows)), size(catalog.bytes(*key)));
				finding.evidence("rows", rows);
				finding.evidence("index_bytes", catalog.bytes(*key));
				/* Old keys stay; new ones are in the order of time. */
				if (pg::major >= 18)
					finding.fix("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT pg_catalog.uuidv7()", full_name(table),
								quoted(column->name));
			});
	}
}

CHECK(typ_uuid_v4_default_pk){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Random UUIDs as the primary key of a large table",
	.rationale =
		"Keys without order spread inserts over the whole index: it must stay in memory, each page touched is written to "
		"the WAL in full after a checkpoint, and the pages end up two thirds full. UUIDs of version 7 (uuidv7() from "
		"PostgreSQL 18 on, or made by the application) grow with time like a sequence.",
	.reference = "https://www.postgresql.org/docs/current/functions-uuid.html",
	.thresholds = {{"rows", 10000000}},
	.judge = judge,
};

} // namespace dbeng
