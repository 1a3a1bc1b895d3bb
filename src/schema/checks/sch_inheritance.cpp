#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Children of the user's own: extensions that partition for themselves keep theirs in schemas of their own. */
static int
own_children(const RelationEntry &table)
{
	int count = 0;

	for (const RelationEntry *child : table.children)
		count += child->inherits && child->standing == Standing::user &&
				 strncmp(child->schema->name, "_timescaledb", 12) != 0;
	return count;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (table.inherits)
			continue;
		verdict.judged();
		int children = own_children(table);
		if (children == 0)
			continue;
		verdict.failed(table,
					   [children](Finding &finding)
					   {
						   finding.message("%d table%s from it: its unique and foreign keys do not hold there",
										   children, children == 1 ? " inherits" : "s inherit");
						   finding.evidence("children", children);
					   });
	}
}

CHECK(sch_inheritance){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Table inheritance",
	.rationale =
		"Primary, unique and foreign keys of a parent neither reach into its children nor across them, and every query "
		"on the parent reads them all. For dividing a table declarative partitioning does it right; for kinds of "
		"things, a table each with a foreign key to the common one. Judged for tables, once for the topmost one.",
	.reference = "https://www.postgresql.org/docs/current/ddl-inherit.html",
	.judge = judge,
};

} // namespace dbeng
