#include "catalog/naming.hpp"
#include "index/definition.hpp"
#include "snapshot/window.hpp"

namespace dbeng {

namespace {
struct SequentialScans
{
	int64 scans = 0; /* of a partitioned table: of its most scanned partition */
	int64 rows = 0;
	int64 rows_fetched = 0; /* through indexes */
	int64 index_scans = 0;
	double blocks = 0;
};

/* The last days as snapshots saw them. */
struct LastDays
{
	int64 observed = 0; /* 0: not long or not lately enough to go by */
	TimestampTz from = 0;
	Local<Vector<Watched>> watched;
	Local<Vector<RelationUse>> uses;

	RelationUse of(Oid relation) const
	{
		const Watched *found = find_watched(*watched, relation);
		return found == nullptr ? RelationUse{} : (*uses)[static_cast<std::size_t>(found - watched->data())];
	}
};
} // namespace

static void
add_leaves(const RelationEntry &table, Vector<Oid> &leaves)
{
	if (table.stores_rows())
		leaves.push_back(table.oid);
	for (const IndexEntry *index : table.indexes)
		if (!index->partitioned)
			leaves.push_back(index->oid);
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			add_leaves(*partition, leaves);
}

/* Reads what happened lately to some tables and their indexes, if snapshots tell at least of a day until now. */
static void
read_last_days(const Catalog &catalog, double days, std::span<const RelationEntry *const> tables, LastDays &last)
{
	if (days <= 0 || tables.empty())
		return;
	const Window &stored = window(catalog);
	if (!stored.known() || catalog.now - stored.until >= USECS_PER_DAY)
		return;
	TimestampTz from = stored.start(static_cast<int64>(days * USECS_PER_DAY));
	if (stored.observed(from) < USECS_PER_DAY)
		return;
	last.from = from;
	last.observed = stored.observed(from);
	Local<Vector<Oid>> leaves;
	for (const RelationEntry *table : tables)
		add_leaves(*table, *leaves);
	Window::watch({leaves->data(), leaves->size()}, *last.watched);
	stored.add_up(*last.watched, from, *last.uses);
}

/* One scan of a partitioned table counts in each of its partitions. */
static void
add(const RelationEntry &table, const LastDays &last, SequentialScans &sum)
{
	if (table.kind == RELKIND_PARTITIONED_TABLE)
	{
		for (const RelationEntry *partition : table.children)
			add(*partition, last, sum);
		return;
	}
	RelationUse use = {};
	if (last.observed > 0)
		use = last.of(table.oid);
	else if (const Counters *counters = table.counters)
		use = {.scans = counters->scans,
			   .rows_read = counters->rows_read,
			   .rows_fetched = counters->rows_fetched,
			   .inserted = 0,
			   .updated = 0,
			   .deleted = 0,
			   .blocks = counters->blocks_fetched};
	sum.rows_fetched += use.rows_fetched;
	for (const IndexEntry *index : table.indexes)
		sum.index_scans += last.observed > 0			? last.of(index->oid).scans
						   : index->counters != nullptr ? index->counters->scans
														: 0;
	if (use.scans == 0)
		return;
	sum.scans = std::max(sum.scans, use.scans);
	sum.rows += use.rows_read;
	/* A scan with a LIMIT stops early, hence by rows. */
	double rows = std::max(static_cast<double>(table.tuples), 1.0);
	double blocks = static_cast<double>(use.rows_read) / rows * table.pages;
	sum.blocks += std::min(blocks, static_cast<double>(use.blocks));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double least_scans = verdict.threshold("scans");
	double least_rows = verdict.threshold("rows_per_scan");
	double least_pages = verdict.threshold("pages");
	double least_share = verdict.threshold("share_pct");

	Local<Vector<const RelationEntry *>> tables;
	for (const RelationEntry &table : catalog.own_relations())
		if (!table.partition && (table.is_table() || table.kind == RELKIND_MATVIEW) &&
			static_cast<double>(catalog.bytes(table)) >= least_pages * BLCKSZ)
			tables->push_back(&table);
	LastDays last;
	read_last_days(catalog, verdict.threshold("days"), {tables->data(), tables->size()}, last);
	auto all_blocks =
		static_cast<double>(last.observed > 0 ? window(catalog).database_blocks(last.from)
											  : catalog.database.blocks_read + catalog.database.blocks_hit);

	for (const RelationEntry *table : *tables)
	{
		SequentialScans sequential;
		add(*table, last, sequential);
		double weight = 1 + static_cast<double>(sequential.rows) + static_cast<double>(sequential.rows_fetched);
		verdict.judged(weight);

		if (sequential.scans == 0)
			continue;
		double rows_per_scan = static_cast<double>(sequential.rows) / static_cast<double>(sequential.scans);
		double share = all_blocks <= 0 ? 0 : std::min(100.0, 100 * sequential.blocks / all_blocks);
		if (static_cast<double>(sequential.scans) > least_scans && rows_per_scan > least_rows && share >= least_share)
			verdict.failed(*table,
						   [&catalog, table, sequential, rows_per_scan, share, observed = last.observed,
							from = last.from](Finding &finding)
						   {
							   bool stored = observed > 0;
							   finding.message("%s sequential scans read %s rows each%s, %s %% of the database's block "
											   "reads; %s index scans",
											   grouped(sequential.scans), grouped(llround(rows_per_scan)),
											   stored ? format(" in %s", duration(observed)) : "",
											   number(share, share < 10 ? 1 : 0), grouped(sequential.index_scans));
							   finding.evidence("sequential_scans", sequential.scans);
							   finding.evidence("rows_per_scan", llround(rows_per_scan));
							   finding.evidence("index_scans", sequential.index_scans);
							   finding.evidence("block_share_pct", share);
							   finding.evidence("bytes", catalog.bytes(*table));
							   finding.evidence("observed_from",
												timestamptz_to_str(stored ? from : catalog.counted_since));
							   finding.evidence("source", stored ? "snapshots" : "counters");
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
		"report does not count: of the last week where snapshots tell of a day at least, else since the server's "
		"counters began.",
	.reference = "https://www.postgresql.org/docs/current/indexes-examine.html",
	.thresholds = {{"scans", 100}, {"rows_per_scan", 10000}, {"pages", 1000}, {"share_pct", 1}, {"days", 7}},
	.judge = judge,
};

} // namespace dbeng
