#include "catalog/archiving.hpp"

#include "core/query.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

static const char *
or_empty(const char *text)
{
	return text == nullptr ? "" : text;
}

static const char *
copied(const char *text)
{
	return text == nullptr ? nullptr : pstrdup(text);
}

bool
Archiving::active(const Catalog &catalog) const
{
	return strcmp(mode, "always") == 0 || (strcmp(mode, "on") == 0 && !catalog.in_recovery);
}

bool
Archiving::failing() const
{
	/* The archiver tries a file three times within seconds; one failure between successes is the network's. */
	return last_failed != 0 && last_failed > last_archived;
}

bool
Archiving::failing_for(TimestampTz now, double seconds) const
{
	return failing() && (last_archived == 0 || now - last_archived >= static_cast<int64>(seconds * USECS_PER_SEC));
}

/* The number of a segment in the order of writing, from the name of its file; -1 when it is none. */
static int64
segment_of(const char *file, int64 segment_bytes)
{
	if (file == nullptr || strspn(file, "0123456789ABCDEF") != 24 || segment_bytes <= 0)
		return -1;
	char high[9];
	memcpy(high, file + 8, 8);
	high[8] = '\0';
	int64 segments_per_file_id = (int64{1} << 32) / segment_bytes;
	char low[9];
	memcpy(low, file + 16, 8);
	low[8] = '\0';
	return strtoll(high, nullptr, 16) * segments_per_file_id + strtoll(low, nullptr, 16);
}

int64
Archiving::waiting_files() const
{
	int64 segment_bytes = setting_bytes("wal_segment_size");
	int64 last = segment_of(last_archived_file, segment_bytes);
	if (last < 0)
		return -1;
	int64 current = 0;
	each_row("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8",
			 [&current, segment_bytes](const Row &row) { current = row.integer(1) / segment_bytes; });
	return current - last - 1;
}

Archiving
read_archiving()
{
	Archiving archiving = {};
	archiving.mode = or_empty(setting("archive_mode"));
	archiving.command = or_empty(setting("archive_command"));
	archiving.library = or_empty(setting("archive_library"));
	each_row(
		"SELECT archived_count, failed_count, last_archived_time, last_failed_time, last_archived_wal, last_failed_wal"
		" FROM pg_stat_archiver",
		[&archiving](const Row &row)
		{
			archiving.archived = row.integer(1);
			archiving.failed = row.integer(2);
			archiving.last_archived = row.time(3);
			archiving.last_failed = row.time(4);
			archiving.last_archived_file = copied(row.text(5));
			archiving.last_failed_file = copied(row.text(6));
		});
	return archiving;
}

/* Commands that succeed and store nothing. */
bool
discards(const char *archive_command)
{
	std::string_view command = archive_command;
	while (!command.empty() && (command.front() == ' ' || command.front() == '\t'))
		command.remove_prefix(1);
	while (!command.empty() && (command.back() == ' ' || command.back() == '\t' || command.back() == ';'))
		command.remove_suffix(1);
	for (std::string_view nothing : {":", "true", "/bin/true", "/usr/bin/true", "exit 0", "cd .", "echo", "/bin/echo"})
		if (command == nothing)
			return true;
	return false;
}

namespace {
struct Mark
{
	const char *text; /* in lower case */
	const char *tool;
};
} // namespace

/* What shows in archive_command, archive_library, application_name or the name of a slot. */
static constexpr Mark marks[] = {
	{"pgbackrest", "pgBackRest"},
	{"barman", "Barman"},
	{"wal-g", "WAL-G"},
	{"wal-e", "WAL-E"},
	{"wal_g", "WAL-G"},
	{"walg", "WAL-G"},
	{"pg_probackup", "pg_probackup"},
	{"pg_rman", "pg_rman"},
	{"pghoard", "PGHoard"},
	{"pg_receivewal", "pg_receivewal"},
	{"pgmoneta", "pgmoneta"},
	{"pg_basebackup", "pg_basebackup"},
	{"pitrery", "pitrery"},
	{"archive_xlog", "pitrery"},
	{"archive_wal", "pitrery"},
	{"cnpg", "CloudNativePG"},
	{"/controller/manager wal-archive", "CloudNativePG"},
};

/* Roles that exist where a provider runs the server and takes the backups. */
static constexpr Mark providers[] = {
	{"rdsadmin", "Amazon RDS"},		{"cloudsqladmin", "Google Cloud SQL"}, {"alloydbadmin", "Google AlloyDB"},
	{"azuresu", "Azure Database"},	{"azure_pg_admin", "Azure Database"},  {"cloud_admin", "Neon"},
	{"supabase_admin", "Supabase"}, {"aiven_superuser", "Aiven"},		   {"_crunchyrepl", "Crunchy Bridge"},
};

static const char *
tool_in(const char *text)
{
	char *lower = pstrdup(text);
	for (char *at = lower; *at != '\0'; at++)
		*at = static_cast<char>(pg_tolower(static_cast<unsigned char>(*at)));
	for (const Mark &mark : marks)
		if (strstr(lower, mark.text) != nullptr)
			return mark.tool;
	return nullptr;
}

const char *
backup_tool(const Catalog &catalog, const Archiving &archiving)
{
	for (const char *text : {archiving.command, archiving.library, or_empty(setting("restore_command"))})
		if (const char *tool = tool_in(text))
			return tool;
	for (const Mark &provider : providers)
		if (catalog.role(provider.text) != nullptr)
			return provider.tool;
	const char *seen = nullptr;
	each_row("SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name <> ''"
			 " UNION SELECT slot_name FROM pg_replication_slots",
			 [&seen](const Row &row)
			 {
				 if (seen == nullptr)
					 seen = tool_in(row.text(1));
			 });
	return seen;
}

const char *
wal_receiver()
{
	const char *seen = nullptr;
	each_row("SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'",
			 [&seen](const Row &row)
			 {
				 const char *tool = tool_in(or_empty(row.text(1)));
				 if (seen == nullptr && tool != nullptr)
					 seen = tool;
			 });
	return seen;
}

} // namespace dbeng
