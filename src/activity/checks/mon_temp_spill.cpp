#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const DatabaseEntry &database = catalog.database;
	int64 window = catalog.counted_for();
	double hours = std::max(1.0, static_cast<double>(window) / USECS_PER_HOUR);
	double per_hour = static_cast<double>(database.temp_bytes) / hours;
	verdict.judged();
	if (per_hour <= verdict.threshold("bytes_per_hour"))
		return;
	verdict.failed(
		database.name,
		[&database, per_hour, window](Finding &finding)
		{
			finding.message("%s temporary files with %s in %s, %s an hour; work_mem is %s",
							grouped(database.temp_files), size(database.temp_bytes), duration(window),
							size(static_cast<int64>(per_hour)), size(setting_bytes("work_mem")));
			finding.evidence("temp_files", database.temp_files);
			finding.evidence("temp_bytes", database.temp_bytes);
			finding.evidence("bytes_per_hour", per_hour);
			finding.evidence("work_mem_bytes", setting_bytes("work_mem"));
		},
		{.severity = per_hour > verdict.threshold("warning_bytes_per_hour") ? Severity::warning : Severity::notice,
		 .escalate = true});
}

CHECK(mon_temp_spill){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Much work in temporary files",
	.rationale =
		"Sorts and hashes that do not fit work_mem are written to disk and read again. pg_stat_statements "
		"(temp_blks_written) and log_temp_files show whose they are: an index, less data or a higher work_mem for "
		"those statements alone helps.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-resource.html",
	.thresholds = {{"bytes_per_hour", 1024.0 * 1024 * 1024}, {"warning_bytes_per_hour", 5.0 * 1024 * 1024 * 1024}},
	.judge = judge,
};

} // namespace dbeng
