#include "config/memory_size.hpp"
#include "core/host.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	int64 memory = host_memory();
	if (memory < 0)
		return verdict.unknown("the operating system does not tell how much memory there is");
	verdict.judged();
	double work = static_cast<double>(setting_bytes("work_mem"));
	double hash = setting_number("hash_mem_multiplier");
	double connections = setting_number("max_connections");
	int64 left = std::max(memory - setting_bytes("shared_buffers"), megabyte);
	double total = work * hash * connections;
	if (total <= verdict.threshold("times") * static_cast<double>(left))
		return;
	verdict.failed(
		"work_mem",
		[memory, left, work, hash, connections, total](Finding &finding)
		{
			/* Never below the default: then max_connections is what is too large. */
			constexpr int64 least = 4 * megabyte;
			int64 better = static_cast<int64>(static_cast<double>(left) / (hash * connections));
			finding.message(
				"one hash in each of %s connections, %s work_mem times %s (hash_mem_multiplier), takes %s; of %s of memory %s are left beside shared_buffers%s",
				grouped(static_cast<int64>(connections)), size(static_cast<int64>(work)), number(hash),
				size(static_cast<int64>(total)), size(memory), size(left),
				better >= least ? "" : ": max_connections is too high for this memory");
			finding.evidence("work_mem_bytes", static_cast<int64>(work));
			finding.evidence("hash_mem_multiplier", hash);
			finding.evidence("max_connections", connections);
			finding.evidence("total_bytes", total);
			finding.evidence("memory_bytes", memory);
			if (better < least)
				return;
			finding.fix("ALTER SYSTEM SET work_mem = '%s'", memory_setting(better));
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(set_work_mem_total){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "work_mem of all connections beyond the memory",
	.rationale =
		"Each sort or hash of each session may use work_mem (a hash, hash_mem_multiplier times it). When all "
		"connections do so at once and memory runs out, the system kills a backend and the server restarts. Better "
		"raise it for the few statements or roles that need it.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-resource.html",
	.thresholds = {{"times", 1}},
	.judge = judge,
};

} // namespace dbeng
