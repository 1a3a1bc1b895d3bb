#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* "column IS NOT NULL" for columns that are NOT NULL: what the careful way to SET NOT NULL leaves behind. */
static bool
repeats_not_null(const RelationEntry &table, const char *expression)
{
	Local<SmallVector<AttrNumber, 8>> required;

	for (AttrNumber number : expression_columns(expression))
	{
		const ColumnEntry *column = table.column(number);
		if (column == nullptr || !column->not_null)
			return false;
		required->push_back(number);
	}
	return !required->empty() && only_requires_not_null(expression, {required->data(), required->size()});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const ConstraintEntry &constraint : catalog.own_constraints())
	{
		if (constraint.type != CONSTRAINT_CHECK || constraint.expression == nullptr ||
			(constraint.inherited && !constraint.local))
			continue;
		CHECK_FOR_INTERRUPTS();
		verdict.judged();
		bool constant = always_true(constraint.expression);
		if (!constant && !repeats_not_null(*constraint.table, constraint.expression))
			continue;
		verdict.failed(
			constraint,
			[&constraint, constant](Finding &finding)
			{
				const char *sql = expression_sql(constraint.expression, *constraint.table);
				if (constant)
					finding.message("CHECK (%s) is true of every row", sql);
				else
					finding.message("CHECK (%s) says what NOT NULL already does, and is tested for each row", sql);
				finding.evidence("expression", sql);
				finding.fix("ALTER TABLE %s DROP CONSTRAINT %s", full_name(*constraint.table), quoted(constraint.name));
			},
			{.severity = constant ? Severity::warning : Severity::notice, .escalate = true});
	}
}

CHECK(sch_check_always_true){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "CHECK that cannot fail",
	.rationale =
		"It looks like a rule and is none: mostly a slip in the expression, or a leftover of the step before SET NOT "
		"NULL. Judged for every CHECK constraint, by folding its constants.",
	.judge = judge,
};

} // namespace dbeng
