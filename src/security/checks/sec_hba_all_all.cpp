#include "unit/check.hpp"

#include "security/network.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (!listens_beyond_loopback())
		return;
	const Hba &file = hba(catalog);
	if (file.missing != nullptr)
		return verdict.unknown("%s", file.missing);
	each_open_rule(file,
				   [&](const HbaRule &rule, const AddressRange &range)
				   {
					   if (!range.tcp || range.loopback)
						   return;
					   verdict.judged();
					   bool certificate = strcmp(rule.method, "cert") == 0;
					   bool trust = strcmp(rule.method, "trust") == 0; /* sec-hba-trust says worse of it */
					   if (!range.wide || certificate || trust || !hba_lists(rule.databases, "all") ||
						   !hba_lists(rule.users, "all"))
						   return;
					   bool encrypted = strcmp(rule.type, "hostssl") == 0 || strcmp(rule.type, "hostgssenc") == 0;
					   verdict.failed(hba_text(rule),
									  [&rule, range](Finding &finding)
									  {
										  finding.message(
											  "%s lets every role try every database from %s", hba_place(rule),
											  range.everywhere ? "any address" : "a very wide range of addresses");
										  finding.evidence("line", rule.line);
										  finding.evidence("address", rule.address);
										  finding.evidence("method", rule.method);
									  },
									  {.severity = encrypted ? Severity::notice : Severity::warning, .escalate = true});
				   });
}

CHECK(sec_hba_all_all){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Every role admitted to every database from everywhere",
	.rationale =
		"A line of pg_hba.conf for all databases, all users and a wide range of addresses leaves the passwords as the only "
		"defence, those of superusers too. Name the databases, the roles and the networks that need it. Judged only for "
		"lines that other machines can reach; a notice where the line asks for TLS.",
	.reference = "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
	.judge = judge,
};

} // namespace dbeng
