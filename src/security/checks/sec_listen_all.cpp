#include "unit/check.hpp"

#include "core/settings.hpp"
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
	verdict.judged();
	if (!setting_lists("listen_addresses", "*") && !setting_lists("listen_addresses", "0.0.0.0") &&
		!setting_lists("listen_addresses", "::"))
		return;
	const HbaRule *open = nullptr;
	each_open_rule(file,
				   [&open](const HbaRule &rule, const AddressRange &range)
				   {
					   if (range.everywhere && open == nullptr)
						   open = &rule;
				   });
	if (open == nullptr)
		return;
	verdict.failed("listen_addresses",
				   [open](Finding &finding)
				   {
					   finding.message(
						   "the server listens on every interface and %s of pg_hba.conf admits every address: only a "
						   "firewall is left",
						   hba_place(*open));
					   finding.evidence("listen_addresses", setting("listen_addresses"));
					   finding.evidence("line", open->line);
				   });
}

CHECK(sec_listen_all){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Server reachable on every interface",
	.rationale =
		"Listening on every interface is common in containers and harmless while pg_hba.conf names the networks; with a "
		"line for all addresses, nothing in the server keeps strangers from trying passwords.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-connection.html",
	.judge = judge,
};

} // namespace dbeng
