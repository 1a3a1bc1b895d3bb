#include "unit/check.hpp"

#include "catalog/expression.hpp"
#include "core/text.hpp"
#include "security/policy.hpp"

namespace dbeng {

/* " USING (…)" with the calls wrapped; "" where there are none; NULL when it cannot be written exactly. */
static const char *
wrapped(const Catalog &catalog, const PolicyEntry &policy, const char *keyword, const char *expression)
{
	if (repeated_calls(catalog, expression_tree(expression)).empty())
		return "";
	const char *sql = with_subselects(catalog, expression, *policy.table);
	return sql == nullptr ? nullptr : format(" %s (%s)", keyword, sql);
}

static void
fix(const Catalog &catalog, const PolicyEntry &policy, Finding &finding)
{
	const char *condition = wrapped(catalog, policy, "USING", policy.using_expression);
	const char *check = wrapped(catalog, policy, "WITH CHECK", policy.check_expression);
	if (condition != nullptr && check != nullptr)
		finding.fix("ALTER POLICY %s ON %s%s%s", quoted(policy.name),
					quoted(policy.table->schema->name, policy.table->name), condition, check);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const PolicyEntry &policy : catalog.policies)
	{
		const RelationEntry &table = *policy.table;
		if (table.standing != Standing::user || table.partition || !table.row_security ||
			policy.using_expression == nullptr)
			continue;
		CHECK_FOR_INTERRUPTS();
		verdict.judged();
		std::span<Node *const> calls = repeated_calls(catalog, expression_tree(policy.using_expression));
		if (calls.empty())
			continue;
		double rows = catalog.rows(table);
		verdict.failed(policy,
					   [&catalog, &policy, calls, rows](Finding &finding)
					   {
						   const char *call = expression_sql(nodeToString(calls[0]), *policy.table);
						   finding.message(
							   "%s is called for every row that is scanned%s: (SELECT %s) is called once", call,
							   rows > 0 ? format(" (the table has about %s)", grouped(static_cast<int64>(rows))) : "",
							   call);
						   finding.evidence("calls", calls.size());
						   finding.evidence("rows", rows);
						   fix(catalog, policy, finding);
					   },
					   {.rank = rows,
						.severity = rows >= verdict.threshold("rows") ? Severity::warning : Severity::notice,
						.escalate = true});
	}
}

CHECK(sec_rls_initplan){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Policy that calls a function for every row",
	.rationale =
		"current_setting() and functions of your own that do not look at the row are called again for each row that a scan "
		"reads; inside (SELECT …) they are called once a statement. A warning from ten thousand rows on, a notice before.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.thresholds = {{"rows", 10000}},
	.judge = judge,
};

} // namespace dbeng
