#include "unit/check.hpp"

#include "catalog/expression.hpp"
#include "core/text.hpp"
#include "security/policy.hpp"

namespace dbeng {

/* A column that USING compares and WITH CHECK does not look at: an UPDATE may set it to anything. */
static const ColumnEntry *
unchecked_column(const PolicyEntry &policy)
{
	std::span<const AttrNumber> checked = expression_columns(policy.check_expression);
	for (AttrNumber number : pinned_columns(policy.using_expression))
		if (!std::binary_search(checked.begin(), checked.end(), number) &&
			!std::binary_search(checked.begin(), checked.end(), 0))
			return policy.table->column(number);
	return nullptr;
}

/* Does a restrictive policy look at what is written? */
static bool
restricted(const PolicyEntry &policy)
{
	for (const PolicyEntry *other : policy.table->policies)
		if (!other->permissive && policy_covers(*other, 'w') && policies_overlap(policy, *other))
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const PolicyEntry &policy : catalog.policies)
	{
		const RelationEntry &table = *policy.table;
		if (table.standing != Standing::user || table.partition || !table.row_security)
			continue;
		CHECK_FOR_INTERRUPTS();
		verdict.judged();
		if (policy.using_expression == nullptr && policy.check_expression == nullptr)
		{
			verdict.failed(policy,
						   [&policy](Finding &finding)
						   {
							   if (policy.permissive)
								   finding.message("FOR %s without %s: it lets nobody do anything",
												   policy_command(policy.command),
												   policy.command == 'a' ? "WITH CHECK" : "an expression");
							   else
								   finding.message("a restrictive policy without an expression holds nobody back");
							   finding.evidence("command", policy_command(policy.command));
						   },
						   {.rank = 1});
			continue;
		}
		if (!policy.permissive || !policy_covers(policy, 'w') || policy.check_expression == nullptr ||
			policy.using_expression == nullptr)
			continue;
		const ColumnEntry *column = unchecked_column(policy);
		/* WITH CHECK (true) is told by sec-rls-always-true. */
		if (column == nullptr || always_true(policy.check_expression) || restricted(policy))
			continue;
		verdict.failed(policy,
					   [&policy, column](Finding &finding)
					   {
						   finding.message(
							   "USING compares %s but WITH CHECK does not: an UPDATE may hand the row to somebody else",
							   quoted(column->name));
						   finding.evidence("command", policy_command(policy.command));
						   finding.evidence("column", column->name);
					   });
	}
}

CHECK(sec_rls_with_check_missing){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Policy that says nothing about written rows",
	.rationale =
		"Without WITH CHECK, USING holds for written rows too; with one, only it does. A policy without either allows nothing. "
		"Judged: policies without expressions, and those whose WITH CHECK forgets the column that USING compares.",
	.reference = "https://www.postgresql.org/docs/current/sql-createpolicy.html",
	.judge = judge,
};

} // namespace dbeng
