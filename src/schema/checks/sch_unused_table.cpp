#include "core/settings.hpp"
#include "schema/columns.hpp"

namespace dbeng {

/* Rows that were there before the counting began prove that the table was, too. */
static bool
held_rows_all_along(const Catalog &catalog, const RelationEntry &table)
{
	return catalog.rows(table) > 0 || (catalog.rows(table) < 0 && catalog.bytes(table) > 0);
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
	if (static_cast<double>(age) < days * static_cast<double>(USECS_PER_DAY))
	{
		verdict.unknown("the table statistics cover %s, fewer than %s days", duration(age), number(days));
		return;
	}
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table) || !held_rows_all_along(catalog, table))
			continue;
		verdict.judged();
		Counters counters = catalog.counters(table);
		if (counters.scans > 0 || counters.written() > 0 || catalog.index_scans(table) > 0)
			continue;
		int64 bytes = catalog.bytes(table) + catalog.index_bytes(table);
		verdict.failed(table,
					   [bytes, age](Finding &finding)
					   {
						   finding.message(
							   "no read and no write in the %s that the statistics cover; %s (reads on a standby are "
							   "not counted here)",
							   duration(age), size(bytes));
						   finding.evidence("bytes", bytes);
						   finding.evidence("days", age / USECS_PER_DAY);
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
		"dumped, backed up and frozen. Judged by the statistics of this server once they are old enough, and only for tables "
		"that held rows before they began; what a yearly report or a standby reads is not seen.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
	.thresholds = {{"days", 30}},
	.judge = judge,
};

} // namespace dbeng
