#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

static bool
is_linked(const RelationEntry &table)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN)
			return true;
	return !table.referencing.empty() || !table.children.empty() || table.inherits;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (framework_table(table) || OidIsValid(table.of_type))
			continue;
		verdict.judged();
		/* One column that refers, or is referred to, is a set of things or a list of allowed values. */
		if (table.columns.size() > 1 || is_linked(table))
			continue;
		verdict.failed(table,
					   [&table](Finding &finding)
					   {
						   if (table.columns.empty())
							   finding.message("has no column");
						   else
							   finding.message("has a single column, %s, and nothing refers to it",
											   quoted(table.columns.front().name));
						   finding.evidence("columns", table.columns.size());
					   });
	}
}

CHECK(sch_single_column_table){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Table of one column or none",
	.rationale =
		"Such a table can say nothing about what it lists, and is mostly a leftover or a list that belongs into a "
		"column or an enum. Judged for tables that no foreign key links to others; migration tools' tables are left "
		"out.",
	.judge = judge,
};

} // namespace dbeng
