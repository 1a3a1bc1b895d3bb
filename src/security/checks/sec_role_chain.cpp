#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	RoleReach reach(catalog, [](const RoleEntry &role) { return role.superuser; });
	for (const RoleEntry &role : catalog.roles)
	{
		if (!is_application_role(role))
			continue;
		verdict.judged();
		if (!reach.reaches(role))
			continue;
		verdict.failed(role,
					   [&role, reach](Finding &finding)
					   {
						   finding.message("no superuser, but %s: it can become one", reach.path(role));
						   finding.evidence("superuser", reach.target(role)->name);
						   finding.evidence("through", reach.path(role));
					   });
	}
}

CHECK(sec_role_chain){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Login role that can become superuser",
	.rationale =
		"A member of a superuser role becomes superuser with SET ROLE, or owns what superusers own. Memberships count that "
		"inherit, allow SET ROLE or have the ADMIN OPTION (before version 16 every membership does). Right for administrators "
		"(ignore those), wrong for programs.",
	.reference = "https://www.postgresql.org/docs/current/role-membership.html",
	.judge = judge,
};

} // namespace dbeng
