#include "unit/check.hpp"

#include "core/text.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (table.policies.empty())
			continue;
		verdict.judged();
		if (!table.row_security)
			verdict.failed(
				table,
				[&table](Finding &finding)
				{
					finding.message("%d %s written for it, but row level security is off: nobody is held back",
									static_cast<int>(table.policies.size()),
									table.policies.size() == 1 ? "policy is" : "policies are");
					finding.evidence("policies", table.policies.size());
					finding.fix("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", quoted(table.schema->name, table.name));
				});
	}
}

CHECK(sec_rls_policy_but_disabled){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Policies on a table without row level security",
	.rationale = "CREATE POLICY alone does nothing; ALTER TABLE … ENABLE ROW LEVEL SECURITY puts policies in force.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.judge = judge,
};

} // namespace dbeng
