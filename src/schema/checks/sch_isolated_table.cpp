#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

static bool
has_foreign_key(const RelationEntry &table)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN)
			return true;
	return !table.referencing.empty();
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (framework_table(table) || table.inherits)
			continue;
		verdict.judged();
		if (!has_foreign_key(table))
			verdict.failed(table, [](Finding &finding) { finding.message("no foreign key leads to it or from it"); });
	}
}

CHECK(sch_isolated_table){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Table linked to no other",
	.rationale =
		"A table without any foreign key is a leftover, or lacks the keys that would keep its references true. Queues, "
		"logs and settings are so by nature, hence off unless asked for.",
	.judge = judge,
};

} // namespace dbeng
