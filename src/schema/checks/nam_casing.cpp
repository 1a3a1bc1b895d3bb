#include "schema/columns.hpp"

namespace dbeng {

/* Does it need quotes because of its letters? Reserved words are another check's. */
static bool
needs_quotes(const char *name)
{
	if (isdigit(static_cast<unsigned char>(name[0])) || name[0] == '$')
		return true;
	for (const char *at = name; *at != '\0'; at++)
	{
		auto c = static_cast<unsigned char>(*at);
		if (!(c >= 'a' && c <= 'z') && !isdigit(c) && c != '_' && c != '$' && c < 0x80)
			return true;
	}
	return false;
}

static bool
fails(const Catalog &, const RelationEntry &, const ColumnEntry &column)
{
	return needs_quotes(column.name);
}

static bool
table_fails(const Catalog &catalog, const RelationEntry &table)
{
	if (needs_quotes(table.name))
		return true;
	for (const ColumnEntry &column : table.columns)
		if (is_own(column) && fails(catalog, table, column))
			return true;
	return false;
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	const RelationEntry &table = columns.table;
	if (columns.count() == 0)
		finding.message("the table's name needs double quotes wherever it is used");
	else if (needs_quotes(table.name))
		finding.message("the table's name and %s need double quotes wherever they are used", columns.names());
	else
		finding.message("%s %s double quotes wherever used", columns.names(), columns.count() == 1 ? "needs" : "need");
	finding.evidence("table_name", needs_quotes(table.name));
	columns.evidence(finding);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int64 tables = 0;
	int64 quoted_tables = 0;
	for (const RelationEntry &table : catalog.tables())
	{
		if (framework_table(table))
			continue;
		tables++;
		quoted_tables += table_fails(catalog, table) ? 1 : 0;
	}
	/* A tool that quotes everything made it so, and nobody types these names. */
	if (tables >= 10 && quoted_tables * 10 >= tables * 9)
		return;
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		verdict.judged();
		if (table_fails(catalog, table))
			verdict.failed(table,
						   [&catalog, &table](Finding &finding) {
							   describe(FailingColumns{catalog, table, fails}, finding);
						   });
	}
}

CHECK(nam_casing){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Names that need quotes",
	.rationale =
		"Names with capitals, blanks or special characters only work in double quotes: without them the server looks for "
		"the name in lower case and does not find it. Not judged where nine in ten tables are like that, which is the work "
		"of a tool that quotes every name.",
	.reference = "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",
	.judge = judge,
};

} // namespace dbeng
