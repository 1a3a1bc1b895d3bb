#include "index/foreign_key.hpp"

#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "index/definition.hpp"

namespace dbeng {

namespace {
struct Referring
{
	const RelationEntry &table;
	std::span<const AttrNumber> columns;
};
} // namespace

bool
finds_by(const IndexEntry &index, std::span<const AttrNumber> columns)
{
	bool hash = index.method == HASH_AM_OID && columns.size() == 1;
	if (!index.usable() || (index.method != BTREE_AM_OID && !hash) || index.key_columns < columns.size())
		return false;
	std::span<const IndexKey> leading = index.keys.first(columns.size());
	for (AttrNumber number : columns)
	{
		const ColumnEntry *column = index.table->column(number);
		if (column == nullptr || std::none_of(leading.begin(), leading.end(),
											  [&](const IndexKey &key)
											  { return key.column == number && key.collation == column->collation; }))
			return false;
	}
	return index.predicate == nullptr || only_requires_not_null(index.predicate, columns);
}

/* The same columns in a partition, where they may have other numbers. */
static std::span<const AttrNumber>
columns_in(const RelationEntry &partition, const RelationEntry &table, std::span<const AttrNumber> columns,
		   SmallVector<AttrNumber, INDEX_MAX_KEYS> &mapped)
{
	mapped.clear();
	for (AttrNumber number : columns)
	{
		const ColumnEntry *column = table.column(number);
		const ColumnEntry *same = column == nullptr ? nullptr : partition.column(column->name);
		mapped.push_back(same == nullptr ? InvalidAttrNumber : same->number);
	}
	return {mapped.data(), mapped.size()};
}

static bool
is_covered(const RelationEntry &table, std::span<const AttrNumber> columns)
{
	for (const IndexEntry *index : table.indexes)
		if (finds_by(*index, columns))
			return true;
	if (table.kind != RELKIND_PARTITIONED_TABLE || table.children.empty())
		return false;
	Local<SmallVector<AttrNumber, INDEX_MAX_KEYS>> mapped;
	for (const RelationEntry *partition : table.children)
		if (partition->is_table() && !is_covered(*partition, columns_in(*partition, table, columns, *mapped)))
			return false;
	return true;
}

bool
is_covered(const ConstraintEntry &foreign_key)
{
	return is_covered(*foreign_key.table, foreign_key.columns);
}

/* Would another table's index on a column of its own get this very name, as "user".group_id and user_group.id do? */
static bool
is_ambiguous(const Catalog &catalog, const RelationEntry &table, const char *name)
{
	for (const char *end = strchr(name, '_'); end != nullptr; end = strchr(end + 1, '_'))
	{
		auto length = static_cast<std::size_t>(end - name);
		if (length == 0 || length >= NAMEDATALEN)
			continue;
		const RelationEntry *other = catalog.relation(get_relname_relid(pnstrdup(name, length), table.schema->oid));
		if (other == nullptr || other == &table)
			continue;
		for (const ColumnEntry &column : other->columns)
			if (strcmp(end + 1, format("%s_idx", column.name)) == 0)
				return true;
	}
	return false;
}

static bool
is_same(const void *made_for, const RelationEntry &partition, const IndexEntry &there)
{
	const auto &[table, columns] = *static_cast<const Referring *>(made_for);
	Local<SmallVector<AttrNumber, INDEX_MAX_KEYS>> mapped;
	std::span<const AttrNumber> own = columns_in(partition, table, columns, *mapped);
	if (there.method != BTREE_AM_OID || there.keys.size() != own.size() || !finds_by(there, own))
		return false;
	for (std::size_t i = 0; i < own.size(); i++)
		if (there.keys[i].column != own[i] || !there.keys[i].default_opclass || there.keys[i].option != 0)
			return false;
	return true;
}

void
fix_create(Finding &finding, const Catalog &catalog, const RelationEntry &table, std::span<const AttrNumber> columns)
{
	StringInfoData part;
	initStringInfo(&part);
	for (AttrNumber number : columns)
		if (const ColumnEntry *column = table.column(number))
			appendStringInfo(&part, "%s%s", part.len > 0 ? "_" : "", column->name);

	/* table_columns_idx, as the server would name it. */
	const char *natural = format("%s_%s_idx", table.name, part.data);
	const char *tail = format(" (%s)", column_list(table, columns));
	Referring referring = {table, columns};
	Local<Vector<const char *>> used;
	fix_create(finding,
			   NewIndex{&table, tail, part.data, !table.partition && is_ambiguous(catalog, table, natural), is_same,
						&referring},
			   *used);
}

} // namespace dbeng
