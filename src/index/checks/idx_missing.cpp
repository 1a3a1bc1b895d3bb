#include "catalog/naming.hpp"
#include "index/definition.hpp"

namespace dbeng {

namespace {
struct SequentialScans
{
	int64 scans = 0; /* of a partitioned table: of its most scanned partition */
	int64 rows = 0;
	double blocks = 0;
};
} // namespace

/* One scan of a partitioned table counts in each of its partitions. */
static void
add(const RelationEntry &table, SequentialScans &sum)
{
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			add(*partition, sum);
	else if (table.counters != nullptr && table.counters->scans > 0)
	{
		sum.scans = std::max(sum.scans, table.counters->scans);
		sum.rows += table.counters->rows_read;
		/* A scan with a LIMIT stops early, hence by rows. */
		double rows = std::max(static_cast<double>(table.tuples), 1.0);
		double blocks = static_cast<double>(table.counters->rows_read) / rows * table.pages;
		sum.blocks += std::min(blocks, static_cast<double>(table.counters->blocks_fetched));
	}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double least_scans = verdict.threshold("scans");
	double least_rows = verdict.threshold("rows_per_scan");
	double least_pages = verdict.threshold("pages");
	double least_share = verdict.threshold("share_pct");
	double all_blocks = static_cast<double>(catalog.database.blocks_read + catalog.database.blocks_hit);

	for (const RelationEntry &table : catalog.own_relations())
	{
		if (table.partition || (!table.is_table() && table.kind != RELKIND_MATVIEW) ||
			static_cast<double>(catalog.bytes(table)) < least_pages * BLCKSZ)
			continue;
		SequentialScans sequential;
		add(table, sequential);
		double weight =
			1 + static_cast<double>(sequential.rows) + static_cast<double>(catalog.counters(table).rows_fetched);
		verdict.judged(weight);

		if (sequential.scans == 0)
			continue;
		double rows_per_scan = static_cast<double>(sequential.rows) / static_cast<double>(sequential.scans);
		double share = all_blocks <= 0 ? 0 : std::min(100.0, 100 * sequential.blocks / all_blocks);
		if (static_cast<double>(sequential.scans) > least_scans && rows_per_scan > least_rows && share >= least_share)
			verdict.failed(table,
						   [&catalog, &table, sequential, rows_per_scan, share](Finding &finding)
						   {
							   int64 index_scans = catalog.index_scans(table);
							   finding.message("%s sequential scans read %s rows each, %s %% of the database's block "
											   "reads; %s index scans",
											   grouped(sequential.scans), grouped(llround(rows_per_scan)),
											   number(share, share < 10 ? 1 : 0), grouped(index_scans));
							   finding.evidence("sequential_scans", sequential.scans);
							   finding.evidence("rows_per_scan", llround(rows_per_scan));
							   finding.evidence("index_scans", index_scans);
							   finding.evidence("block_share_pct", share);
							   finding.evidence("bytes", catalog.bytes(table));
						   },
						   {.weight = weight, .rank = sequential.blocks});
	}
}

CHECK(idx_missing){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Large table read by sequential scans",
	.rationale =
		"A large table that is read from end to end again and again lacks an index for some condition. Judged by "
		"the number of scans, the rows each reads and the share of all block reads, so that a nightly export or a "
		"report does not count.",
	.reference = "https://www.postgresql.org/docs/current/indexes-examine.html",
	.thresholds = {{"scans", 100}, {"rows_per_scan", 10000}, {"pages", 1000}, {"share_pct", 1}},
	.judge = judge,
};

} // namespace dbeng
