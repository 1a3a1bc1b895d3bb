#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		verdict.judged();
		bool failed = false;
		for (const RuleEntry *rule : table.rules)
		{
			if (rule->enabled == 'D')
				continue;
			/* One table is one failure, however many rules it has. */
			verdict.failed(
				*rule,
				[rule](Finding &finding)
				{
					const char *event = rule->event == '2' ? "UPDATE" : rule->event == '3' ? "INSERT" : "DELETE";
					finding.message("each %s is rewritten before it is planned%s; a trigger does it once for each "
									"row",
									event, rule->instead ? " and does something else instead" : "");
					finding.evidence("event", event);
					finding.evidence("instead", rule->instead);
				},
				{.weight = failed ? 0.0 : 1.0});
			failed = true;
		}
	}
}

CHECK(sch_rules){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Rule on a table",
	.rationale =
		"A rule rewrites the statement, not the row: volatile functions run twice, COPY passes it by, RETURNING and the "
		"row count go wrong. Judged for tables; views' rules are how views work.",
	.reference = "https://www.postgresql.org/docs/current/rules-triggers.html",
	.judge = judge,
};

} // namespace dbeng
