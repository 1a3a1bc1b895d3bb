#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct BadLine
{
	const char *object; /* the setting, else file and line */
	const char *name;	/* NULL: the line is no setting */
	const char *file;
	int64 line;
	const char *error;
	bool automatic; /* in postgresql.auto.conf */
};
} // namespace

static const char *
copied(const char *text)
{
	return text == nullptr ? nullptr : pstrdup(text);
}

static void
judge(const Catalog &, Verdict &verdict)
{
	bool permitted = false;
	each_row("SELECT has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE')"
			 " AND has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')",
			 [&permitted](const Row &row) { permitted = row.flag(1); });
	if (!permitted)
		return verdict.unknown("only superusers may read pg_file_settings");

	Local<Vector<BadLine>> lines;
	each_row("SELECT coalesce(name, regexp_replace(sourcefile, '^.*/', '') || ' line ' || sourceline), name,"
			 " regexp_replace(sourcefile, '^.*/', ''), sourceline, error,"
			 " sourcefile = current_setting('data_directory') || '/postgresql.auto.conf'"
			 " FROM pg_file_settings WHERE error IS NOT NULL",
			 [&lines](const Row &row)
			 {
				 lines->push_back({pstrdup(row.text(1)), copied(row.text(2)), copied(row.text(3)), row.integer(4),
								   pstrdup(row.text(5)), row.flag(6)});
			 });
	/* A good value that needs a restart is in the list of errors too; reading that list has marked it. */
	Local<Vector<const char *>> waiting;
	if (!lines->empty())
		each_row("SELECT name FROM pg_settings WHERE pending_restart",
				 [&waiting](const Row &row) { waiting->push_back(pstrdup(row.text(1))); });

	verdict.judged(std::max<double>(1, static_cast<double>(lines->size())));
	for (const BadLine &line : *lines)
	{
		auto same = [&line](const char *name) { return line.name != nullptr && pg_strcasecmp(name, line.name) == 0; };
		if (std::any_of(waiting->begin(), waiting->end(), same))
			continue;
		verdict.failed(line.object,
					   [&line](Finding &finding)
					   {
						   finding.message("%s line %lld: %s; with this line the server does not start again",
										   line.file, static_cast<long long>(line.line), line.error);
						   finding.evidence("file", line.file);
						   finding.evidence("line", line.line);
						   finding.evidence("error", line.error);
						   /* ALTER SYSTEM knows only settings of this server. */
						   if (line.automatic && line.name != nullptr && setting(line.name) != nullptr)
							   finding.fix("ALTER SYSTEM RESET %s", line.name);
					   });
	}
}

CHECK(set_file_errors){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Error in a configuration file",
	.rationale =
		"A running server ignores a bad line and keeps the old value; at its next start it refuses to start. Read "
		"from pg_file_settings, which only superusers may do.",
	.reference = "https://www.postgresql.org/docs/current/view-pg-file-settings.html",
	.judge = judge,
};

} // namespace dbeng
