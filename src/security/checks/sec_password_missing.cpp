#include "unit/check.hpp"

#include "security/network.hpp"

namespace dbeng {

static bool
asks_for_stored_password(const char *method)
{
	for (const char *asks : {"scram-sha-256", "md5", "password"})
		if (strcmp(method, asks) == 0)
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (!catalog.passwords_readable)
		return verdict.unknown("stored passwords (pg_authid) can be read by superusers only");
	const Hba &file = hba(catalog);
	if (file.missing != nullptr)
		return verdict.unknown("%s", file.missing);
	Local<Vector<const HbaRule *>> open;
	each_open_rule(file, [&open](const HbaRule &rule, const AddressRange &) { open->push_back(&rule); });
	for (const RoleEntry &role : catalog.roles)
	{
		if (!role.login || role.superuser || role.predefined)
			continue;
		verdict.judged();
		if (role.password != nullptr)
			continue;
		CHECK_FOR_INTERRUPTS();
		bool by_password = false;
		bool otherwise = false;
		for (const HbaRule *rule : *open)
			if (!otherwise && hba_may_admit(*rule, role) && !hba_decided_before(file.rules, *rule, role))
				(asks_for_stored_password(rule->method) ? by_password : otherwise) = true;
		if (by_password && !otherwise)
			verdict.failed(
				role,
				[](Finding &finding)
				{
					finding.message(
						"has no password, and every line of pg_hba.conf that could admit it asks for one: it "
						"cannot log in");
				});
	}
}

CHECK(sec_password_missing){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Login role without the password it needs",
	.rationale =
		"A login role that no line of pg_hba.conf can admit without a password, and that has none, is a forgotten or half "
		"made account: give it a password, or take LOGIN away. Roles that peer, certificates or other methods may admit pass.",
	.reference = "https://www.postgresql.org/docs/current/auth-password.html",
	.judge = judge,
};

} // namespace dbeng
