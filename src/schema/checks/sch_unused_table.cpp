#include "core/settings.hpp"
#include "schema/columns.hpp"
#include "snapshot/window.hpp"

namespace dbeng {

/* Rows that were there before the counting began prove that the table was, too. */
static bool
held_rows_all_along(const Catalog &catalog, const RelationEntry &table)
{
	return catalog.rows(table) > 0 || (catalog.rows(table) < 0 && catalog.bytes(table) > 0);
}

static bool
unused_as_counted(const Catalog &catalog, const RelationEntry &table)
{
	Counters counters = catalog.counters(table);
	return counters.scans == 0 && counters.written() == 0 && catalog.index_scans(table) == 0;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (catalog.in_recovery)
	{
		verdict.unknown("a standby does not count writes");
		return;
	}
	if (!setting_on("track_counts"))
	{
		verdict.unknown("track_counts is off");
		return;
	}
	double days = verdict.threshold("days");
	int64 age = catalog.counted_for();
	auto needed = static_cast<int64>(days * static_cast<double>(USECS_PER_DAY));
	StoredUse *stored = nullptr;
	if (age < needed)
	{
		stored = ::new (palloc(sizeof(StoredUse))) StoredUse(catalog, needed);
		if (!stored->enough())
		{
			verdict.unknown("the table statistics cover %s, fewer than %s days",
							duration(std::max(age, stored->observed())), number(days));
			return;
		}
		for (const RelationEntry &table : catalog.tables())
			if (unused_as_counted(catalog, table))
				stored->add(table);
		stored->ask();
	}
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table) || !held_rows_all_along(catalog, table))
			continue;
		verdict.judged();
		if (!unused_as_counted(catalog, table) || (stored != nullptr && stored->used(table)))
			continue;
		TimestampTz since = stored == nullptr ? catalog.counted_since : stored->since(table);
		if (stored != nullptr && !stored->enough(since))
			continue;
		int64 bytes = catalog.bytes(table) + catalog.index_bytes(table);
		int64 observed = stored == nullptr ? age : stored->observed(since);
		verdict.failed(table,
					   [bytes, observed, since, from_snapshots = stored != nullptr, now = catalog.now](Finding &finding)
					   {
						   finding.message(
							   "no read and no write in the %s that the %s cover; %s (reads on a standby are "
							   "not counted here)",
							   duration(observed), from_snapshots ? "snapshots" : "statistics", size(bytes));
						   finding.evidence("bytes", bytes);
						   finding.evidence("days", observed / USECS_PER_DAY);
						   finding.evidence("observed_from", timestamptz_to_str(since));
						   finding.evidence("source", from_snapshots ? "snapshots" : "counters");
						   finding.evidence("gap_hours", std::max<int64>(now - since - observed, 0) / USECS_PER_HOUR);
					   },
					   {.rank = static_cast<double>(bytes)});
	}
}

CHECK(sch_unused_table){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Table nobody uses",
	.rationale =
		"A table without a read or a write for a long time may be left over from something that is gone, and is still "
		"dumped, backed up and frozen. Judged by the statistics of this server once they are old enough, else by snapshots "
		"that are, and only for tables that held rows before they began; what a yearly report or a standby reads is not seen.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
	.thresholds = {{"days", 30}},
	.judge = judge,
};

} // namespace dbeng
