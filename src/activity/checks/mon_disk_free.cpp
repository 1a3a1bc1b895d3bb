#include "activity/disks.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	std::span<const Place> places = disks();
	if (places.front().disk.total < 0)
		return verdict.unknown("the operating system does not tell how full the disk is");
	for (const Place &place : places)
	{
		if (place.disk.total < 0)
			continue;
		verdict.judged();
		if (!place.short_of(verdict.threshold("percent"), verdict.threshold("bytes")))
			continue;
		double percent = place.free_pct();
		verdict.failed(
			place.name,
			[&place, percent](Finding &finding)
			{
				finding.message("%s of %s are free (%s %%); a full disk stops all writing", size(place.disk.free),
								size(place.disk.total), number(percent));
				finding.evidence("free_bytes", place.disk.free);
				finding.evidence("total_bytes", place.disk.total);
				finding.evidence("free_pct", percent);
			},
			{.rank = -percent,
			 .severity = percent < verdict.threshold("critical_percent") ? Severity::critical : Severity::warning,
			 .escalate = true});
	}
}

CHECK(mon_disk_free){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Disk nearly full",
	.rationale =
		"When WAL cannot be written the server stops, and it cannot start again until there is room. Each file system "
		"that holds the data directory, pg_wal or a tablespace is judged, unless 100 GB are free.",
	.reference = "https://www.postgresql.org/docs/current/disk-full.html",
	.thresholds = {{"percent", 10}, {"critical_percent", 5}, {"bytes", 100.0 * 1024 * 1024 * 1024}},
	.judge = judge,
};

} // namespace dbeng
