#include "snapshot/settings_history.hpp"

#include "core/query.hpp"

namespace dbeng {

/*
 * What holds for the whole server, however a session has set it for itself,
 * and what is set for roles and databases.
 */
static constexpr const char *settings_now =
	"SELECT name AS setting, CASE WHEN unit IS NULL OR reset_val = '' THEN reset_val ELSE reset_val || ' ' || unit END AS value, source"
	"  FROM pg_settings WHERE source IN ('default', 'configuration file', 'command line', 'environment variable')"
	"   AND context <> 'internal'"
	" UNION ALL"
	" SELECT split_part(c, '=', 1) || CASE WHEN setrole <> 0 THEN ' (role ' || setrole::regrole || ')' ELSE '' END"
	"    || CASE WHEN setdatabase <> 0 THEN ' (database ' || (SELECT datname FROM pg_database d WHERE d.oid = setdatabase) || ')' ELSE '' END,"
	"   substr(c, strpos(c, '=') + 1), CASE WHEN setrole = 0 THEN 'ALTER DATABASE' ELSE 'ALTER ROLE' END"
	"  FROM pg_db_role_setting, unnest(setconfig) c WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))";

/*
 * What is kept goes into dumps and stays for a year: secrets are not. Settings
 * whose name says so are hidden whole; of others (primary_conninfo,
 * archive_command) what follows password= and the like, and what stands
 * between user and host in an address.
 */
static constexpr const char *hidden = "(hidden)";
static constexpr const char *secret_name = "passw|secret|token|passphrase|credential|(^|[._])key$|api_?key";
static constexpr const char *secret_word =
	"((?:password|passwd|passphrase|secret|token|key)[a-z_]*\\s*[=:]\\s*)(?:''(?:\\\\.|[^''\\\\])*''|\"[^\"]*\"|[^\\s''\"]+)";
static constexpr const char *secret_in_address = "(://[^\\s:/@]*:)[^\\s/]*@";

void
record_settings(TimestampTz now, bool always)
{
	static TimestampTz seen_reload;
	static TimestampTz looked_at;
	if (!always && seen_reload == PgReloadTime && now >= looked_at && now - looked_at < USECS_PER_HOUR)
		return;
	seen_reload = PgReloadTime;
	looked_at = now;
	Argument arguments[] = {Argument::time(now)};
	/* The temporary result must be one statement: what ends and what begins are told by the same look. */
	execute(
		psprintf(
			"WITH now AS MATERIALIZED (%s),"
			" current AS MATERIALIZED (SELECT setting, source, CASE"
			"   WHEN split_part(setting, ' ', 1) ~* '%s' AND split_part(setting, ' ', 1) <> 'password_encryption' THEN '%s'"
			"   ELSE regexp_replace(regexp_replace(value, '%s', '\\1%s', 'gi'), '%s', '\\1%s@', 'g') END AS value FROM now),"
			" ended AS (UPDATE dbeng.setting_value v SET valid_to = $1"
			"   WHERE valid_to IS NULL AND valid_from < $1"
			"     AND (EXISTS (SELECT FROM current c WHERE c.setting = v.setting AND c.value IS DISTINCT FROM v.value)"
			"       OR (v.setting LIKE '%% (%%)' AND NOT EXISTS (SELECT FROM current c WHERE c.setting = v.setting)))"
			"   RETURNING setting)"
			" INSERT INTO dbeng.setting_value (setting, valid_from, value, source, initial)"
			" SELECT c.setting, $1, c.value, c.source, NOT EXISTS (SELECT FROM dbeng.setting_value)"
			"   FROM current c"
			"  WHERE NOT EXISTS (SELECT FROM dbeng.setting_value v WHERE v.setting = c.setting AND v.valid_to IS NULL AND v.value IS NOT DISTINCT FROM c.value)"
			" ON CONFLICT DO NOTHING",
			settings_now, secret_name, hidden, secret_word, hidden, secret_in_address, hidden),
		arguments);
}

} // namespace dbeng
