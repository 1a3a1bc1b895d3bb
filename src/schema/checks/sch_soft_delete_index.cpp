#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* The moment of deletion, NULL for live rows. */
static const ColumnEntry *
deletion_column(const Catalog &catalog, const RelationEntry &table)
{
	for (const char *name : {"deleted_at", "discarded_at", "deletedAt", "deleted_on"})
	{
		const ColumnEntry *column = table.column(name);
		if (column == nullptr || column->not_null)
			continue;
		Oid type = catalog.base_type(column->type);
		if (type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID)
			return column;
	}
	return nullptr;
}

/* A key made by the system is never wanted a second time. */
static bool
is_generated(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column)
{
	if (catalog.base_type(column.type) == UUIDOID || column.identity != '\0' || column.default_value != nullptr)
		return true;
	const IndexEntry *key = table.primary_key();
	return key != nullptr && key->key_columns == 1 && key->keys[0].column == column.number;
}

static bool
blocks_reuse(const Catalog &catalog, const IndexEntry &index, const ColumnEntry &deleted)
{
	if (!index.unique || index.primary || !index.usable() || index.predicate != nullptr || index.parent != nullptr)
		return false;
	for (const IndexKey &part : index.key())
	{
		const ColumnEntry *column = index.table->column(part.column);
		if (part.column == deleted.number || (column != nullptr && is_generated(catalog, *index.table, *column)))
			return false;
	}
	if (index.expressions != nullptr)
		for (AttrNumber number : expression_columns(index.expressions))
			if (number == deleted.number)
				return false;
	/* A foreign key wants it whole. */
	for (const ConstraintEntry *reference : index.table->referencing)
		if (reference->index == &index)
			return false;
	return true;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		const ColumnEntry *deleted = deletion_column(catalog, table);
		if (deleted == nullptr)
			continue;
		/* By the statistics nothing was ever deleted so. */
		bool unused = deleted->statistics != nullptr && deleted->statistics->null_fraction >= 1;
		for (const IndexEntry *index : table.indexes)
		{
			if (!index->unique || index->primary)
				continue;
			verdict.judged();
			if (unused || !blocks_reuse(catalog, *index, *deleted))
				continue;
			verdict.failed(*index,
						   [index, deleted](Finding &finding)
						   {
							   Local<SmallVector<AttrNumber, 8>> columns;
							   for (const IndexKey &part : index->key())
								   if (part.column != 0)
									   columns->push_back(part.column);
							   const char *list = column_list(*index->table, {columns->data(), columns->size()});
							   finding.message(
								   "holds deleted rows too: what one had in (%s) cannot be used again; a unique "
								   "index WHERE %s IS NULL would let it",
								   columns->empty() ? "its expression" : list, quoted(deleted->name));
							   finding.evidence("columns", list);
							   finding.evidence("deletion_column", deleted->name);
							   finding.evidence("table", full_name(*index->table));
						   });
		}
	}
}

CHECK(sch_soft_delete_index){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Unique key that ignores soft deletion",
	.rationale =
		"A user who deleted an account cannot register the same address again while the dead row still holds it. Judged "
		"for unique keys of tables with a deleted_at that is in use; keys made by the system, and those that foreign "
		"keys rely on, are left out. Changing it also changes what ON CONFLICT must say.",
	.reference = "https://www.postgresql.org/docs/current/indexes-partial.html",
	.judge = judge,
};

} // namespace dbeng
