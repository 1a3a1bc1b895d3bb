#include "config/memory_size.hpp"
#include "core/host.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Beyond this a larger cache seldom pays for what managing it costs. */
static constexpr int64 most = 32 * gigabyte;

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int64 memory = host_memory();
	if (memory < 0)
		return verdict.unknown("the operating system does not tell how much memory there is");
	verdict.judged();
	int64 buffers = setting_bytes("shared_buffers");
	int64 stored = stored_bytes(catalog);
	double percent = 100 * static_cast<double>(buffers) / static_cast<double>(memory);
	/* A database that fits gains nothing by a larger cache. */
	bool small = percent < verdict.threshold("percent") && stored > buffers && buffers < most;
	bool large = percent > verdict.threshold("most_percent");
	if (!small && !large)
		return;
	verdict.failed("shared_buffers",
				   [memory, buffers, stored, percent, small](Finding &finding)
				   {
					   const char *better = memory_setting(std::min(memory / 4, most));
					   finding.message(
						   "%s is %s %% of the %s of memory this server may use%s%s; a change needs a restart",
						   size(buffers), number(percent), size(memory),
						   small ? ", and this database holds " : ", little is left for sorts and the system's cache",
						   small ? size(stored) : "");
					   finding.evidence("shared_buffers_bytes", buffers);
					   finding.evidence("memory_bytes", memory);
					   finding.evidence("stored_bytes", stored);
					   finding.fix("ALTER SYSTEM SET shared_buffers = '%s'", better);
				   });
}

CHECK(set_shared_buffers){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "shared_buffers does not fit the memory",
	.rationale =
		"A quarter of the memory is the usual start on a machine that serves the database alone; the default of "
		"128 MB is made to start anywhere. Judged against the memory of the machine or its container, and only as "
		"too small where this database is larger than the cache.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-resource.html",
	.thresholds = {{"percent", 10}, {"most_percent", 60}},
	.judge = judge,
};

} // namespace dbeng
