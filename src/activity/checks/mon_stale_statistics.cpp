#include "catalog/autovacuum.hpp"
#include "unit/leaves.hpp"

namespace dbeng {

static bool
analysed(const RelationEntry &table)
{
	if (table.counters != nullptr && table.counters->last_analyze != 0)
		return true;
	return std::any_of(table.columns.begin(), table.columns.end(),
					   [](const ColumnEntry &column) { return column.statistics != nullptr; });
}

static double
rows_of(const RelationEntry &table)
{
	double rows = table.counters == nullptr ? 0 : static_cast<double>(table.counters->live);
	return std::max(rows, static_cast<double>(table.tuples));
}

namespace {
struct Stale
{
	Autovacuum settings;
	double percent;
	double rows;

	double operator()(const RelationEntry &table) const
	{
		double all = rows_of(table);
		if (all < rows || table.columns.empty())
			return 0;
		if (!analysed(table))
			return 1000;
		if (table.counters == nullptr)
			return 0;
		/* Who told autovacuum to analyse this table later is taken at his word. */
		double limit = std::max({rows, all * percent / 100, 2 * settings.analyze_trigger(table)});
		return static_cast<double>(table.counters->modified_since_analyze) / limit;
	}
};
} // namespace

static void
describe_leaf(Finding &finding, const RelationEntry &table, const Leaves &leaves)
{
	const RelationEntry &worst = *leaves.worst;
	double rows = rows_of(worst);
	finding.evidence("rows", rows);
	if (!analysed(worst))
	{
		finding.message("%s%s rows, never analysed: the planner guesses", of_partitions(table, leaves),
						grouped(static_cast<int64>(rows)));
		return;
	}
	int64 modified = worst.counters->modified_since_analyze;
	finding.evidence("modified", modified);
	finding.message("%s%s rows changed since the last ANALYZE, %s %% of %s", of_partitions(table, leaves),
					grouped(modified), number(100 * static_cast<double>(modified) / rows, 0),
					grouped(static_cast<int64>(rows)));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Stale measure = {autovacuum_settings(), verdict.threshold("percent"), verdict.threshold("rows")};
	for (const RelationEntry &table : leaf_roots(catalog))
	{
		Leaves leaves = measure_leaves(table, measure);
		if (leaves.all == 0)
			continue;
		verdict.judged(leaves.pages);
		/* Autovacuum analyses partitions, never the table they are of. */
		if (table.kind == RELKIND_PARTITIONED_TABLE && !analysed(table) && catalog.rows(table) >= measure.rows)
			verdict.failed(
				table,
				[&table, &catalog](Finding &finding)
				{
					double rows = catalog.rows(table);
					finding.message(
						"%s rows in its partitions, never analysed as a whole: autovacuum analyses partitions "
						"only, plans over all of them are guesses",
						grouped(static_cast<int64>(rows)));
					finding.evidence("rows", rows);
					finding.fix("ANALYZE %s", quoted(table.schema->name, table.name));
				},
				{.weight = leaves.pages, .rank = leaves.pages});
		else if (leaves.failing > 0)
			verdict.failed(table,
						   [&table, leaves, measure](Finding &finding)
						   {
							   describe_leaf(finding, table, leaves);
							   fix_leaves(finding, table, leaves, "ANALYZE", measure);
						   },
						   {.weight = leaves.failing_pages, .rank = leaves.failing_pages});
	}
}

CHECK(mon_stale_statistics){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Missing or stale planner statistics",
	.rationale =
		"Plans are chosen by what ANALYZE saw. Without statistics, or with those of quite another table, joins and "
		"scans are picked by guesswork. Autovacuum analyses a table when a tenth of it has changed, but never a "
		"partitioned one as a whole.",
	.reference = "https://www.postgresql.org/docs/current/planner-stats.html",
	.thresholds = {{"percent", 20}, {"rows", 1000}},
	.judge = judge,
};

} // namespace dbeng
