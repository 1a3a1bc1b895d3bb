#include "core/query.hpp"
#include "index/definition.hpp"
#include "index/foreign_key.hpp"
#include "index/observation.hpp"
#include "index/redundancy.hpp"
#include "index/weight.hpp"
#include "snapshot/window.hpp"

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
	int64 observed; /* microseconds since then; fewer where the watch had gaps */
	int64 standbys;
	bool stored; /* by the snapshots, not by the counters */
};
} // namespace

static void
describe(const Unused &unused, Finding &finding)
{
	const Catalog &catalog = *unused.catalog;
	const IndexEntry &index = *unused.index;
	int64 written = unused.stored ? stored_use(catalog, *index.table, unused.since).written()
								  : catalog.counters(*index.table).written();
	const char *standbys = unused.standbys == 0
							   ? ""
							   : format("; scans on the %s connected standby%s are not counted here: look there first",
										grouped(unused.standbys), unused.standbys == 1 ? "" : "s");

	finding.message("no scan in %s, %s, while %s rows were written%s", duration(unused.observed),
					size(catalog.bytes(index)), grouped(written), standbys);
	finding.evidence("bytes", catalog.bytes(index));
	finding.evidence("scans", catalog.counters(index).scans);
	finding.evidence("observed_days", unused.observed / USECS_PER_DAY);
	finding.evidence("observed_from", timestamptz_to_str(unused.since));
	finding.evidence("source", unused.stored ? "snapshots" : "counters");
	finding.evidence("gap_hours", std::max<int64>(catalog.now - unused.since - unused.observed, 0) / USECS_PER_HOUR);
	finding.evidence("rows_written", written);
	finding.evidence("standbys", unused.standbys);
	fix_drop(finding, index);
}

/* Since when the counters have told of an index; 0: for too short a time, one built meanwhile has had less. */
static TimestampTz
counted_since(const Catalog &catalog, const IndexEntry &index, int64 days)
{
	TimestampTz built = index.partitioned ? 0 : built_at(index);
	for (const IndexEntry *part = index.first_child; part != nullptr; part = part->next_sibling)
		built = std::max(built, part->partitioned ? 0 : built_at(*part));
	if (built == 0 ? catalog.database.stats_reset == 0 : days_between(built, catalog.now) < days)
		return 0;
	Counters counters = catalog.counters(index);
	return counters.scans > 0 ? counters.last_scan : std::max(catalog.counted_since, built);
}

/* Tables whose indexes can be told anything of. */
static bool
in_question(const Catalog &catalog, const RelationEntry &table)
{
	return !table.partition && !too_small_to_tell(catalog, table) &&
		   std::any_of(table.indexes.begin(), table.indexes.end(),
					   [](const IndexEntry *index) { return lives_by_scans(*index); });
}

static bool
read_as_counted(const Catalog &catalog, const RelationEntry &table)
{
	return catalog.counters(table).scans > 0 || catalog.index_scans(table) > 0;
}

/* Whether snapshots know a use of what the counters know none of. */
static void
ask_snapshots(const Catalog &catalog, StoredUse &stored, int64 days)
{
	for (const RelationEntry &table : catalog.own_relations())
	{
		if (!in_question(catalog, table))
			continue;
		if (!read_as_counted(catalog, table))
			stored.add(table);
		else
			for (const IndexEntry *index : table.indexes)
				if (lives_by_scans(*index) && never_scanned(catalog, *index, days))
					stored.add(*index);
	}
	stored.ask();
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto days = static_cast<int64>(verdict.threshold("days"));
	bool counted = days_between(catalog.counted_since, catalog.now) >= days;
	StoredUse *stored = nullptr; /* where the counters are too young */
	bool begun = false;
	int64 standbys = 0;

	for (const RelationEntry &table : catalog.own_relations())
	{
		if (!in_question(catalog, table))
			continue;
		bool read = read_as_counted(catalog, table);
		if (!begun && (read || !counted))
		{
			if (catalog.in_recovery)
			{
				verdict.unknown("this is a standby: scans on the primary are not counted here");
				return;
			}
			begun = true;
			if (!counted)
			{
				stored = ::new (palloc(sizeof(StoredUse))) StoredUse(catalog, days * USECS_PER_DAY);
				if (stored->enough())
					ask_snapshots(catalog, *stored, days);
			}
			standbys = connected_standbys();
		}
		bool enough = counted || stored->enough();
		/* What nobody reads at all is an unused table. */
		if (!read && (counted || !enough || !stored->scanned(table)))
			continue;
		if (!enough)
		{
			verdict.unknown("scans have been counted for %s only, it takes %s days to call an index unused",
							duration(std::max(catalog.counted_for(), stored->observed())), grouped(days));
			return;
		}
		auto may_go = [&](const IndexEntry &other) {
			return lives_by_scans(other) && never_scanned(catalog, other, days) && (counted || !stored->scanned(other));
		};
		for (const IndexEntry *index : table.indexes)
		{
			if (!lives_by_scans(*index))
				continue;
			double pages = index_weight(catalog, *index);
			verdict.judged(pages);
			if (!may_go(*index) || sole_cover_of_foreign_key(*index, may_go))
				continue;
			CHECK_FOR_INTERRUPTS();
			TimestampTz since = counted ? counted_since(catalog, *index, days) : stored->since(*index);
			if (counted ? since == 0 : !stored->enough(since))
				continue;
			int64 observed = counted ? catalog.now - since : stored->observed(since);
			verdict.failed(*index,
						   [unused = Unused{&catalog, index, since, observed, standbys, !counted}](Finding &finding)
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
		"tables and of tables that nobody reads. Where the server's counters began anew lately, the snapshots of dbeng "
		"tell of the time before. Scans on standbys are not seen from the primary.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
	.thresholds = {{"days", 30}},
	.judge = judge,
};

} // namespace dbeng
