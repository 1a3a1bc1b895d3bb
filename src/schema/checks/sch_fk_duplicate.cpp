#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

static bool
same_behaviour(const ConstraintEntry &a, const ConstraintEntry &b)
{
	return a.on_delete == b.on_delete && a.on_update == b.on_update && a.match == b.match &&
		   a.deferrable == b.deferrable && a.deferred == b.deferred && a.enforced == b.enforced;
}

/* The one that stays: the validated one, then the older one. */
static bool
better(const ConstraintEntry &a, const ConstraintEntry &b)
{
	return a.validated != b.validated ? a.validated : a.oid < b.oid;
}

/* Another foreign key of the table that says the same, and is to be preferred. */
static const ConstraintEntry *
twin(const ConstraintEntry &constraint)
{
	const ConstraintEntry *best = nullptr;

	for (const ConstraintEntry *other : constraint.table->constraints)
		if (other != &constraint && other->type == CONSTRAINT_FOREIGN &&
			other->columns.size() == constraint.columns.size() && references_within(*other, constraint) &&
			better(*other, constraint) && (best == nullptr || better(*other, *best)))
			best = other;
	return best;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_foreign_key(catalog,
					 [&verdict](const ConstraintEntry &constraint)
					 {
						 verdict.judged();
						 const ConstraintEntry *other = twin(constraint);
						 if (other == nullptr)
							 return;
						 verdict.failed(
							 constraint,
							 [&constraint, other](Finding &finding)
							 {
								 const char *columns = column_list(*constraint.table, constraint.columns);
								 if (same_behaviour(constraint, *other))
								 {
									 finding.message("(%s) is checked against %s by %s as well: each write pays twice",
													 columns, full_name(*constraint.referenced), quoted(other->name));
									 finding.fix("ALTER TABLE %s DROP CONSTRAINT %s", full_name(*constraint.table),
												 quoted(constraint.name));
								 }
								 else
									 finding.message(
										 "(%s) refers to %s twice and differently: ON DELETE %s ON UPDATE %s here, "
										 "ON DELETE %s ON UPDATE %s in %s",
										 columns, full_name(*constraint.referenced), action_name(constraint.on_delete),
										 action_name(constraint.on_update), action_name(other->on_delete),
										 action_name(other->on_update), quoted(other->name));
								 finding.evidence("other", other->name);
								 finding.evidence("same_behaviour", same_behaviour(constraint, *other));
							 });
					 });
}

CHECK(sch_fk_duplicate){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Duplicate foreign key",
	.rationale =
		"Two foreign keys over the same columns to the same table check every write twice, and where their actions "
		"differ it is chance which one wins. Judged for every foreign key.",
	.judge = judge,
};

} // namespace dbeng
