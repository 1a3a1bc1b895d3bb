#include "core/host.hpp"
#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Place
{
	const char *name;
	Disk disk;
};
} // namespace

static void
add_place(Vector<Place> &places, const char *name, const char *directory)
{
	Disk disk = disk_of(directory);
	for (const Place &place : places)
		if (place.disk.total > 0 && place.disk.device == disk.device)
			return;
	places.push_back({name, disk});
}

static void
judge(const Catalog &, Verdict &verdict)
{
	Local<Vector<Place>> places;
	add_place(*places, "data directory", DataDir);
	add_place(*places, "pg_wal", "pg_wal");
	each_row("SELECT spcname, pg_tablespace_location(oid) FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''",
			 [&places](const Row &row) { add_place(*places, format("tablespace %s", row.text(1)), row.text(2)); });

	if (places->front().disk.total < 0)
		return verdict.unknown("the operating system does not tell how full the disk is");
	for (const Place &place : *places)
	{
		if (place.disk.total < 0)
			continue;
		verdict.judged();
		double free = static_cast<double>(place.disk.free);
		double percent = 100 * free / static_cast<double>(place.disk.total);
		/* Five percent of a large array is not little. */
		if (percent >= verdict.threshold("percent") || free >= verdict.threshold("bytes"))
			continue;
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
