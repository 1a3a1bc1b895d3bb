#include "unit/check.hpp"

#include "core/settings.hpp"
#include "security/access.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RoleEntry &role : catalog.roles)
	{
		if (!is_application_role(role))
			continue;
		verdict.judged();
		if (role.connection_limit < 0)
			verdict.failed(role,
						   [](Finding &finding)
						   {
							   finding.message("may take all %s connections (no CONNECTION LIMIT)",
											   setting("max_connections"));
							   finding.evidence("max_connections", setting("max_connections"));
						   });
	}
}

CHECK(sec_connection_limit){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Login role without a connection limit",
	.rationale =
		"A role without a limit can take every connection and lock the others out. Which number is right depends on the "
		"pools in front of the server, so this is judged only where it is switched on.",
	.reference = "https://www.postgresql.org/docs/current/sql-createrole.html",
	.judge = judge,
};

} // namespace dbeng
