#include "unit/check.hpp"

#include "security/network.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Hba &file = hba(catalog);
	if (file.missing != nullptr)
		return verdict.unknown("%s", file.missing);
	for (const HbaRule &rule : file.rules)
	{
		CHECK_FOR_INTERRUPTS();
		verdict.judged();
		if (rule.error != nullptr && rule.type != nullptr)
		{
			/* hostssl while ssl is off: read, and without effect. */
			verdict.failed(hba_text(rule),
						   [&rule](Finding &finding)
						   {
							   finding.message("%s has no effect: %s", hba_place(rule), rule.error);
							   finding.evidence("line", rule.line);
							   finding.evidence("error", rule.error);
						   },
						   {.severity = Severity::notice, .escalate = true});
			continue;
		}
		if (rule.error != nullptr)
		{
			verdict.failed(
				hba_text(rule),
				[&rule](Finding &finding)
				{
					finding.message(
						"%s has an error, so that no change of the file takes effect and a restart fails: %s",
						hba_place(rule), rule.error);
					finding.evidence("line", rule.line);
					finding.evidence("error", rule.error);
				},
				{.rank = 1});
			continue;
		}
		const HbaRule *shadow = hba_shadow(file.rules, rule);
		/* The same answer twice is untidy, not wrong. */
		if (shadow == nullptr || strcmp(shadow->method, rule.method) == 0)
			continue;
		verdict.failed(hba_text(rule),
					   [&rule, shadow](Finding &finding)
					   {
						   finding.message("%s (%s) is never reached: %s (%s) takes all its connections",
										   hba_place(rule), rule.method, hba_place(*shadow), shadow->method);
						   finding.evidence("line", rule.line);
						   finding.evidence("covered_by_line", shadow->line);
					   },
					   {.severity = Severity::notice, .escalate = true});
	}
}

CHECK(sec_hba_errors){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Line of pg_hba.conf that does not work",
	.rationale =
		"With an error in pg_hba.conf the server keeps the old rules on reload and does not start again. A line that an "
		"earlier one covers with another method is not doing what its writer meant.",
	.reference = "https://www.postgresql.org/docs/current/view-pg-hba-file-rules.html",
	.judge = judge,
};

} // namespace dbeng
