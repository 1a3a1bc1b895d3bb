#include "schema/columns.hpp"
#include "schema/house_style.hpp"

namespace dbeng {

static bool
is_flag(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	return has_type(catalog, column, BOOLOID);
}

static bool
fails(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column)
{
	return is_flag(catalog, table, column) && !begins_with_verb(column.name);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Habits habits;
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (is_flag(catalog, table, column))
							count_habit(habits, table.schema, begins_with_verb(column.name));
					});
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		auto habit = habits->find(table.schema);
		if (habit == habits->end() || !habit->second.is_style() || framework_table(table))
			continue;
		bool flag = false;
		bool failed = false;
		for (const ColumnEntry &column : table.columns)
		{
			flag = flag || (is_own(column) && is_flag(catalog, table, column));
			failed = failed || (is_own(column) && fails(catalog, table, column));
		}
		if (!flag)
			continue;
		verdict.judged();
		if (failed)
			verdict.failed(table,
						   [&catalog, &table, style = habit->second](Finding &finding)
						   {
							   FailingColumns columns{catalog, table, fails};
							   finding.message(
								   "%s %s not begin with is_, has_, can_ or the like, as %lld of the schema's %lld "
								   "boolean columns do",
								   columns.names(), columns.count() == 1 ? "does" : "do",
								   static_cast<long long>(style.followed), static_cast<long long>(style.all));
							   columns.evidence(finding);
						   });
	}
}

CHECK(nam_boolean_prefix){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Boolean columns named unlike the others",
	.rationale =
		"is_active reads as a question with the answer yes or no; active may be a date, a number or a state. Judged where "
		"nine in ten of at least ten boolean columns of a schema begin with such a verb.",
	.judge = judge,
};

} // namespace dbeng
