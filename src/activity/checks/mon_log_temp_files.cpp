#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const DatabaseEntry &database = catalog.database;
	if (static_cast<double>(database.temp_bytes) < verdict.threshold("bytes"))
		return;
	verdict.judged();
	if (setting_number("log_temp_files") >= 0)
		return;
	verdict.failed(
		"log_temp_files",
		[&database](Finding &finding)
		{
			finding.message(
				"%s temporary files with %s were written, but log_temp_files is -1: the log does not say by which "
				"statements",
				grouped(database.temp_files), size(database.temp_bytes));
			finding.evidence("temp_files", database.temp_files);
			finding.evidence("temp_bytes", database.temp_bytes);
			finding.fix("ALTER SYSTEM SET log_temp_files = '10MB'");
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(mon_log_temp_files){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Temporary files not logged",
	.rationale =
		"A sort or hash that does not fit work_mem goes to disk and slows down. The log names the statement and the "
		"size. Judged where temporary files were written at all.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-logging.html",
	.thresholds = {{"bytes", 100.0 * 1024 * 1024}},
	.judge = judge,
};

} // namespace dbeng
