#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_foreign_key(
		catalog,
		[&verdict](const ConstraintEntry &constraint)
		{
			if (constraint.referenced != constraint.table)
				return;
			verdict.judged();
			if (constraint.on_delete != FKCONSTR_ACTION_NOACTION && constraint.on_delete != FKCONSTR_ACTION_RESTRICT)
				return;
			verdict.failed(constraint,
						   [&constraint](Finding &finding)
						   {
							   finding.message(
								   "ON DELETE %s: a row that others refer to by %s can only be deleted after them",
								   action_name(constraint.on_delete),
								   column_list(*constraint.table, constraint.columns));
							   finding.evidence("on_delete", action_name(constraint.on_delete));
						   });
		});
}

CHECK(sch_fk_self_no_action){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Self-reference that stops deletes",
	.rationale =
		"Deleting from a tree fails from the top down unless the foreign key says what becomes of the children: ON "
		"DELETE CASCADE or SET NULL. Often that is just what is wanted, so this is off unless asked for.",
	.judge = judge,
};

} // namespace dbeng
