#include "unit/check.hpp"

#include "catalog/expression.hpp"
#include "security/policy.hpp"

namespace dbeng {

/* Is there a restrictive policy that holds back whom this one lets through? */
static bool
restricted(const PolicyEntry &policy)
{
	for (const PolicyEntry *other : policy.table->policies)
		if (!other->permissive && (other->command == '*' || other->command == policy.command) &&
			policies_overlap(policy, *other) && !always_true(other->using_expression) &&
			!always_true(other->check_expression))
			return true;
	return false;
}

/* Are all permissive policies of the table such? Then not even roles are told apart. */
static bool
only_kind_of_policy(const PolicyEntry &policy)
{
	for (const PolicyEntry *other : policy.table->policies)
		if (other->permissive && other->command != 'r' && !always_true(other->using_expression) &&
			!always_true(other->check_expression))
			return false;
	return true;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const PolicyEntry &policy : catalog.policies)
	{
		const RelationEntry &table = *policy.table;
		if (table.standing != Standing::user || table.partition || !table.row_security || !policy.permissive ||
			policy.command == 'r')
			continue;
		CHECK_FOR_INTERRUPTS();
		verdict.judged();
		bool rows = always_true(policy.using_expression);
		bool written = always_true(policy.check_expression);
		/* A policy for some roles may be what sets them apart: the administrator's. */
		if ((!rows && !written) || restricted(policy) || (!policy_for_public(policy) && !only_kind_of_policy(policy)))
			continue;
		verdict.failed(policy,
					   [&policy, rows, written](Finding &finding)
					   {
						   const char *command = policy_command(policy.command);
						   const char *whom = policy_for_public(policy) ? "every role" : "its roles";
						   if (rows && (written || policy.check_expression == nullptr))
							   finding.message("FOR %s is always true: %s may write any row", command, whom);
						   else if (rows)
							   finding.message("FOR %s has USING (true): %s may change or delete any row", command,
											   whom);
						   else
							   finding.message("FOR %s has WITH CHECK (true): %s may write rows that belong to others",
											   command, whom);
						   finding.evidence("command", command);
						   finding.evidence("using_always_true", rows);
						   finding.evidence("check_always_true", written);
					   });
	}
}

CHECK(sec_rls_always_true){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Policy for writing that is always true",
	.rationale =
		"A permissive policy that is true for every row takes the others' effect away, because one that says yes is enough. "
		"Judged by the stored expression, not its text. Policies for SELECT, those that a restrictive policy narrows, and those "
		"for named roles beside narrower ones are left alone.",
	.reference = "https://www.postgresql.org/docs/current/sql-createpolicy.html",
	.judge = judge,
};

} // namespace dbeng
