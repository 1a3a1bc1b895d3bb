#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
/* What a DELETE in one table takes along. */
struct Reach
{
	int levels;
	int tables;
	int big_tables;
	double rows;
	const RelationEntry *deepest;
};
} // namespace

static bool
cascades(const ConstraintEntry &constraint)
{
	return constraint.type == CONSTRAINT_FOREIGN && constraint.on_delete == FKCONSTR_ACTION_CASCADE &&
		   constraint.table != nullptr && constraint.table != constraint.referenced && !constraint.table->partition &&
		   constraint.enforced;
}

/* Is the table itself emptied by a cascade from elsewhere? Then it is told of there. */
static bool
is_reached(const RelationEntry &table)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (cascades(*constraint))
			return true;
	return false;
}

static Reach
follow(const Catalog &catalog, const RelationEntry &root, double big_rows, Vector<int> &visit, int stamp)
{
	constexpr std::size_t most_tables = 1000;
	Reach reach = {};
	Local<Vector<const RelationEntry *>> queue;
	auto mark = [&](const RelationEntry &table) -> int &
	{ return visit[static_cast<std::size_t>(&table - catalog.relations.data())]; };

	queue->push_back(&root);
	mark(root) = stamp;
	std::size_t level_end = 1;
	for (std::size_t at = 0; at < queue->size() && queue->size() < most_tables; at++)
	{
		if (at == level_end)
		{
			reach.levels++;
			level_end = queue->size();
		}
		for (const ConstraintEntry *constraint : (*queue)[at]->referencing)
		{
			if (!cascades(*constraint) || mark(*constraint->table) == stamp)
				continue;
			const RelationEntry &table = *constraint->table;
			mark(table) = stamp;
			queue->push_back(&table);
			double rows = std::max(catalog.rows(table), 0.0);
			reach.rows += rows;
			reach.big_tables += rows >= big_rows;
			reach.deepest = &table;
		}
	}
	reach.tables = static_cast<int>(queue->size()) - 1;
	return reach;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double levels = verdict.threshold("levels");
	double big_tables = verdict.threshold("big_tables");
	double big_rows = verdict.threshold("rows");
	Local<Vector<int>> visit(catalog.relations.size(), 0);
	int stamp = 0;

	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (table.referencing.empty() || is_reached(table))
			continue;
		Reach reach = follow(catalog, table, big_rows, *visit, ++stamp);
		if (reach.tables == 0)
			continue;
		verdict.judged();
		bool deep = reach.levels >= levels;
		bool wide = reach.big_tables >= big_tables;
		if (!deep && !wide)
			continue;
		verdict.failed(table,
					   [reach](Finding &finding)
					   {
						   finding.message(
							   "deleting one row cascades through %d levels into %d tables with %s rows, down to %s",
							   reach.levels, reach.tables, grouped(static_cast<int64>(reach.rows)),
							   full_name(*reach.deepest));
						   finding.evidence("levels", reach.levels);
						   finding.evidence("tables", reach.tables);
						   finding.evidence("big_tables", reach.big_tables);
						   finding.evidence("rows", reach.rows);
					   },
					   {.rank = reach.rows,
						.severity = wide || reach.rows >= big_rows ? Severity::warning : Severity::notice,
						.escalate = true});
	}
}

CHECK(sch_fk_cascade_fanout){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "DELETE that cascades far",
	.rationale =
		"One DELETE then becomes a long transaction over many tables that locks, writes and may time out, and takes "
		"along more than anyone meant. Judged for tables at the top of ON DELETE CASCADE chains, by the number of "
		"levels and of big tables below.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html",
	.thresholds = {{"levels", 5}, {"big_tables", 5}, {"rows", 1000000}},
	.judge = judge,
};

} // namespace dbeng
