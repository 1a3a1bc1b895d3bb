#include "index/unindexed_key.hpp"

#include "catalog/naming.hpp"
#include "index/definition.hpp"
#include "index/foreign_key.hpp"

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

double
rows_scanned(const Catalog &catalog, const RelationEntry &table)
{
	double rows = catalog.rows(table);
	if (rows >= 0)
		return rows;
	int64 live = catalog.counters(table).live;
	return live > 0 ? static_cast<double>(live) : -1;
}

void
describe_unindexed(const Catalog &catalog, const ConstraintEntry &foreign_key, Finding &finding)
{
	Counters referenced = catalog.counters(*foreign_key.referenced);
	const RelationEntry &table = *foreign_key.table;
	const char *columns = column_list(table, foreign_key.columns);
	const char *parent = full_name(*foreign_key.referenced);
	double rows = rows_scanned(catalog, table);
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

void
find_unindexed(const Catalog &catalog, Vector<const ConstraintEntry *> &found, int64 &judged)
{
	for (const ConstraintEntry &foreign_key : catalog.own_constraints())
	{
		if (foreign_key.type != CONSTRAINT_FOREIGN || !foreign_key.enforced || foreign_key.referenced == nullptr ||
			foreign_key.columns.empty())
			continue;
		CHECK_FOR_INTERRUPTS();
		bool covered = is_covered(foreign_key);
		if (!covered && is_repeated(foreign_key))
			continue;
		judged++;
		if (!covered)
			found.push_back(&foreign_key);
	}
}

} // namespace dbeng
