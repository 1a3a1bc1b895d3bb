#include "index/missing.hpp"

#include "catalog/workload.hpp"
#include "core/parse.hpp"
#include "index/table_advice.hpp"
#include "snapshot/window.hpp"

namespace dbeng {

namespace {
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

void
find_missing(const Catalog &catalog, const MissingLimits &limits, Vector<MissingIndex> &found, Vector<double> &judged)
{
	Local<Vector<const RelationEntry *>> tables;
	for (const RelationEntry &table : catalog.own_relations())
		if (!table.partition && (table.is_table() || table.kind == RELKIND_MATVIEW) &&
			static_cast<double>(catalog.bytes(table)) >= limits.pages * BLCKSZ)
			tables->push_back(&table);
	LastDays last;
	read_last_days(catalog, limits.days, {tables->data(), tables->size()}, last);
	auto all_blocks =
		static_cast<double>(last.observed > 0 ? window(catalog).database_blocks(last.from)
											  : catalog.database.blocks_read + catalog.database.blocks_hit);

	for (const RelationEntry *table : *tables)
	{
		CHECK_FOR_INTERRUPTS();
		SequentialScans sequential;
		add(*table, last, sequential);
		judged.push_back(1 + static_cast<double>(sequential.rows) + static_cast<double>(sequential.rows_fetched));
		if (sequential.scans == 0)
			continue;
		double rows_per_scan = static_cast<double>(sequential.rows) / static_cast<double>(sequential.scans);
		double share = all_blocks <= 0 ? 0 : std::min(100.0, 100 * sequential.blocks / all_blocks);
		if (static_cast<double>(sequential.scans) > limits.scans && rows_per_scan > limits.rows_per_scan &&
			share >= limits.share_pct)
			found.push_back({table, sequential, judged.back(), rows_per_scan, share, last.observed,
							 last.observed > 0 ? last.from : catalog.counted_since});
	}
}

void
describe_missing(const Catalog &catalog, const MissingIndex &missing, Finding &finding)
{
	bool stored = missing.observed > 0;
	finding.message("%s sequential scans read %s rows each%s, %s %% of the database's block reads; %s index scans",
					grouped(missing.sequential.scans), grouped(llround(missing.rows_per_scan)),
					stored ? format(" in %s", duration(missing.observed)) : "",
					number(missing.share_pct, missing.share_pct < 10 ? 1 : 0), grouped(missing.sequential.index_scans));
	finding.evidence("sequential_scans", missing.sequential.scans);
	finding.evidence("rows_per_scan", llround(missing.rows_per_scan));
	finding.evidence("index_scans", missing.sequential.index_scans);
	finding.evidence("block_share_pct", missing.share_pct);
	finding.evidence("bytes", catalog.bytes(*missing.table));
	finding.evidence("observed_from", timestamptz_to_str(missing.from));
	finding.evidence("source", stored ? "snapshots" : "counters");
	fix_by_workload(finding, catalog, *missing.table);
}

int64
statements_reading(const Catalog &catalog, const RelationEntry &table)
{
	const Workload &load = workload(catalog);
	if (load.missing != nullptr)
		return -1;
	int64 count = 0;
	for (const StatementEntry &statement : load.statements)
	{
		CHECK_FOR_INTERRUPTS();
		count += statement.application && any_raw_node(statement.parsed->stmt,
													   [&](Node *node)
													   {
														   if (!IsA(node, RangeVar))
															   return false;
														   const RelationEntry *relation =
															   resolve(catalog, statement, *castNode(RangeVar, node));
														   return relation != nullptr && relation->root == &table;
													   });
	}
	return count;
}

} // namespace dbeng
