#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (!table.row_security)
			continue;
		verdict.judged();
		bool permissive = false;
		for (const PolicyEntry *policy : table.policies)
			permissive = permissive || policy->permissive;
		if (!permissive)
			verdict.failed(table,
						   [&table](Finding &finding)
						   {
							   finding.message(
								   "row level security is on without %s policy: nobody but %s sees or writes a row",
								   table.policies.empty() ? "any" : "a permissive",
								   table.force_row_security ? "roles with BYPASSRLS"
															: "the owner and roles with BYPASSRLS");
							   finding.evidence("policies", table.policies.size());
							   finding.evidence("forced", table.force_row_security);
						   });
	}
}

CHECK(sec_rls_enabled_no_policy){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Row level security without a policy",
	.rationale =
		"Without a permissive policy every row is denied, silently: queries return nothing. Right for tables that only "
		"SECURITY DEFINER functions use, a surprise elsewhere.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.judge = judge,
};

} // namespace dbeng
