#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/network.hpp"

namespace dbeng {

static const RoleEntry *
admitted_superuser(const Catalog &catalog, const Hba &file, const HbaRule &rule)
{
	for (const RoleEntry &role : catalog.roles)
		if (role.superuser && role.login && (hba_lists(rule.users, "all") || hba_lists(rule.users, role.name)) &&
			!hba_decided_before(file.rules, rule, role))
			return &role;
	return nullptr;
}

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
					   if (!range.tcp || range.loopback || strcmp(rule.method, "cert") == 0)
						   return;
					   verdict.judged();
					   const RoleEntry *superuser = admitted_superuser(catalog, file, rule);
					   if (superuser == nullptr)
						   return;
					   verdict.failed(
						   hba_text(rule),
						   [&rule, superuser](Finding &finding)
						   {
							   finding.message(
								   "%s lets superuser %s in over the network; a line \"host all %s all reject\" "
								   "before it keeps superusers local",
								   hba_place(rule), superuser->name, superuser->name);
							   finding.evidence("line", rule.line);
							   finding.evidence("address", rule.address);
							   finding.evidence("superuser", superuser->name);
						   },
						   {.rank = range.everywhere ? 2.0
									: range.wide	 ? 1.0
													 : 0.0,
							.severity = range.wide ? Severity::warning : Severity::notice,
							.escalate = true});
				   });
}

CHECK(sec_hba_superuser_remote){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Superuser may log in over the network",
	.rationale =
		"Who guesses or steals a superuser's password owns the server and its operating system account. Lines that other "
		"machines can reach are judged; a notice where the network is a narrow one, none with client certificates.",
	.reference = "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
	.judge = judge,
};

} // namespace dbeng
