#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* The libraries to preload, as ALTER SYSTEM wants them: one literal each. */
static const char *
preload_with_statements()
{
	StringInfoData list;
	initStringInfo(&list);
	const char *now = setting("shared_preload_libraries");
	if (now != nullptr && *now != '\0')
	{
		::List *libraries;
		if (!SplitDirectoriesString(pstrdup(now), ',', &libraries))
			return nullptr;
		ListCell *cell;
		foreach (cell, libraries)
			appendStringInfo(&list, "%s, ", literal(static_cast<const char *>(lfirst(cell))));
	}
	appendStringInfoString(&list, "'pg_stat_statements'");
	return list.data;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	bool installed = catalog.extension("pg_stat_statements") != nullptr;
	/* Its settings are there only when it was loaded at the start. */
	bool loaded = setting("pg_stat_statements.max") != nullptr;
	verdict.judged();
	if (installed && loaded)
		return;

	/* Preloading a library that is not there would keep the server from starting. */
	bool available = false;
	bool pending = false;
	each_row("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements'),"
			 " (SELECT pending_restart FROM pg_settings WHERE name = 'shared_preload_libraries')",
			 [&available, &pending](const Row &row)
			 {
				 available = row.flag(1);
				 pending = row.flag(2);
			 });
	verdict.failed(
		"pg_stat_statements",
		[installed, loaded, available, pending, &catalog](Finding &finding)
		{
			if (!available)
				finding.message(
					"pg_stat_statements is not on this server: install the contrib package of PostgreSQL %d",
					pg::major);
			else if (loaded)
				finding.message("pg_stat_statements is loaded, but not installed in this database");
			else if (pending)
				finding.message(
					"pg_stat_statements is not loaded; shared_preload_libraries was changed and waits for a restart");
			else
				finding.message(
					"pg_stat_statements is not loaded: nobody knows which statements take the time; loading it needs "
					"a restart");
			finding.evidence("loaded", loaded);
			finding.evidence("installed", installed);
			finding.evidence("available", available);
			if (!available)
				return;
			if (const char *list = loaded || pending ? nullptr : preload_with_statements())
				finding.fix("ALTER SYSTEM SET shared_preload_libraries = %s", list);
			if (!installed && !catalog.in_recovery)
				finding.fix("CREATE EXTENSION pg_stat_statements");
		});
}

CHECK(mon_statements){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "No statistics of statements",
	.rationale =
		"pg_stat_statements adds up time, rows and blocks of every statement. Without it the search for slow queries "
		"and missing indexes has nothing to go by. Its cost is a few percent at most.",
	.reference = "https://www.postgresql.org/docs/current/pgstatstatements.html",
	.judge = judge,
};

} // namespace dbeng
