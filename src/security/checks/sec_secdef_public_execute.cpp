#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"
#include "security/definer.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const FunctionEntry &function : catalog.own_functions())
	{
		if (!function.security_definer || !directly_callable(function))
			continue;
		verdict.judged();
		bool open_schema = (public_privileges(function.schema->acl) & ACL_USAGE) != 0;
		if (!public_may_execute(function) ||
			!granted_to_others(catalog, function.schema->acl, function.owner, ACL_USAGE))
			continue;
		const RoleEntry *owner = catalog.role(function.owner);
		bool superuser = owner != nullptr && owner->superuser;
		verdict.failed(
			function,
			[&function, owner, superuser, open_schema](Finding &finding)
			{
				const char *name = owner == nullptr ? "its owner" : quoted(owner->name);
				finding.message(
					"every role%s may call it, and it runs as %s%s: grant EXECUTE to those who need it instead",
					open_schema ? "" : format(" that may use schema %s", quoted(function.schema->name)),
					superuser ? "superuser " : "", name);
				finding.evidence("owner", name);
				finding.evidence("owner_is_superuser", superuser);
				finding.evidence("by_default", function.acl == nullptr);
				if (function.acl == nullptr || public_by_owner(function.acl, function.owner, ACL_EXECUTE))
					finding.fix("REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC", Subject(function).text());
			},
			{.severity = superuser ? Severity::warning : Severity::notice, .escalate = true});
	}
}

CHECK(sec_secdef_public_execute){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "SECURITY DEFINER function open to PUBLIC",
	.rationale =
		"A new function may be executed by PUBLIC until that is revoked; with SECURITY DEFINER, every role gets what the owner "
		"can do through it. Trigger functions and schemas that only the owner may use are not judged; a notice where the owner is no "
		"superuser. Before revoking, grant EXECUTE to the roles that call it.",
	.reference = "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
	.judge = judge,
};

} // namespace dbeng
