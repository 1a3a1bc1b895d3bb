#include "unit/check.hpp"

#include "security/access.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (!catalog.passwords_readable)
		return verdict.unknown("stored passwords (pg_authid) can be read by superusers only");
	for (const RoleEntry &role : catalog.roles)
	{
		if (!role.login || role.password == nullptr)
			continue;
		verdict.judged();
		if (TIMESTAMP_IS_NOEND(role.valid_until))
			verdict.failed(role, [](Finding &finding)
						   { finding.message("its password never expires (VALID UNTIL is not set)"); });
	}
}

CHECK(sec_password_no_expiry){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Password without an expiry date",
	.rationale =
		"Some policies ask that passwords end at a date. An application locked out by such a date is an outage, so this is "
		"judged only where it is switched on.",
	.reference = "https://www.postgresql.org/docs/current/sql-createrole.html",
	.judge = judge,
};

} // namespace dbeng
