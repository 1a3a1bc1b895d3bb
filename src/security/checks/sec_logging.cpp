#include "unit/check.hpp"

#include "core/settings.hpp"

namespace dbeng {

/* Since version 18 log_connections is a list of what to log; an empty one is off. */
static bool
logs_connections()
{
	const char *value = setting("log_connections");
	bool on;
	if (value == nullptr || value[0] == '\0')
		return false;
	return !parse_bool(value, &on) || on;
}

static bool
is(const char *name, const char *value)
{
	const char *current = setting(name);
	return current != nullptr && strcmp(current, value) == 0;
}

static bool
audited_elsewhere()
{
	const char *libraries = setting("shared_preload_libraries");
	return libraries != nullptr && strstr(libraries, "pgaudit") != nullptr;
}

static void
add(StringInfo list, const char *name)
{
	appendStringInfo(list, "%s%s", list->len == 0 ? "" : ", ", name);
}

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	bool connections = logs_connections();
	bool disconnections = setting_on("log_disconnections");
	bool ddl = !is("log_statement", "none") || audited_elsewhere();
	const char *prefix = setting("log_line_prefix");
	/* A syslog, CSV or JSON line says on its own who it was; the text log does through the prefix. */
	bool who = !setting_lists("log_destination", "stderr") || prefix == nullptr || strstr(prefix, "%u") != nullptr;
	if (connections && disconnections && ddl && who)
		return;
	verdict.failed("logging",
				   [connections, disconnections, ddl, who](Finding &finding)
				   {
					   StringInfoData missing;
					   initStringInfo(&missing);
					   if (!connections)
						   add(&missing, "connections (log_connections)");
					   if (!disconnections)
						   add(&missing, "disconnections (log_disconnections)");
					   if (!ddl)
						   add(&missing, "changes of the schema (log_statement = ddl)");
					   if (!who)
						   add(&missing, "users (%u in log_line_prefix)");
					   finding.message("the log does not show %s", missing.data);
					   finding.evidence("log_connections", connections);
					   finding.evidence("log_disconnections", disconnections);
					   finding.evidence("log_statement", setting("log_statement"));
					   finding.evidence("log_line_prefix", setting("log_line_prefix"));
					   if (!connections)
						   finding.fix("ALTER SYSTEM SET log_connections = 'on'");
					   if (!disconnections)
						   finding.fix("ALTER SYSTEM SET log_disconnections = 'on'");
					   if (!ddl)
						   finding.fix("ALTER SYSTEM SET log_statement = 'ddl'");
					   if (!who)
						   finding.fix("ALTER SYSTEM SET log_line_prefix = '%%m [%%p] %%q%%u@%%d '");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(sec_logging){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Log that does not tell who was there",
	.rationale =
		"After an incident the log is what shows who connected and who changed the schema. One finding lists what is off. "
		"Where clients connect for every statement, log_connections makes much log: ignore it then.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-logging.html",
	.judge = judge,
};

} // namespace dbeng
