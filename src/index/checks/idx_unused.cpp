#include "index/definition.hpp"
#include "index/unused.hpp"
#include "index/weight.hpp"

namespace dbeng {

static void
describe(const Catalog &catalog, const UnusedIndex &unused, int64 standbys, Finding &finding)
{
	const IndexEntry &index = *unused.index;
	int64 written = unused.stored ? stored_use(catalog, *index.table, unused.since).written()
								  : catalog.counters(*index.table).written();
	const char *remark = standbys_remark(standbys);

	finding.message("no scan in %s, %s, while %s rows were written%s%s", duration(unused.observed),
					size(catalog.bytes(index)), grouped(written), remark == nullptr ? "" : "; ",
					remark == nullptr ? "" : remark);
	finding.evidence("bytes", catalog.bytes(index));
	finding.evidence("scans", catalog.counters(index).scans);
	finding.evidence("observed_days", unused.observed / USECS_PER_DAY);
	finding.evidence("observed_from", timestamptz_to_str(unused.since));
	finding.evidence("source", unused.stored ? "snapshots" : "counters");
	finding.evidence("gap_hours", std::max<int64>(catalog.now - unused.since - unused.observed, 0) / USECS_PER_HOUR);
	finding.evidence("rows_written", written);
	finding.evidence("standbys", standbys);
	fix_drop(finding, index);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	UnusedIndexes unused(verdict.threshold("days"));
	find_unused(catalog, Scope::suspects, unused);
	if (unused.unknown != nullptr)
	{
		verdict.unknown("%s", unused.unknown);
		return;
	}
	for (double weight : *unused.judged)
		verdict.judged(weight);
	for (const UnusedIndex &entry : *unused.indexes)
	{
		double pages = index_weight(catalog, *entry.index);
		verdict.failed(*entry.index,
					   [&catalog, entry, standbys = unused.standbys](Finding &finding)
					   { describe(catalog, entry, standbys, finding); },
					   {.weight = pages, .rank = pages});
	}
}

CHECK(idx_unused){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Unused index",
	.rationale =
		"An index that no query has scanned for a month (dbeng.unused_after) costs space and a write for each row. "
		"Scans are summed over the partitions. Never accused are indexes that enforce or identify something, the only "
		"one that serves a foreign key, those on expressions, whose statistics the planner uses without scanning them, "
		"those beside which another one is redundant, those that a plan of the workload uses, those of tiny tables and "
		"of tables that nobody reads. Where the server's counters began anew lately, the snapshots of dbeng tell of the "
		"time before. Scans on standbys are not seen from the primary.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
	.thresholds = {{.name = "days", .number = 30, .setting = unused_after_days}},
	.judge = judge,
};

} // namespace dbeng
