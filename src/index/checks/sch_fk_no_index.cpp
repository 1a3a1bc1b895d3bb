#include "catalog/naming.hpp"
#include "index/definition.hpp"
#include "index/foreign_key.hpp"
#include "index/observation.hpp"

namespace dbeng {

/* One that would do, were it valid. */
static const IndexEntry *
invalid_cover(const ConstraintEntry &foreign_key)
{
	for (const IndexEntry *index : foreign_key.table->indexes)
	{
		IndexEntry repaired = *index;
		repaired.valid = repaired.ready = repaired.live = true;
		if (!index->usable() && !index->partitioned && finds_by(repaired, foreign_key.columns))
			return index;
	}
	return nullptr;
}

/* Is there an older foreign key on the same columns, which is judged for both? */
static bool
is_repeated(const ConstraintEntry &foreign_key)
{
	for (const ConstraintEntry *other : foreign_key.table->constraints)
		if (other->type == CONSTRAINT_FOREIGN && other->oid < foreign_key.oid && other->parent == InvalidOid &&
			other->enforced &&
			std::is_permutation(other->columns.begin(), other->columns.end(), foreign_key.columns.begin(),
								foreign_key.columns.end()))
			return true;
	return false;
}

/* What is read for one deleted row; -1 not known. */
static double
rows_read(const Catalog &catalog, const RelationEntry &table)
{
	double rows = catalog.rows(table);
	if (rows >= 0)
		return rows;
	int64 live = catalog.counters(table).live;
	return live > 0 ? static_cast<double>(live) : -1;
}

static void
describe(const Catalog &catalog, const ConstraintEntry &foreign_key, const Counters &referenced, Finding &finding)
{
	const RelationEntry &table = *foreign_key.table;
	const char *columns = column_list(table, foreign_key.columns);
	const char *parent = full_name(*foreign_key.referenced);
	double rows = rows_read(catalog, table);
	const IndexEntry *invalid = invalid_cover(foreign_key);
	const char *unless = invalid == nullptr ? "" : format(" (%s would, but is invalid)", quoted(invalid->name));

	if (rows > 0)
		finding.message("no index covers (%s)%s: each delete in %s scans %s row%s", columns, unless, parent,
						grouped(llround(rows)), llround(rows) == 1 ? "" : "s");
	else
		finding.message("no index covers (%s)%s: each delete in %s scans all of %s", columns, unless, parent,
						quoted(table.name));

	finding.evidence("columns", columns);
	finding.evidence("referenced", parent);
	if (rows >= 0)
		finding.evidence("rows", llround(rows));
	finding.evidence("bytes", catalog.bytes(table));
	finding.evidence("referenced_deletes", referenced.deleted);
	finding.evidence("referenced_updates", referenced.updated);
	if (invalid != nullptr)
		finding.fix("REINDEX INDEX CONCURRENTLY %s", full_name(*invalid));
	else
		fix_create(finding, catalog, table, foreign_key.columns);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double small = verdict.threshold("small_pages");
	double days = verdict.threshold("days");
	bool long_watched = false;
	bool watch_known = false;

	for (const ConstraintEntry &foreign_key : catalog.own_constraints())
	{
		if (foreign_key.type != CONSTRAINT_FOREIGN || !foreign_key.enforced || foreign_key.referenced == nullptr ||
			foreign_key.columns.empty())
			continue;
		CHECK_FOR_INTERRUPTS();
		if (is_covered(foreign_key))
		{
			verdict.judged();
			continue;
		}
		if (is_repeated(foreign_key))
			continue;
		verdict.judged();

		if (!watch_known)
		{
			long_watched = static_cast<double>(days_between(catalog.counted_since, catalog.now)) >= days;
			watch_known = true;
		}
		const RelationEntry &table = *foreign_key.table;
		Counters referenced = catalog.counters(*foreign_key.referenced);
		/* Size counts only where it was measured: a new table is not known to stay small. */
		bool tiny = catalog.rows(table) >= 0 && static_cast<double>(catalog.bytes(table)) < small * BLCKSZ;
		bool never_touched =
			long_watched && referenced.inserted > 0 && referenced.deleted == 0 && referenced.updated == 0;
		double rank = std::max(rows_read(catalog, table), 0.0) * (1 + static_cast<double>(referenced.deleted));
		verdict.failed(foreign_key,
					   [&catalog, &foreign_key, referenced](Finding &finding)
					   { describe(catalog, foreign_key, referenced, finding); },
					   {.rank = rank, .severity = Severity::notice, .escalate = tiny || never_touched});
	}
}

CHECK(sch_fk_no_index){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Foreign key without an index",
	.rationale =
		"To delete a row, or to change its key, the server looks for rows that refer to it: without an index on the "
		"referencing columns that is a scan of the whole table, while the row is locked. Joins from the referenced "
		"side miss the index too. A notice where the table is known to be tiny, or where nothing was deleted or "
		"updated on the other side for a month.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
	.thresholds = {{"small_pages", 8}, {"days", 30}},
	.judge = judge,
};

} // namespace dbeng
