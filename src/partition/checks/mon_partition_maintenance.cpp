#include "catalog/naming.hpp"
#include "partition/managed.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
describe_failure(const RelationEntry &table, const ManagedSet &set, Finding &finding)
{
	finding.message("maintenance of its partitions failed%s: %s",
					set.failures > 1 ? format(", %d times in a row", set.failures) : "", set.last_error);
	finding.evidence("failures", set.failures);
	finding.fix("CALL dbeng.maintain_partitions(%s)", literal(full_name(table)));
}

static void
describe_delay(const RelationEntry &table, int64 late, Finding &finding)
{
	if (late >= 0)
	{
		finding.message("its partitions should have been looked after %s ago: no worker comes to it", duration(late));
		finding.evidence("late_seconds", late / USECS_PER_SEC);
	}
	else
		finding.message("its partitions have never been looked after, and no worker knows of it");
	finding.fix("CALL dbeng.maintain_partitions(%s)", literal(full_name(table)));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto most_late = static_cast<int64>(verdict.threshold("hours") * USECS_PER_HOUR);
	Local<Vector<ManagedSet>> sets;
	read_managed(*sets);
	for (const ManagedSet &set : *sets)
	{
		const RelationEntry *table = catalog.relation(set.settings.parent);
		const ManagedSet *found = &set;
		if (table == nullptr || !set.settings.enabled)
			continue;
		verdict.judged();
		/* Settings that were loaded without their trigger: nothing is noted of it at all. */
		bool unknown = set.next_due == 0;
		int64 late = unknown ? -1 : catalog.now - set.next_due;
		if (set.last_error != nullptr)
			verdict.failed(*table, [table, found](Finding &finding) { describe_failure(*table, *found, finding); },
						   {.rank = 1.0 + set.failures});
		else if (unknown || late > most_late)
			verdict.failed(*table, [table, late](Finding &finding) { describe_delay(*table, late, finding); });
	}
}

CHECK(mon_partition_maintenance){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Partitions that are not looked after any more",
	.rationale =
		"Partitions that are not made ahead are missing one day, and those past retention fill the disk. Judged for "
		"the sets of dbeng.manage_partitions(): the last run of their maintenance, and whether there was one at all.",
	.thresholds = {{"hours", 2}},
	.judge = judge,
};

} // namespace dbeng
