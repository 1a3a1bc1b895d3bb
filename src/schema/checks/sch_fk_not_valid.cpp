#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

static const char *
kind_of(const ConstraintEntry &constraint)
{
	switch (constraint.type)
	{
		case CONSTRAINT_FOREIGN:
			return "foreign key";
		case CONSTRAINT_CHECK:
			return "CHECK constraint";
		default:
			return "NOT NULL constraint";
	}
}

static void
describe(const Catalog &catalog, const ConstraintEntry &constraint, Finding &finding)
{
	double rows = catalog.rows(*constraint.table);

	finding.evidence("enforced", constraint.enforced);
	finding.evidence("rows", rows);
	if (!constraint.enforced)
	{
		finding.message("%s is NOT ENFORCED: rows are not checked, now or later", kind_of(constraint));
		return;
	}
	if (rows > 0)
		finding.message("%s is NOT VALID: the %s rows that were there before it was added were never checked",
						kind_of(constraint), grouped(static_cast<int64>(rows)));
	else
		finding.message("%s is NOT VALID: rows that were there before it was added were never checked",
						kind_of(constraint));
	finding.fix("ALTER TABLE %s VALIDATE CONSTRAINT %s", full_name(*constraint.table), quoted(constraint.name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const ConstraintEntry &constraint : catalog.own_constraints())
	{
		if (constraint.type != CONSTRAINT_FOREIGN && constraint.type != CONSTRAINT_CHECK && constraint.type != 'n')
			continue;
		/* A child's copy is validated with its parent's. */
		if (constraint.inherited && !constraint.local)
			continue;
		verdict.judged();
		if (constraint.validated && constraint.enforced)
			continue;
		verdict.failed(constraint,
					   [&catalog, &constraint](Finding &finding) { describe(catalog, constraint, finding); },
					   {.rank = catalog.rows(*constraint.table),
						.severity = constraint.enforced ? Severity::warning : Severity::notice,
						.escalate = true});
	}
}

CHECK(sch_fk_not_valid){
	.dimension = Dimension::migration_safety,
	.severity = Severity::warning,
	.title = "Constraint that was never validated",
	.rationale =
		"Until VALIDATE CONSTRAINT has run, old rows may break the rule and the planner cannot rely on it. Validating "
		"reads the table but lets reads and writes go on. Judged for foreign keys, CHECK and NOT NULL constraints; "
		"NOT ENFORCED ones (PostgreSQL 18) are a notice.",
	.reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
	.judge = judge,
};

} // namespace dbeng
