#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const DatabaseEntry &database = catalog.database;
	/* What a fresh server reads is read for the first time. */
	if (static_cast<double>(database.blocks_read) < verdict.threshold("blocks"))
		return;
	verdict.judged();
	double hits = static_cast<double>(database.blocks_hit);
	double percent = 100 * hits / (hits + static_cast<double>(database.blocks_read));
	if (percent >= verdict.threshold("percent"))
		return;
	int64 window = catalog.counted_for();
	verdict.failed(database.name,
				   [&database, percent, window](Finding &finding)
				   {
					   finding.message(
						   "%s %% of block reads were served from shared_buffers (%s), %s came from outside in %s",
						   number(percent), size(setting_bytes("shared_buffers")), size(database.blocks_read * BLCKSZ),
						   duration(window));
					   finding.evidence("hit_pct", percent);
					   finding.evidence("blocks_hit", database.blocks_hit);
					   finding.evidence("blocks_read", database.blocks_read);
					   finding.evidence("shared_buffers_bytes", setting_bytes("shared_buffers"));
				   },
				   {.severity = percent < verdict.threshold("warning_percent") ? Severity::warning : Severity::notice,
					.escalate = true});
}

CHECK(mon_cache_hit){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Low cache hit ratio",
	.rationale =
		"In a transactional database nearly all blocks should come from shared_buffers. A low share means that "
		"shared_buffers is small for what is read, or that statements read much more than they need (missing "
		"indexes, scans of whole tables). Judged once 100,000 blocks were read; reports over everything lower it "
		"rightly.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html",
	.thresholds = {{"percent", 99}, {"warning_percent", 95}, {"blocks", 100000}},
	.judge = judge,
};

} // namespace dbeng
