#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

static constexpr int shown_roles = 50;

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const DatabaseEntry &database = catalog.database;
	AclMode granted = database.acl == nullptr ? ACL_CONNECT | ACL_CREATE_TEMP : public_privileges(database.acl);
	granted &= ACL_CONNECT | ACL_CREATE_TEMP;
	verdict.judged();
	if (granted == 0)
		return;
	verdict.failed(database.name,
				   [&catalog, &database, granted](Finding &finding)
				   {
					   finding.message("every role of the server has %s on the database", privilege_names(granted));
					   finding.evidence("privileges", privilege_names(granted));
					   if (!public_by_owner(database.acl, database.owner, granted))
						   return;
					   /* Those that are there keep what they have; new ones need a grant. */
					   StringInfoData roles;
					   initStringInfo(&roles);
					   int count = 0;
					   for (const RoleEntry &role : catalog.roles)
						   if (is_application_role(role) && ++count <= shown_roles)
							   appendStringInfo(&roles, "%s%s", count == 1 ? "" : ", ", quoted(role.name));
					   if (count > shown_roles)
						   return;
					   if (count > 0)
						   finding.fix("GRANT %s ON DATABASE %s TO %s", privilege_names(granted), quoted(database.name),
									   roles.data);
					   finding.fix("REVOKE %s ON DATABASE %s FROM PUBLIC", privilege_names(granted),
								   quoted(database.name));
				   });
}

CHECK(sec_public_database){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Database open to every role of the server",
	.rationale =
		"PUBLIC may connect to a new database and make temporary tables in it. On a server with one application that is "
		"right; where several share it, grant CONNECT to those who need it. Judged only where it is switched on.",
	.reference = "https://www.postgresql.org/docs/current/ddl-priv.html",
	.judge = judge,
};

} // namespace dbeng
