#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "schema/columns.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Its name says that nobody would miss the rows. */
static bool
is_expendable(const RelationEntry &table)
{
	static constexpr const char *words[] = {
		"cache",   "cached", "caches",	"session", "sessions", "tmp",	  "temp",
		"staging", "stage",	 "scratch", "buffer",  "import",   "imports",
	};

	return Words(table.name).has_any(words);
}

static bool
has_rows(const RelationEntry &table)
{
	return table.tuples > 0 || (table.counters != nullptr && table.counters->live > 0);
}

/* SET LOGGED is refused while a foreign key leads to or comes from a table that stays unlogged. */
static bool
can_be_logged(const RelationEntry &table)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->referenced != nullptr && constraint->referenced != &table &&
			constraint->referenced->persistence == RELPERSISTENCE_UNLOGGED)
			return false;
	return true;
}

namespace {
struct Unlogged
{
	const RelationEntry *first;
	int tables;
	double rows;
};
} // namespace

static double
rows_of(const RelationEntry &table)
{
	double counted = table.counters != nullptr ? static_cast<double>(table.counters->live) : 0;

	return std::max(static_cast<double>(table.tuples), counted);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<FlatMap<const RelationEntry *, Unlogged>> partitions;

	for (const RelationEntry &table : catalog.tables_and_partitions())
	{
		if (table.kind != RELKIND_RELATION)
			continue;
		if (!table.partition)
			verdict.judged();
		if (table.persistence != RELPERSISTENCE_UNLOGGED || is_expendable(table) || !has_rows(table))
			continue;
		if (table.partition)
		{
			Unlogged &of_root = (*partitions)[table.root];
			if (of_root.first == nullptr)
				of_root.first = &table;
			of_root.tables++;
			of_root.rows += rows_of(table);
			continue;
		}
		verdict.failed(table,
					   [&catalog, &table](Finding &finding)
					   {
						   double rows = rows_of(table);
						   finding.message("unlogged: its %s rows are gone after a crash and on no standby",
										   grouped(static_cast<int64>(rows)));
						   finding.evidence("rows", rows);
						   if (can_be_logged(table) && quick_to_rewrite(catalog, table))
							   finding.fix("ALTER TABLE %s SET LOGGED", full_name(table));
					   },
					   {.rank = rows_of(table)});
	}
	for (const auto &[root, unlogged] : *partitions)
	{
		verdict.judged();
		verdict.failed(*root,
					   [&catalog, of_root = unlogged](Finding &finding)
					   {
						   finding.message("%d unlogged partition%s, %s rows: gone after a crash and on no standby",
										   of_root.tables, of_root.tables == 1 ? "" : "s",
										   grouped(static_cast<int64>(of_root.rows)));
						   finding.evidence("partitions", of_root.tables);
						   finding.evidence("rows", of_root.rows);
						   if (of_root.tables == 1 && quick_to_rewrite(catalog, *of_root.first))
							   finding.fix("ALTER TABLE %s SET LOGGED", full_name(*of_root.first));
					   },
					   {.rank = unlogged.rows});
	}
}

CHECK(sch_unlogged){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Unlogged table with rows",
	.rationale =
		"An unlogged table is emptied after a crash, is on no standby and in no base backup. That is right for what can "
		"be made again. Judged for tables with rows, unless their name says cache, session, staging or the like.",
	.reference = "https://www.postgresql.org/docs/current/sql-createtable.html",
	.judge = judge,
};

} // namespace dbeng
