#include "unit/check.hpp"

#include "core/settings.hpp"
#include "security/network.hpp"

namespace dbeng {

/* Does pg_hba.conf let other machines in at all? Where it cannot be read, they may. */
static bool
admits_other_machines(const Hba &file)
{
	bool admits = file.missing != nullptr;
	each_open_rule(file, [&admits](const HbaRule &, const AddressRange &range)
				   { admits = admits || (range.tcp && !range.loopback); });
	return admits;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (!listens_beyond_loopback() || !admits_other_machines(hba(catalog)))
		return;
	verdict.judged();
	if (!setting_on("ssl"))
	{
		verdict.failed(
			"ssl",
			[](Finding &finding)
			{
				finding.message(
					"ssl is off while the server takes connections from other machines: set ssl_cert_file and "
					"ssl_key_file, then ssl = on");
				finding.evidence("listen_addresses", setting("listen_addresses"));
			});
		return;
	}
	const char *minimum = setting("ssl_min_protocol_version");
	if (minimum != nullptr &&
		(strcmp(minimum, "") == 0 || strcmp(minimum, "TLSv1") == 0 || strcmp(minimum, "TLSv1.1") == 0))
		verdict.failed("ssl_min_protocol_version",
					   [minimum](Finding &finding)
					   {
						   finding.message(
							   "TLS versions as old as %s are accepted; TLS 1.0 and 1.1 are broken and retired",
							   minimum[0] == '\0' ? "the library allows" : minimum);
						   finding.evidence("ssl_min_protocol_version", minimum);
						   finding.fix("ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2'");
						   finding.fix("SELECT pg_reload_conf()");
					   });
}

CHECK(sec_ssl_off){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Connections without sound encryption",
	.rationale =
		"Rows, statements and, with some methods, passwords can be read on the way. Judged only where the server listens "
		"beyond localhost and pg_hba.conf lets other machines in.",
	.reference = "https://www.postgresql.org/docs/current/ssl-tcp.html",
	.judge = judge,
};

} // namespace dbeng
