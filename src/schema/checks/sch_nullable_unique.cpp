#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* A partial unique index over some of the columns takes care of the rows where the others are NULL. */
static bool
is_complemented(const IndexEntry &index)
{
	for (const IndexEntry *other : index.table->indexes)
	{
		if (!other->unique || !other->usable() || other->predicate == nullptr || other == &index)
			continue;
		bool within = true;
		for (const IndexKey &part : other->key())
		{
			bool found = false;
			for (const IndexKey &own : index.key())
				found = found || (part.column != 0 && part.column == own.column);
			within = within && found;
		}
		if (within)
			return true;
	}
	return false;
}

/*
 * The column whose NULLs let the other columns repeat. Where every column may
 * be NULL, or by the statistics none ever is, nothing is claimed.
 */
static const ColumnEntry *
loophole(const IndexEntry &index)
{
	const ColumnEntry *found = nullptr;
	bool required = false;

	for (const IndexKey &part : index.key())
	{
		const ColumnEntry *column = index.table->column(part.column);
		if (column == nullptr)
			continue;
		if (column->not_null)
			required = true;
		else if (column->statistics == nullptr || column->statistics->null_fraction > 0)
			if (found == nullptr)
				found = column;
	}
	return required ? found : nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (!index.unique || index.primary || index.parent != nullptr || index.table->partition ||
			index.key_columns < 2 || index.predicate != nullptr || framework_table(*index.table))
			continue;
		verdict.judged();
		const ColumnEntry *column = index.nulls_not_distinct ? nullptr : loophole(index);
		if (column == nullptr || is_complemented(index))
			continue;
		verdict.failed(
			index,
			[&index, column](Finding &finding)
			{
				if (column->statistics != nullptr)
				{
					double share = 100.0 * static_cast<double>(column->statistics->null_fraction);
					finding.message("NULL in %s (%s %% of the rows) switches it off: the other columns may repeat",
									quoted(column->name), number(share));
					finding.evidence("null_pct", share);
				}
				else
					finding.message("NULL in %s switches it off: the other columns may repeat", quoted(column->name));
				finding.evidence("column", column->name);
				finding.evidence("table", full_name(*index.table));
			});
	}
}

CHECK(sch_nullable_unique){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Unique key that NULL switches off",
	.rationale =
		"NULLs count as different, so a unique key over (email, deleted_at) lets the same email in as often as "
		"deleted_at is NULL. NULLS NOT DISTINCT (PostgreSQL 15) or a partial unique index for those rows closes "
		"it. Judged for unique keys of several columns, where one is NOT NULL and another may be NULL.",
	.reference = "https://www.postgresql.org/docs/current/indexes-unique.html",
	.judge = judge,
};

} // namespace dbeng
