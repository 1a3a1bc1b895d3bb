#include "activity/autovacuum.hpp"
#include "activity/leaves.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"

namespace dbeng {

namespace {
struct Behind
{
	const RelationEntry *table;
	double times; /* the larger share of its triggers */
	bool inserts; /* whether that is the one for inserted rows */
};
} // namespace

static void
describe(Finding &finding, std::span<const Behind> behind, const Behind &worst, const Autovacuum &settings,
		 int64 judged)
{
	constexpr std::size_t most_statements = 20;
	const RelationEntry &table = *worst.table;
	double trigger = worst.inserts ? settings.insert_trigger(table) : settings.vacuum_trigger(table);
	int64 waiting = worst.inserts ? table.counters->inserted_since_vacuum : table.counters->dead;
	finding.message("%s of %s tables are past twice their trigger; %s has %s %s and is due at %s, with %s workers",
					grouped(static_cast<int64>(behind.size())), grouped(judged), quoted(table.schema->name, table.name),
					grouped(waiting), worst.inserts ? "newly inserted rows" : "dead rows",
					grouped(static_cast<int64>(trigger)), setting("autovacuum_max_workers"));
	finding.evidence("tables", behind.size());
	finding.evidence("worst", quoted(table.schema->name, table.name));
	finding.evidence("rows_waiting", waiting);
	finding.evidence("trigger", trigger);
	finding.evidence("autovacuum_max_workers", setting_number("autovacuum_max_workers"));
	finding.evidence("autovacuum_vacuum_cost_limit", setting_number("autovacuum_vacuum_cost_limit"));
	if (behind.size() > most_statements)
		finding.fix("VACUUM");
	else
		for (const Behind &one : behind)
			finding.fix("VACUUM %s", quoted(one.table->schema->name, one.table->name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* Counters are this server's own; where autovacuum is off, that is the finding. */
	Autovacuum settings = autovacuum_settings();
	if (catalog.in_recovery || !settings.on)
		return;
	double rows = verdict.threshold("rows");
	double times = verdict.threshold("times");
	int64 grace = static_cast<int64>(verdict.threshold("minutes")) * USECS_PER_MINUTE;
	if (catalog.now - catalog.server_start < grace)
		return;

	Local<FlatSet<Oid>> running;
	each_row("SELECT relid FROM pg_stat_progress_vacuum WHERE relid IS NOT NULL",
			 [&running](const Row &row) { running->insert(static_cast<Oid>(row.integer(1))); });

	Local<Vector<Behind>> behind;
	int64 judged = 0;
	double weight = 0;
	Behind worst = {nullptr, 0, false};
	for (const RelationEntry &table : catalog.own_relations())
	{
		if (!table.stores_rows() || table.counters == nullptr || !autovacuum_enabled(table))
			continue;
		judged++;
		verdict.judged(1.0 + table.pages);
		double dead = static_cast<double>(table.counters->dead);
		double inserted = static_cast<double>(table.counters->inserted_since_vacuum);
		if (std::max(dead, inserted) <= rows || catalog.now - table.counters->last_vacuum < grace ||
			running->contains(table.oid))
			continue;
		double for_dead = dead > rows ? dead / settings.vacuum_trigger(table) : 0;
		double for_inserts = inserted > rows ? inserted / settings.insert_trigger(table) : 0;
		Behind one = {&table, std::max(for_dead, for_inserts), for_inserts > for_dead};
		if (one.times <= times)
			continue;
		behind->push_back(one);
		weight += 1.0 + table.pages;
		if (one.times > worst.times)
			worst = one;
	}
	if (behind->empty())
		return;
	std::span<const Behind> all = {behind->data(), behind->size()};
	verdict.failed("autovacuum",
				   [all, worst, settings, judged](Finding &finding)
				   { describe(finding, all, worst, settings, judged); },
				   {.weight = weight});
}

CHECK(mon_autovacuum_behind){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Autovacuum behind",
	.rationale =
		"Autovacuum takes a table up when its dead or newly inserted rows pass a trigger (threshold + scale factor times the "
		"rows, the table's own options first). Tables far past it mean that the workers are busy elsewhere, are "
		"throttled too much or are held up by locks. Judged are tables not vacuumed in the last ten minutes and not "
		"being vacuumed now.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.thresholds = {{"times", 2}, {"rows", 10000}, {"minutes", 10}},
	.judge = judge,
};

} // namespace dbeng
