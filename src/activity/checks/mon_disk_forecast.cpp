#include "snapshot/forecast.hpp"
#include "unit/check.hpp"

namespace dbeng {

static constexpr auto day = static_cast<double>(USECS_PER_DAY);

static void
describe(const DiskTrend &disk, double days, TimestampTz full, Finding &finding)
{
	const char *when = days >= 2 ? format("%s days", number(days, 0)) : format("%s hours", number(days * 24, 0));
	finding.message("full in %s at %s more a day, as in the last %s: %s of %s are free", when,
					size(static_cast<int64>(disk.used.per_day)), duration(disk.used.observed), size(disk.free),
					size(disk.total));
	finding.evidence("days", days);
	finding.evidence("full_at", timestamptz_to_str(full));
	finding.evidence("bytes_per_day", static_cast<int64>(disk.used.per_day));
	finding.evidence("free_bytes", disk.free);
	finding.evidence("total_bytes", disk.total);
	finding.evidence("observed_hours", disk.used.observed / USECS_PER_HOUR);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (catalog.in_recovery)
		return verdict.unknown("this is a standby: the snapshots tell of the disks of its primary");
	auto needed = static_cast<int64>(verdict.threshold("observed_hours") * static_cast<double>(USECS_PER_HOUR));
	History history(catalog.now - std::max<int64>(7 * USECS_PER_DAY, needed), catalog.now, false);
	Local<Vector<HistoryPoint>> points;
	history.points(*points);
	if (points->empty() || !read_progress().here)
		return verdict.unknown("there are no snapshots of the last week");
	int64 age = catalog.now - points->back().at;
	int64 observed = points->back().at - points->front().at;
	if (age > USECS_PER_DAY)
		return verdict.unknown("the last snapshot is %s old", duration(age));
	if (observed < needed)
		return verdict.unknown("the disks have been watched for %s, it takes %s hours to see a trend",
							   duration(observed), number(verdict.threshold("observed_hours")));

	Local<Vector<DiskTrend>> disks;
	disk_trends(history, {points->data(), points->size()}, *disks);
	for (const DiskTrend &disk : *disks)
	{
		verdict.judged();
		auto free = static_cast<double>(disk.free);
		TimestampTz full = full_at(free, disk.used.per_day, catalog.now);
		double days = std::max(free, 0.0) / disk.used.per_day;
		/* What grew once, by a load, grows no more. */
		if (full == 0 || days >= verdict.threshold("days") || disk.growing < 0.5)
			continue;
		bool critical = days < verdict.threshold("critical_days");
		verdict.failed(disk.name, [disk, days, full](Finding &finding) { describe(disk, days, full, finding); },
					   {.rank = -days,
						.severity = critical								   ? Severity::critical
									: days < verdict.threshold("warning_days") ? Severity::warning
																			   : Severity::notice,
						.escalate = true,
						.stop = critical});
	}
}

CHECK(mon_disk_forecast){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Disk that fills up",
	.rationale =
		"Snapshots see how each file system of the server fills; at the pace of the last week it is full in so many "
		"days, and then the server stops. Less than a week is a warning, less than a day critical. At least a day must have "
		"been watched, and what grew in less than half of the time, by a load say, is no trend.",
	.reference = "https://www.postgresql.org/docs/current/diskusage.html",
	.thresholds = {{"days", 30}, {"warning_days", 7}, {"critical_days", 1}, {"observed_hours", 24}},
	.judge = judge,
};

} // namespace dbeng
