#include "unit/check.hpp"

#include "core/settings.hpp"
#include "security/network.hpp"

namespace dbeng {

/* Does an earlier "hostnossl … reject" turn away what comes unencrypted? */
static bool
plain_rejected_before(std::span<const HbaRule> rules, const HbaRule &rule)
{
	HbaRule plain = rule;
	plain.type = "hostnossl";
	for (const HbaRule &before : rules.first(static_cast<std::size_t>(&rule - rules.data())))
	{
		const HbaRule both[] = {before, plain};
		if (before.error == nullptr && before.method != nullptr && strcmp(before.method, "reject") == 0 &&
			hba_shadow(both, both[1]) != nullptr)
			return true;
	}
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* Without TLS at all there is sec-ssl-off. */
	if (!setting_on("ssl"))
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
					   bool plain = strcmp(rule.type, "host") == 0 || strcmp(rule.type, "hostnossl") == 0 ||
									strcmp(rule.type, "hostnogssenc") == 0;
					   if (!plain || strcmp(rule.method, "gss") == 0 || plain_rejected_before(file.rules, rule))
						   return;
					   verdict.failed(
						   hba_text(rule),
						   [&rule](Finding &finding)
						   {
							   finding.message(
								   "%s takes unencrypted connections although ssl is on: write hostssl for %s",
								   hba_place(rule), rule.type);
							   finding.evidence("line", rule.line);
							   finding.evidence("address", rule.address);
						   },
						   {.severity = range.internal ? Severity::notice : Severity::warning, .escalate = true});
				   });
}

CHECK(sec_hba_no_ssl){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Unencrypted connections accepted",
	.rationale =
		"A line of type host lets the client choose to go without TLS, and then rows and statements cross the network in the "
		"clear. Judged while ssl is on, for lines that other machines can reach; a notice for private networks.",
	.reference = "https://www.postgresql.org/docs/current/ssl-tcp.html",
	.judge = judge,
};

} // namespace dbeng
