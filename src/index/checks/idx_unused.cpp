#include "core/query.hpp"
#include "index/definition.hpp"
#include "index/foreign_key.hpp"
#include "index/observation.hpp"
#include "index/redundancy.hpp"
#include "index/weight.hpp"

namespace dbeng {

static bool
never_scanned(const Catalog &catalog, const IndexEntry &index, int64 days)
{
	Counters counters = catalog.counters(index);
	return counters.scans == 0 ||
		   (days > 0 && counters.last_scan != 0 && days_between(counters.last_scan, catalog.now) >= days);
}

/*
 * Could it go if it is never scanned? Uniqueness works without scans, and the statistics that ANALYZE keeps for an
 * expression serve plans that do not use its index.
 */
static bool
lives_by_scans(const IndexEntry &index)
{
	return index.usable() && !index.unique && index.expressions == nullptr && expendable(index);
}

/* A seq scan of so few pages always wins: the index was never put to the test. */
static bool
too_small_to_tell(const Catalog &catalog, const RelationEntry &table)
{
	return catalog.rows(table) >= 0 ? known_tiny(catalog, table) : catalog.counters(table).live < 100;
}

/* Rows of streaming servers, not of decoding ones nor of base backups. */
static int64
connected_standbys()
{
	int64 standbys = 0;
	each_row("SELECT count(*) FROM pg_stat_get_wal_senders() w LEFT JOIN pg_replication_slots s ON s.active_pid = w.pid"
			 " WHERE s.slot_type IS DISTINCT FROM 'logical' AND w.state IS DISTINCT FROM 'backup'",
			 [&standbys](const Row &row) { standbys = row.integer(1); });
	return standbys;
}

namespace {
struct Unused
{
	const Catalog *catalog;
	const IndexEntry *index;
	TimestampTz since;
	int64 standbys;
};
} // namespace

static void
describe(const Unused &unused, Finding &finding)
{
	const Catalog &catalog = *unused.catalog;
	const IndexEntry &index = *unused.index;
	Counters counters = catalog.counters(index);
	Counters table = catalog.counters(*index.table);
	TimestampTz since = counters.scans > 0 ? counters.last_scan : unused.since;
	const char *standbys = unused.standbys == 0
							   ? ""
							   : format("; scans on the %s connected standby%s are not counted here: look there first",
										grouped(unused.standbys), unused.standbys == 1 ? "" : "s");

	finding.message("no scan in %s, %s, while %s rows were written%s", duration(catalog.now - since),
					size(catalog.bytes(index)), grouped(table.written()), standbys);
	finding.evidence("bytes", catalog.bytes(index));
	finding.evidence("scans", counters.scans);
	finding.evidence("observed_days", days_between(since, catalog.now));
	finding.evidence("rows_written", table.written());
	finding.evidence("standbys", unused.standbys);
	fix_drop(finding, index);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto days = static_cast<int64>(verdict.threshold("days"));
	TimestampTz since = 0;
	int64 standbys = 0;

	for (const RelationEntry &table : catalog.own_relations())
	{
		if (table.partition || table.indexes.empty() || too_small_to_tell(catalog, table))
			continue;
		/* What nobody reads at all is an unused table. */
		if (catalog.counters(table).scans == 0 && catalog.index_scans(table) == 0)
			continue;
		for (const IndexEntry *index : table.indexes)
		{
			if (!lives_by_scans(*index))
				continue;
			if (since == 0)
			{
				if (catalog.in_recovery)
				{
					verdict.unknown("this is a standby: scans on the primary are not counted here");
					return;
				}
				since = catalog.counted_since;
				if (days_between(since, catalog.now) < days)
				{
					verdict.unknown("scans have been counted for %s only, it takes %s days to call an index unused",
									duration(catalog.now - since), grouped(days));
					return;
				}
				standbys = connected_standbys();
			}
			double pages = index_weight(catalog, *index);
			verdict.judged(pages);
			auto may_go = [&](const IndexEntry &other)
			{ return lives_by_scans(other) && never_scanned(catalog, other, days); };
			if (!may_go(*index) || sole_cover_of_foreign_key(*index, may_go))
				continue;
			/* One built meanwhile has had less time. */
			CHECK_FOR_INTERRUPTS();
			TimestampTz built = index->partitioned ? 0 : built_at(*index);
			for (const IndexEntry *part = index->first_child; part != nullptr; part = part->next_sibling)
				built = std::max(built, part->partitioned ? 0 : built_at(*part));
			if (built == 0 ? catalog.database.stats_reset == 0 : days_between(built, catalog.now) < days)
				continue;
			verdict.failed(*index,
						   [unused = Unused{&catalog, index, std::max(since, built), standbys}](Finding &finding)
						   { describe(unused, finding); },
						   {.weight = pages, .rank = pages});
		}
	}
}

CHECK(idx_unused){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Unused index",
	.rationale =
		"An index that no query has scanned for a month costs space and a write for each row. Scans are summed over "
		"the partitions. Never accused are indexes that enforce or identify something, the only one that serves a "
		"foreign key, those on expressions, whose statistics the planner uses without scanning them, those of tiny "
		"tables and of tables that nobody reads. Scans on standbys are not seen from the primary.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
	.thresholds = {{"days", 30}},
	.judge = judge,
};

} // namespace dbeng
