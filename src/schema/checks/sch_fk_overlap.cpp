#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* A foreign key over more columns that is checked whenever this one is, and so says all of it. */
static const ConstraintEntry *
wider(const ConstraintEntry &constraint)
{
	for (const ConstraintEntry *other : constraint.table->constraints)
		if (other->type == CONSTRAINT_FOREIGN && other->columns.size() > constraint.columns.size() &&
			references_within(constraint, *other) && !has_nullable_column(*other) && other->validated &&
			other->enforced)
			return other;
	return nullptr;
}

static bool
is_passive(char action)
{
	return action == FKCONSTR_ACTION_NOACTION || action == FKCONSTR_ACTION_RESTRICT;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_foreign_key(catalog,
					 [&verdict](const ConstraintEntry &constraint)
					 {
						 verdict.judged();
						 const ConstraintEntry *other = wider(constraint);
						 /* One that does more than the wider one is there for that. */
						 if (other == nullptr ||
							 (constraint.on_delete != other->on_delete && !is_passive(constraint.on_delete)) ||
							 (constraint.on_update != other->on_update && !is_passive(constraint.on_update)))
							 return;
						 verdict.failed(constraint,
										[&constraint, other](Finding &finding)
										{
											finding.message("(%s) is already checked against %s by %s over (%s)",
															column_list(*constraint.table, constraint.columns),
															full_name(*constraint.referenced), quoted(other->name),
															column_list(*other->table, other->columns));
											finding.evidence("covered_by", other->name);
											/* A passive one beside one that acts would forbid what the other does: dropping it changes that. */
											if (constraint.on_delete == other->on_delete &&
												constraint.on_update == other->on_update &&
												constraint.deferrable == other->deferrable)
												finding.fix("ALTER TABLE %s DROP CONSTRAINT %s",
															full_name(*constraint.table), quoted(constraint.name));
										});
					 });
}

CHECK(sch_fk_overlap){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Foreign key that another one covers",
	.rationale =
		"A foreign key over (tenant_id, user_id) already makes sure that the user_id exists; one over user_id alone "
		"to the same table costs a second look-up for each write. Judged where the wider key's columns are all NOT "
		"NULL, so that it is always checked.",
	.judge = judge,
};

} // namespace dbeng
