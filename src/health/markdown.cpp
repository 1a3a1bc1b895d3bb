/*
 * markdown.cpp: docs/checks.md, made from the registry.
 */
#include "health/access.hpp"
#include "health/score.hpp"
#include "unit/wording.hpp"

namespace dbeng {

static void
append_thresholds(StringInfo page, const Check &check)
{
	for (const Threshold &threshold : thresholds(check))
		appendStringInfo(page, "%s `%s` = %s", &threshold == check.thresholds ? "; thresholds:" : ",", threshold.name,
						 threshold.text == nullptr ? number(threshold.number, 6)
												   : format("`%s`", wording(threshold.text)));
}

static void
append_check(StringInfo page, const RegisteredCheck &registered)
{
	const Check &check = *registered.check;
	appendStringInfo(page, "\n### `%s`\n\n**%s**: %s", registered.id, wording(check.title),
					 severity_name(check.severity));
	append_thresholds(page, check);
	if (check.disabled)
		appendStringInfoString(page, "; off until configured");
	if (check.attestable)
		appendStringInfoString(page, "; can be attested");
	appendStringInfo(page, "\n\n%s\n", wording(check.rationale));
	if (check.reference != nullptr)
		appendStringInfo(page, "\nRead on: <%s>\n", check.reference);
}

static text *
checks_page()
{
	std::span<const RegisteredCheck> checks = registered_checks();
	StringInfoData page;
	initStringInfo(&page);
	appendStringInfo(
		&page,
		"# Checks\n\n"
		"The %d checks behind `dbeng.health()` and `dbeng.findings()`, as `dbeng.checks` lists them. This page is\n"
		"generated: `make docs` writes it anew. How checks make a score: [health.md](health.md).\n",
		static_cast<int>(checks.size()));
	for (int i = 0; i < dimension_count; i++)
	{
		auto dimension = static_cast<Dimension>(i);
		appendStringInfo(&page, "\n## %s (weight %d)\n", dimension_name(dimension), dimension_weights[i]);
		bool any = false;
		for (const RegisteredCheck &check : checks)
		{
			if (check.check->dimension != dimension)
				continue;
			append_check(&page, check);
			any = true;
		}
		if (!any)
			appendStringInfoString(&page, "\nNo checks yet.\n");
	}
	/* Whoever prints it ends the last line. */
	return cstring_to_text_with_len(page.data, page.len - 1);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_checks_markdown)
{
	PG_RETURN_TEXT_P(dbeng::checks_page());
}
