#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static bool
sets_timeout(const RoleSettingEntry &entry)
{
	const char *value = array_setting(entry.settings, "statement_timeout");
	return value != nullptr && strcmp(value, "0") != 0;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	bool everywhere = setting_milliseconds("statement_timeout") > 0;
	Local<FlatSet<Oid>> limited;
	for (const RoleSettingEntry &entry : catalog.role_settings)
	{
		bool here = entry.database == InvalidOid || entry.database == catalog.database.oid;
		if (!here || !sets_timeout(entry))
			continue;
		if (entry.role == InvalidOid)
			everywhere = true;
		else
			limited->insert(entry.role);
	}
	for (const RoleEntry &role : catalog.roles)
	{
		if (!role.login || role.superuser || role.predefined)
			continue;
		verdict.judged();
		if (everywhere || limited->contains(role.oid))
			continue;
		verdict.failed(role,
					   [](Finding &finding)
					   {
						   finding.message("no statement_timeout for this role: a statement may run forever");
						   finding.evidence("statement_timeout", setting("statement_timeout"));
					   });
	}
}

CHECK(set_statement_timeout){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Role without statement_timeout",
	.rationale =
		"A statement nobody waits for any more still takes its locks and its share of the machine. Which limit fits "
		"depends on the application, so none is offered: ALTER ROLE … SET statement_timeout sets it. Judged for roles "
		"that log in and are no superusers.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-client.html",
	.judge = judge,
};

} // namespace dbeng
