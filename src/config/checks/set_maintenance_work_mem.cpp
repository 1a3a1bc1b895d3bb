#include "config/memory_size.hpp"
#include "core/host.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Before 17 VACUUM uses no more than this. */
static constexpr int64 most = gigabyte;

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int64 memory = host_memory();
	if (memory < 0)
		return verdict.unknown("the operating system does not tell how much memory there is");
	verdict.judged();
	int64 maintenance = setting_bytes("maintenance_work_mem");
	int64 automatic = setting_bytes("autovacuum_work_mem");
	double workers = setting_number("autovacuum_max_workers");
	double total = static_cast<double>(automatic < 0 ? maintenance : automatic) * workers;
	int64 largest = 0;
	for (const IndexEntry &index : catalog.own_indexes())
		if (!index.partitioned)
			largest = std::max(largest, static_cast<int64>(index.pages) * BLCKSZ);

	bool large = total > static_cast<double>(memory) * verdict.threshold("most_percent") / 100;
	int64 better = std::min(memory / 20, most);
	bool small = static_cast<double>(largest) > verdict.threshold("index_bytes") && maintenance * 2 < better;
	if (!large && !small)
		return;
	const char *name = large && automatic >= 0 ? "autovacuum_work_mem" : "maintenance_work_mem";
	verdict.failed(
		name,
		[name, memory, maintenance, total, workers, largest, better, large](Finding &finding)
		{
			if (large)
				finding.message("%s autovacuum workers may take %s together, of %s of memory this server may use",
								grouped(static_cast<int64>(workers)), size(static_cast<int64>(total)), size(memory));
			else
				finding.message(
					"%s, while the largest index has %s and the memory %s: CREATE INDEX and VACUUM take more passes "
					"than they need",
					size(maintenance), size(largest), size(memory));
			finding.evidence("maintenance_work_mem_bytes", maintenance);
			finding.evidence("autovacuum_total_bytes", total);
			finding.evidence("largest_index_bytes", largest);
			finding.evidence("memory_bytes", memory);
			finding.fix(
				"ALTER SYSTEM SET %s = '%s'", name,
				memory_setting(large ? std::min(better, static_cast<int64>(static_cast<double>(memory) / 8 / workers))
									 : better));
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(set_maintenance_work_mem){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "maintenance_work_mem does not fit the memory",
	.rationale =
		"VACUUM, CREATE INDEX and ALTER TABLE ADD FOREIGN KEY use it, and each autovacuum worker too unless "
		"autovacuum_work_mem is set. About a twentieth of the memory, one gigabyte at most, is the usual value. "
		"Judged as too small only where an index is larger than a gigabyte.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-resource.html",
	.thresholds = {{"most_percent", 25}, {"index_bytes", 1024.0 * 1024 * 1024}},
	.judge = judge,
};

} // namespace dbeng
