#include "catalog/naming.hpp"
#include "partition/managed.hpp"
#include "partition/time_ranges.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Known to be there: by the statistics, or counted since. */
static double
rows_in(const Catalog &catalog, const RelationEntry &table)
{
	return std::max(catalog.rows(table), static_cast<double>(catalog.counters(table).live));
}

/* What its newest partition is long, a month where there is none; NULL: who knows. */
static const char *
usual_step(const Catalog &catalog, const RelationEntry &table)
{
	TimeRanges set;
	TimeStep step;
	if (!set.read(catalog, table, nullptr))
		return nullptr;
	if (set.ranges().empty())
		return "1 month";
	if (!set.step(set.ranges().back(), &step))
		return nullptr;
	if (step.months > 0)
		return format("%d month%s", step.months, step.months == 1 ? "" : "s");
	int64 hours = step.microseconds / USECS_PER_HOUR;
	if (hours % HOURS_PER_DAY == 0)
		return format(INT64_FORMAT " day%s", hours / HOURS_PER_DAY, hours == HOURS_PER_DAY ? "" : "s");
	return format(INT64_FORMAT " hour%s", hours, hours == 1 ? "" : "s");
}

static void
propose(const Catalog &catalog, const RelationEntry &table, bool managed, Finding &finding)
{
	const char *step = managed ? nullptr : usual_step(catalog, table);
	if (step != nullptr)
		finding.fix("SELECT dbeng.manage_partitions(%s, %s, with_default => true)", literal(full_name(table)),
					literal(step));
	if (managed || step != nullptr)
		finding.fix("CALL dbeng.drain_default(%s)", literal(full_name(table)));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double most_pct = verdict.threshold("list_pct");
	Local<Vector<ManagedSet>> sets;
	read_managed(*sets);

	for (const RelationEntry &table : catalog.tables_and_partitions())
	{
		const RelationEntry *rest =
			table.partition_key != nullptr ? catalog.relation(table.partition_key->default_partition) : nullptr;
		if (rest == nullptr)
			continue;
		verdict.judged();
		double rows = rows_in(catalog, *rest);
		double all = std::max(rows_in(catalog, table), rows);
		bool by_range = table.partition_key->strategy == PARTITION_STRATEGY_RANGE;
		/* Of a list the default is where the many small ones belong. */
		if (rows <= 0 || (!by_range && rows * 100 < most_pct * all))
			continue;
		bool managed = find_managed(*sets, table.oid) != nullptr;
		verdict.failed(table,
					   [&catalog, &table, rest, rows, all, managed](Finding &finding)
					   {
						   finding.message("%s of %s rows are in the default partition %s",
										   grouped(static_cast<int64>(rows)), grouped(static_cast<int64>(all)),
										   full_name(*rest));
						   finding.evidence("default_partition", full_name(*rest));
						   finding.evidence("rows", rows);
						   finding.evidence("all_rows", all);
						   propose(catalog, table, managed, finding);
					   },
					   {.rank = rows, .severity = by_range ? Severity::warning : Severity::notice, .escalate = true});
	}
}

CHECK(sch_partition_default_filled){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Rows in the default partition",
	.rationale =
		"Rows that fell through are in no one's partition: retention and pruning pass them by, and a partition for "
		"their range cannot be attached until they are moved. Judged for tables with "
		" a default partition; of a list only where it holds most of the rows.",
	.reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html",
	.thresholds = {{"list_pct", 50}},
	.judge = judge,
};

} // namespace dbeng
