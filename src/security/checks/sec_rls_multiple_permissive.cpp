#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/policy.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (!table.row_security || table.policies.empty())
			continue;
		verdict.judged();
		for (char command : {'r', 'a', 'w', 'd'})
		{
			const PolicyEntry *first = nullptr;
			const PolicyEntry *second = nullptr;
			for (const PolicyEntry *policy : table.policies)
			{
				if (!policy->permissive || !policy_covers(*policy, command))
					continue;
				if (first == nullptr)
					first = policy;
				else if (second == nullptr && policies_overlap(*first, *policy))
					second = policy;
			}
			if (second == nullptr)
				continue;
			verdict.failed(
				table,
				[first, second, command](Finding &finding)
				{
					finding.message(
						"policies %s and %s both allow %s to the same role: each row is tested against both, and "
						"the wider one decides",
						quoted(first->name), quoted(second->name), policy_command(command));
					finding.evidence("command", policy_command(command));
					finding.evidence("first", first->name);
					finding.evidence("second", second->name);
				});
			break;
		}
	}
}

CHECK(sec_rls_multiple_permissive){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Several permissive policies for one command",
	.rationale =
		"Permissive policies are joined by OR: every row is tested against each until one says yes, which also keeps indexes "
		"from being used. One policy with both conditions, or a restrictive one, says what is meant.",
	.reference = "https://www.postgresql.org/docs/current/sql-createpolicy.html",
	.judge = judge,
};

} // namespace dbeng
