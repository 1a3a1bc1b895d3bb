#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const ConstraintEntry &constraint : catalog.constraints)
	{
		const TypeEntry *domain = OidIsValid(constraint.domain) ? catalog.type(constraint.domain) : nullptr;
		if (domain == nullptr || domain->standing != Standing::user)
			continue;
		verdict.judged();
		if (constraint.validated)
			continue;
		verdict.failed(constraint,
					   [&constraint, domain](Finding &finding)
					   {
						   finding.message(
							   "domain constraint is NOT VALID: values stored before it was added were never "
							   "checked");
						   finding.evidence("domain", domain->name);
						   finding.fix("ALTER DOMAIN %s VALIDATE CONSTRAINT %s",
									   quoted(domain->schema->name, domain->name), quoted(constraint.name));
					   });
	}
}

CHECK(sch_domain_constraint_not_valid){
	.dimension = Dimension::migration_safety,
	.severity = Severity::warning,
	.title = "Domain constraint that was never validated",
	.rationale =
		"Until ALTER DOMAIN … VALIDATE CONSTRAINT has run, columns of the domain may hold values that it forbids. "
		"Judged for the CHECK constraints of domains.",
	.reference = "https://www.postgresql.org/docs/current/sql-alterdomain.html",
	.judge = judge,
};

} // namespace dbeng
