#include "unit/check.hpp"

#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

static constexpr struct Danger
{
	const char *name;
	const char *means;
	bool destroys; /* rows, as they are read */
	bool restart;  /* to change it */
} dangers[] = {
	{"zero_damaged_pages", "a damaged page is overwritten with zeros, and its rows are gone, as soon as it is read",
	 true, false},
	{"ignore_checksum_failure", "pages with a wrong checksum are read, and copied into backups, as if they were sound",
	 true, false},
	{"ignore_invalid_pages", "recovery goes on over WAL records for missing pages and may hide their loss", true, true},
	{"ignore_system_indexes", "system catalogs are read without their indexes, while writing still relies on them",
	 false, false},
	{"allow_system_table_mods", "the structure of system catalogs may be changed, which can make the server unusable",
	 false, false},
};

static void
judge_server(Verdict &verdict)
{
	for (const Danger &danger : dangers)
	{
		verdict.judged();
		if (setting_on(danger.name))
			verdict.failed(danger.name,
						   [&danger](Finding &finding)
						   {
							   finding.message("is on: %s%s", danger.means,
											   danger.restart ? " (changing it needs a restart)" : "");
							   finding.evidence("setting", danger.name);
							   finding.fix("ALTER SYSTEM SET %s = off", danger.name);
							   if (!danger.restart)
								   finding.fix("SELECT pg_reload_conf()");
						   },
						   {.rank = danger.destroys ? 1.0 : 0.0,
							.severity = danger.destroys ? Severity::critical : Severity::warning,
							.escalate = true});
	}
}

/* What ALTER ROLE and ALTER DATABASE switch on for some sessions. */
static void
judge_sessions(const Catalog &catalog, Verdict &verdict)
{
	for (const RoleSettingEntry &entry : catalog.role_settings)
		for (const Danger &danger : dangers)
		{
			const char *value = array_setting(entry.settings, danger.name);
			bool on = false;
			const RoleEntry *role = catalog.role(entry.role);
			if (value == nullptr || !parse_bool(value, &on) || !on)
				continue;
			verdict.failed(format("%s of %s", danger.name, role == nullptr ? "a database" : quoted(role->name)),
						   [&danger, role](Finding &finding)
						   {
							   finding.message("switched on for every session of %s: %s",
											   role == nullptr ? "a database" : quoted(role->name), danger.means);
							   finding.evidence("setting", danger.name);
						   });
		}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	judge_server(verdict);
	judge_sessions(catalog, verdict);
}

CHECK(sec_dangerous_settings){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Emergency setting left on",
	.rationale =
		"These settings are for rescuing a broken server, in one session, for minutes. Left on they destroy rows or hide that "
		"rows were lost.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-developer.html",
	.judge = judge,
};

} // namespace dbeng
