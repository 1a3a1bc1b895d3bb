#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RoleEntry &role : catalog.roles)
	{
		if (!role.login || role.predefined)
			continue;
		verdict.judged();
		if (role.superuser && role.oid != BOOTSTRAP_SUPERUSERID)
			verdict.failed(role,
						   [&role](Finding &finding)
						   {
							   finding.message(
								   "may log in and is a superuser: no privilege, policy or limit holds for it");
							   finding.evidence("create_role", role.create_role);
							   finding.evidence("replication", role.replication);
						   });
	}
}

CHECK(sec_superusers){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Login superuser besides the first one",
	.rationale =
		"A superuser may read and write everything and run programs as the server's operating system user. Applications "
		"need roles with grants; administrators can SET ROLE to a superuser that cannot log in. The role initdb made is "
		"not judged.",
	.reference = "https://www.postgresql.org/docs/current/role-attributes.html",
	.judge = judge,
};

} // namespace dbeng
