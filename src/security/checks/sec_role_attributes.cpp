#include "unit/check.hpp"

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
		/* REPLICATION alone makes a replication role, CREATEDB alone is what test suites need. */
		bool replication = role.replication && (role.create_role || role.create_database || role.bypass_rls);
		if (!role.create_role && !replication)
			continue;
		verdict.failed(
			role,
			[&role](Finding &finding)
			{
				StringInfoData has;
				initStringInfo(&has);
				if (role.create_role)
					appendStringInfoString(&has, "CREATEROLE");
				if (role.create_database)
					appendStringInfo(&has, "%sCREATEDB", has.len > 0 ? ", " : "");
				if (role.replication)
					appendStringInfo(&has, "%sREPLICATION", has.len > 0 ? ", " : "");
				if (role.bypass_rls)
					appendStringInfo(&has, "%sBYPASSRLS", has.len > 0 ? ", " : "");
				if (role.create_role && pg::major < 16)
					finding.message(
						"login role with %s: before version 16 CREATEROLE may grant itself any role that is no "
						"superuser, pg_execute_server_program too",
						has.data);
				else if (role.create_role)
					finding.message("login role with %s: it may make roles and administers those it made", has.data);
				else
					finding.message(
						"login role with %s: REPLICATION may copy the whole cluster and belongs to a role of "
						"its own",
						has.data);
				finding.evidence("create_role", role.create_role);
				finding.evidence("create_database", role.create_database);
				finding.evidence("replication", role.replication);
				finding.evidence("bypass_rls", role.bypass_rls);
			},
			{.severity =
				 role.create_role && pg::major >= 16 && !role.replication ? Severity::notice : Severity::warning,
			 .escalate = true});
	}
}

CHECK(sec_role_attributes){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Login role with administrative attributes",
	.rationale =
		"CREATEROLE and REPLICATION reach further than any grant, and nothing that only works with rows needs them. A pure "
		"replication role, and CREATEDB alone, pass; BYPASSRLS is judged by sec-rls-bypass-roles.",
	.reference = "https://www.postgresql.org/docs/current/role-attributes.html",
	.judge = judge,
};

} // namespace dbeng
