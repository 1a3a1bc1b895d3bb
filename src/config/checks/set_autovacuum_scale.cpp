#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* The share that makes a million dead rows, to one digit. */
static double
better_scale(double rows)
{
	double scale = 1e6 / rows;
	double digit = std::pow(10, std::floor(std::log10(scale)));
	return std::floor(scale / digit) * digit;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double usual = setting_number("autovacuum_vacuum_scale_factor");
	double most = setting_number("autovacuum_vacuum_max_threshold");
	double rows = verdict.threshold("rows");
	double dead = verdict.threshold("dead_rows");
	for (const RelationEntry &table : catalog.tables_and_partitions())
	{
		if (!table.stores_rows() || table.tuples < rows || table.counters == nullptr)
			continue;
		/* What is only inserted into has no dead rows. */
		if (table.counters->updated + table.counters->deleted == 0)
			continue;
		verdict.judged();
		if (array_setting(table.options, "autovacuum_vacuum_scale_factor") != nullptr ||
			array_setting(table.options, "autovacuum_vacuum_max_threshold") != nullptr)
			continue;
		double trigger = usual * static_cast<double>(table.tuples);
		if (most >= 0)
			trigger = std::min(trigger, most);
		if (trigger <= dead)
			continue;
		verdict.failed(table,
					   [&table, trigger, usual](Finding &finding)
					   {
						   finding.message("autovacuum waits for %s dead rows (%s %% of %s)",
										   grouped(static_cast<int64>(trigger)), number(usual * 100),
										   grouped(static_cast<int64>(table.tuples)));
						   finding.evidence("rows", static_cast<double>(table.tuples));
						   finding.evidence("trigger", trigger);
						   finding.evidence("dead", table.counters->dead);
						   finding.fix("ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = %s)",
									   quoted(table.schema->name, table.name), number(better_scale(table.tuples), 6));
					   },
					   {.rank = trigger});
	}
}

CHECK(set_autovacuum_scale){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Large table vacuumed too seldom",
	.rationale =
		"By default autovacuum waits until a fifth of the rows are dead: in a table of 100 million rows, 20 million. "
		"Each such VACUUM is long and the bloat large; a smaller share makes them frequent and short. Judged for "
		"tables of more than 10 million rows that are updated or deleted from.",
	.reference = "https://www.postgresql.org/docs/current/routine-vacuuming.html",
	.thresholds = {{"rows", 10000000}, {"dead_rows", 2000000}},
	.judge = judge,
};

} // namespace dbeng
