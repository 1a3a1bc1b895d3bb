#include "catalog/naming.hpp"
#include "schema/columns.hpp"

namespace dbeng {

static bool
is_string(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	return is_text(catalog, column);
}

static bool
fails(const Catalog &, const RelationEntry &, const ColumnEntry &column)
{
	return column.type == VARCHAROID && length_limit(column) > 0;
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	finding.message("%s %s varchar(n); as text with a CHECK the limit could be changed without touching the type",
					columns.names(), columns.count() == 1 ? "is" : "are");
	bool possible = true;
	columns.each([&](const ColumnEntry &column)
				 { possible = possible && type_can_change(columns.catalog, columns.table, column); });
	if (!possible)
		return;
	/* The limit first: no moment without one. */
	const char *table = full_name(columns.table);
	columns.each(
		[&](const ColumnEntry &column)
		{
			const char *name = quoted(new_name(columns.catalog, columns.table, column.name, "check"));
			finding.fix("ALTER TABLE %s ADD CONSTRAINT %s CHECK (char_length(%s) <= %d) NOT VALID", table, name,
						quoted(column.name), length_limit(column));
			finding.fix("ALTER TABLE %s VALIDATE CONSTRAINT %s", table, name);
		});
	fix_types(columns, finding, [](const ColumnEntry &) { return "TYPE text"; });
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {is_string, fails, describe};
	judge_by_table(catalog, verdict, rule);
}

CHECK(typ_varchar_n){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Text limited by its type",
	.rationale =
		"varchar(n) and text are stored alike. Making a limit smaller, or changing a column that a view reads, means "
		"changing the type under an exclusive lock; a CHECK constraint can be exchanged without. A matter of house style.",
	.reference = "https://www.postgresql.org/docs/current/datatype-character.html",
	.judge = judge,
};

} // namespace dbeng
