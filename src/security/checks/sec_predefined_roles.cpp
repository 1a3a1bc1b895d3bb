#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

/* What each of them comes to; the first two are as good as superuser. */
static constexpr struct Power
{
	const char *role;
	const char *means;
} powers[] = {
	{"pg_execute_server_program",
	 "it may run any program as the server's operating system user, which is as good as superuser"},
	{"pg_write_server_files", "it may overwrite any file of the server, which is as good as superuser"},
	{"pg_read_server_files", "it may read every file the server can, all tables' data and password files too"},
	{"pg_write_all_data", "it may change every row of every table in every database"},
};

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const Power &power : powers)
	{
		const RoleEntry *granted = catalog.role(power.role);
		if (granted == nullptr)
			continue;
		RoleReach reach(catalog, [granted](const RoleEntry &role) { return &role == granted; });
		for (const RoleEntry &role : catalog.roles)
		{
			if (!is_application_role(role))
				continue;
			verdict.judged();
			if (!reach.reaches(role))
				continue;
			verdict.failed(role,
						   [&role, &power, reach](Finding &finding)
						   {
							   finding.message("%s: %s", reach.path(role), power.means);
							   finding.evidence("role", power.role);
							   finding.evidence("through", reach.path(role));
							   /* Further up the chain the grant may be right, and this membership wrong, or the reverse. */
							   if (reach.next(role) == reach.target(role))
								   finding.fix("REVOKE %s FROM %s", power.role, quoted(role.name));
						   },
						   {.rank = static_cast<double>(&powers[lengthof(powers)] - &power)});
		}
	}
}

CHECK(sec_predefined_roles){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Login role with a dangerous predefined role",
	.rationale =
		"pg_execute_server_program and the two roles for server files lead out of the database; pg_write_all_data passes every "
		"grant. Direct and inherited memberships of login roles that are no superusers are judged.",
	.reference = "https://www.postgresql.org/docs/current/predefined-roles.html",
	.judge = judge,
};

} // namespace dbeng
