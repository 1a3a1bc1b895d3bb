#include "unit/check.hpp"

#include "security/network.hpp"

namespace dbeng {

static bool
admits_superuser(const Catalog &catalog, const HbaRule &rule)
{
	for (const RoleEntry &role : catalog.roles)
		if (role.superuser && role.login && hba_may_admit(rule, role))
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Hba &file = hba(catalog);
	if (file.missing != nullptr)
		return verdict.unknown("%s", file.missing);
	each_open_rule(
		file,
		[&](const HbaRule &rule, const AddressRange &range)
		{
			verdict.judged();
			if (strcmp(rule.method, "trust") != 0)
				return;
			bool remote = range.tcp && !range.loopback;
			bool superuser = admits_superuser(catalog, rule);
			FailureOptions options;
			options.rank = (remote ? 2 : 0) + (superuser ? 1 : 0);
			options.severity = Severity::critical;
			options.escalate = remote;
			options.stop = remote && superuser && range.everywhere;
			verdict.failed(
				hba_text(rule),
				[&rule, range, superuser](Finding &finding)
				{
					const char *who = superuser ? "any role, superusers too," : "the roles it names";
					if (!range.tcp)
						finding.message(
							"%s lets everyone with an account on this machine log in as %s without a password",
							hba_place(rule), who);
					else if (range.loopback)
						finding.message("%s lets every program on this machine log in as %s without a password",
										hba_place(rule), who);
					else
						finding.message("%s lets %s log in as %s without a password", hba_place(rule),
										range.everywhere ? "anybody, from any address," : "other machines", who);
					finding.evidence("line", rule.line);
					finding.evidence("file", rule.file);
					finding.evidence("users", rule.users);
					finding.evidence("address", rule.address);
				},
				options);
		});
}

CHECK(sec_hba_trust){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Connections trusted without a password",
	.rationale =
		"A line of pg_hba.conf with the method trust believes every client that it is the role it claims to be. Lines for "
		"addresses the server does not listen on, and lines that an earlier one covers, are not judged. Change the method to "
		"scram-sha-256 (peer for local lines) and reload.",
	.reference = "https://www.postgresql.org/docs/current/auth-trust.html",
	.judge = judge,
};

} // namespace dbeng
