#include "unit/check.hpp"

#include "core/settings.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const char *encryption = setting("password_encryption");
	bool new_ones = encryption != nullptr && strcmp(encryption, "md5") == 0;
	if (!new_ones && !catalog.passwords_readable)
		return verdict.unknown("stored passwords (pg_authid) can be read by superusers only");
	verdict.judged();
	if (new_ones)
		verdict.failed("password_encryption",
					   [](Finding &finding)
					   {
						   finding.message(
							   "new passwords are stored as MD5, which is enough to log in with when it leaks");
						   finding.evidence("password_encryption", "md5");
						   finding.fix("ALTER SYSTEM SET password_encryption = 'scram-sha-256'");
						   finding.fix("SELECT pg_reload_conf()");
					   },
					   {.rank = 1});
	for (const RoleEntry &role : catalog.roles)
	{
		if (role.password == nullptr)
			continue;
		verdict.judged();
		if (strncmp(role.password, "md5", 3) == 0)
			verdict.failed(
				role,
				[&role](Finding &finding)
				{
					finding.message(
						"its password is stored as MD5: set it again (\\password) once password_encryption is "
						"scram-sha-256");
					finding.evidence("login", role.login);
				});
	}
}

CHECK(sec_password_md5){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Passwords stored as MD5",
	.rationale =
		"A leaked MD5 verifier logs in as it is and is guessed at billions a second; SCRAM resists both. MD5 passwords are "
		"deprecated since version 18 and will be removed. Stored ones are visible to superusers only.",
	.reference = "https://www.postgresql.org/docs/current/auth-password.html",
	.judge = judge,
};

} // namespace dbeng
