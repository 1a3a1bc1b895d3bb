#include "schema/columns.hpp"

namespace dbeng {

static bool
fails(const Catalog &, const RelationEntry &, const ColumnEntry &column)
{
	return reserved_word(column.name);
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	bool table = reserved_word(columns.table.name);
	int count = columns.count();
	if (count == 0)
		finding.message("a reserved word as the table's name: it only works in double quotes");
	else
		finding.message("%s%s: reserved %s, which only %s in double quotes", table ? "the table's name and " : "",
						columns.names(), count == 1 && !table ? "word" : "words",
						count == 1 && !table ? "works" : "work");
	finding.evidence("table_name", table);
	columns.evidence(finding);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		verdict.judged();
		bool failed = reserved_word(table.name);
		for (const ColumnEntry &column : table.columns)
			failed = failed || (is_own(column) && reserved_word(column.name));
		if (failed)
			verdict.failed(table,
						   [&catalog, &table](Finding &finding) {
							   describe(FailingColumns{catalog, table, fails}, finding);
						   });
	}
}

CHECK(nam_reserved){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Reserved words as names",
	.rationale =
		"A table called user is an error in most places and, worse, means the current role in others: SELECT user, or "
		"FROM user, runs and returns something else. The words are those this server reserves.",
	.reference = "https://www.postgresql.org/docs/current/sql-keywords-appendix.html",
	.judge = judge,
};

} // namespace dbeng
