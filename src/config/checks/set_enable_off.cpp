#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct PlannerSwitch
{
	const char *name;
	const char *source;
};
} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<PlannerSwitch>> switches;
	each_row(
		"SELECT name, source FROM pg_settings WHERE name LIKE 'enable\\_%' AND vartype = 'bool' AND boot_val = 'on'",
		[&switches](const Row &row) {
			switches->push_back({pstrdup(row.text(1)), pstrdup(row.text(2))});
		});
	for (const PlannerSwitch &one : *switches)
	{
		verdict.judged();
		if (setting_on(one.name))
			continue;
		verdict.failed(one.name,
					   [&one, &catalog](Finding &finding)
					   {
						   bool of_database = strcmp(one.source, "database") == 0;
						   bool of_role = strcmp(one.source, "user") == 0 || strcmp(one.source, "database user") == 0;
						   finding.message("%s is off %s: the planner avoids it even where nothing else is fast",
										   one.name,
										   of_database ? "in this database"
										   : of_role   ? "for this role"
													   : "for the whole server");
						   finding.evidence("setting", one.name);
						   finding.evidence("source", one.source);
						   if (of_database)
							   finding.fix("ALTER DATABASE %s RESET %s", quoted(catalog.database.name), one.name);
						   else if (!of_role)
						   {
							   finding.fix("ALTER SYSTEM SET %s = on", one.name);
							   finding.fix("SELECT pg_reload_conf()");
						   }
					   });
	}
}

CHECK(set_enable_off){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Kind of plan switched off",
	.rationale =
		"The enable_ settings are made for trying out. Left off for all statements they cure one bad plan and spoil "
		"many; current statistics, an index or a better random_page_cost cure the cause.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-query.html",
	.judge = judge,
};

} // namespace dbeng
