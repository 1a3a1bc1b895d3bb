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
					   if (!range.tcp || range.loopback || !hba_lists(rule.databases, "replication"))
						   return;
					   verdict.judged();
					   /* sec-hba-trust says worse of trust. */
					   if (!range.wide || strcmp(rule.method, "cert") == 0 || strcmp(rule.method, "trust") == 0)
						   return;
					   bool everyone = hba_lists(rule.users, "all");
					   verdict.failed(
						   hba_text(rule),
						   [&rule, range, everyone](Finding &finding)
						   {
							   finding.message(
								   "%s takes replication connections of %s from %s: a base backup is a copy of "
								   "everything",
								   hba_place(rule), everyone ? "every replication role" : rule.users,
								   range.everywhere ? "any address" : "a very wide range of addresses");
							   finding.evidence("line", rule.line);
							   finding.evidence("address", rule.address);
							   finding.evidence("users", rule.users);
						   });
				   });
}

CHECK(sec_hba_replication){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Replication open to a wide network",
	.rationale =
		"A replication connection can copy the whole cluster, past every GRANT and policy. Only the standbys' and the backup "
		"host's addresses belong into such a line of pg_hba.conf.",
	.reference = "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
	.judge = judge,
};

} // namespace dbeng
