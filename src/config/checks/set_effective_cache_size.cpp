#include "config/memory_size.hpp"
#include "core/host.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int64 memory = host_memory();
	if (memory < 0)
		return verdict.unknown("the operating system does not tell how much memory there is");
	verdict.judged();
	int64 cache = setting_bytes("effective_cache_size");
	int64 stored = stored_bytes(catalog);
	double percent = 100 * static_cast<double>(cache) / static_cast<double>(memory);
	/* It changes plans only where the data are larger than what the planner believes to be cached. */
	bool small = percent < verdict.threshold("percent") && stored > cache;
	bool large = percent > verdict.threshold("most_percent") && stored > memory;
	if (!small && !large)
		return;
	verdict.failed(
		"effective_cache_size",
		[memory, cache, stored, small](Finding &finding)
		{
			finding.message(
				"the planner believes in a cache of %s, %s the %s of memory this server may use; this database holds "
				"%s",
				size(cache), small ? "far below" : "above", size(memory), size(stored));
			finding.evidence("effective_cache_size_bytes", cache);
			finding.evidence("memory_bytes", memory);
			finding.evidence("stored_bytes", stored);
			finding.fix("ALTER SYSTEM SET effective_cache_size = '%s'", memory_setting(memory / 4 * 3));
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(set_effective_cache_size){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "effective_cache_size does not fit the memory",
	.rationale =
		"It reserves nothing; it tells the planner how much of a table it may expect to find cached, and so whether "
		"an index scan pays. Three quarters of the memory is the usual value on a machine that serves the database "
		"alone. Judged only where the data are larger than it.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-query.html",
	.thresholds = {{"percent", 40}, {"most_percent", 100}},
	.judge = judge,
};

} // namespace dbeng
