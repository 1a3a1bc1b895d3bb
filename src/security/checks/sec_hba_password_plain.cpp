#include "unit/check.hpp"

#include "security/network.hpp"

namespace dbeng {

/* The client sends the password itself, whoever checks it then. */
static bool
sends_password(const char *method)
{
	for (const char *plain : {"password", "ldap", "radius", "pam", "bsd"})
		if (strcmp(method, plain) == 0)
			return true;
	return false;
}

static bool
any_md5_verifier(const Catalog &catalog)
{
	for (const RoleEntry &role : catalog.roles)
		if (role.login && role.password != nullptr && strncmp(role.password, "md5", 3) == 0)
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (!listens_beyond_loopback())
		return;
	const Hba &file = hba(catalog);
	if (file.missing != nullptr)
		return verdict.unknown("%s", file.missing);
	/* With SCRAM verifiers only, the method md5 means SCRAM. */
	bool md5_in_use = !catalog.passwords_readable || any_md5_verifier(catalog);
	each_open_rule(
		file,
		[&](const HbaRule &rule, const AddressRange &range)
		{
			if (!range.tcp || range.loopback)
				return;
			verdict.judged();
			bool encrypted = strcmp(rule.type, "hostssl") == 0 || strcmp(rule.type, "hostgssenc") == 0;
			if (sends_password(rule.method) && !encrypted)
				verdict.failed(hba_text(rule),
							   [&rule](Finding &finding)
							   {
								   finding.message(
									   "%s: with the method %s the password itself crosses the network, and "
									   "the line does not ask for TLS",
									   hba_place(rule), rule.method);
								   finding.evidence("line", rule.line);
								   finding.evidence("method", rule.method);
							   },
							   {.rank = 2});
			else if (strcmp(rule.method, "ident") == 0)
				verdict.failed(hba_text(rule),
							   [&rule](Finding &finding)
							   {
								   finding.message(
									   "%s: the method ident believes whatever the client's machine says about "
									   "its user",
									   hba_place(rule));
								   finding.evidence("line", rule.line);
								   finding.evidence("method", rule.method);
							   },
							   {.rank = 1});
			else if (strcmp(rule.method, "md5") == 0 && md5_in_use)
				verdict.failed(hba_text(rule),
							   [&rule](Finding &finding)
							   {
								   finding.message(
									   "%s: the method md5 still takes MD5 passwords, whose stored form is enough "
									   "to log in",
									   hba_place(rule));
								   finding.evidence("line", rule.line);
								   finding.evidence("method", rule.method);
							   },
							   {.severity = Severity::notice, .escalate = true});
		});
}

CHECK(sec_hba_password_plain){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Weak authentication method over the network",
	.rationale =
		"The methods password, ldap, radius and pam send the password itself and are safe only inside TLS (hostssl); ident "
		"trusts the client's machine; md5 is deprecated. Only lines that other machines can reach are judged, md5 only while "
		"a stored password is an MD5 one or that cannot be seen.",
	.reference = "https://www.postgresql.org/docs/current/auth-password.html",
	.judge = judge,
};

} // namespace dbeng
