#include "core/host.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	/* Whoever changed it has thought about it. */
	double cost = setting_number("random_page_cost");
	if (cost < verdict.threshold("cost") || setting_number("seq_page_cost") <= 0)
		return verdict.judged();
	int rotates = disk_rotates(DataDir);
	if (rotates != 0)
		return verdict.unknown(
			"random_page_cost is %s, made for rotating disks; whether the data are on one cannot be seen "
			"from here",
			number(cost));
	verdict.judged();
	verdict.failed(
		"random_page_cost",
		[cost](Finding &finding)
		{
			finding.message(
				"random_page_cost is %s, made for rotating disks, but the data are on a disk that does not rotate: "
				"the planner avoids index scans that would pay",
				number(cost));
			finding.evidence("random_page_cost", cost);
			finding.evidence("rotational", false);
			finding.fix("ALTER SYSTEM SET random_page_cost = 1.1");
			finding.fix("SELECT pg_reload_conf()");
		});
}

CHECK(set_random_page_cost){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.attestable = true,
	.title = "random_page_cost for rotating disks on a solid-state disk",
	.rationale =
		"The default of 4 says that reading a page at a random place costs four times as much as the next one. On "
		"solid-state disks and most cloud volumes it is about the same (1.1), and index scans win earlier. Where "
		"the kind of the disk cannot be seen it is unknown.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-query.html",
	.thresholds = {{"cost", 4}},
	.judge = judge,
};

} // namespace dbeng
