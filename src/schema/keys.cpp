#include "schema/keys.hpp"

namespace dbeng {

static bool
identifies_rows(const RelationEntry &table, const IndexEntry &index)
{
	if (!index.unique || !index.immediate || !index.usable() || index.predicate != nullptr ||
		index.method != BTREE_AM_OID)
		return false;
	for (const IndexKey &key : index.key())
	{
		const ColumnEntry *column = table.column(key.column);
		if (column == nullptr || !column->not_null)
			return false;
	}
	return true;
}

const IndexEntry *
stand_in_key(const RelationEntry &table)
{
	const IndexEntry *best = nullptr;

	for (const IndexEntry *index : table.indexes)
	{
		if (!identifies_rows(table, *index))
			continue;
		if (best == nullptr || index->key_columns < best->key_columns ||
			(index->key_columns == best->key_columns && index->constraint == nullptr && best->constraint != nullptr))
			best = index;
	}
	return best;
}

bool
lacks_partition_key(const RelationEntry &table)
{
	if (table.kind != RELKIND_PARTITIONED_TABLE || table.primary_key() != nullptr)
		return false;
	for (const ColumnEntry &column : table.columns)
		if (column.identity != '\0' || strcmp(column.name, "id") == 0)
			return true;
	for (const RelationEntry *partition : table.children)
		if (partition->primary_key() != nullptr)
			return true;
	return false;
}

} // namespace dbeng
