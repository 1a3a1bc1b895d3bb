#include "catalog/autovacuum.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
describe(Finding &finding, const Backlog &backlog, const Autovacuum &settings)
{
	const Behind &worst = *backlog.worst;
	constexpr std::size_t most_statements = 20;
	const RelationEntry &table = *worst.table;
	double trigger = worst.inserts ? settings.insert_trigger(table) : settings.vacuum_trigger(table);
	int64 waiting = worst.inserts ? table.counters->inserted_since_vacuum : table.counters->dead;
	finding.message("%s of %s tables are past twice their trigger; %s has %s %s and is due at %s, with %s workers",
					grouped(static_cast<int64>(backlog.behind.size())),
					grouped(static_cast<int64>(backlog.judged.size())), quoted(table.schema->name, table.name),
					grouped(waiting), worst.inserts ? "newly inserted rows" : "dead rows",
					grouped(static_cast<int64>(trigger)), setting("autovacuum_max_workers"));
	finding.evidence("tables", backlog.behind.size());
	finding.evidence("worst", quoted(table.schema->name, table.name));
	finding.evidence("rows_waiting", waiting);
	finding.evidence("trigger", trigger);
	finding.evidence("autovacuum_max_workers", setting_number("autovacuum_max_workers"));
	finding.evidence("autovacuum_vacuum_cost_limit", setting_number("autovacuum_vacuum_cost_limit"));
	if (backlog.behind.size() > most_statements)
		finding.fix("VACUUM");
	else
		for (const Behind &one : backlog.behind)
			finding.fix("VACUUM %s", quoted(one.table->schema->name, one.table->name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* Where autovacuum is off, that is the finding. */
	Autovacuum settings = autovacuum_settings();
	Backlog backlog = autovacuum_backlog(catalog, settings,
										 {verdict.threshold("times"), verdict.threshold("rows"),
										  static_cast<int64>(verdict.threshold("minutes") * USECS_PER_MINUTE)});
	for (const RelationEntry *table : backlog.judged)
		verdict.judged(1.0 + table->pages);
	if (backlog.worst == nullptr)
		return;
	double weight = 0;
	for (const Behind &one : backlog.behind)
		weight += 1.0 + one.table->pages;
	verdict.failed("autovacuum", [backlog, settings](Finding &finding) { describe(finding, backlog, settings); },
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
