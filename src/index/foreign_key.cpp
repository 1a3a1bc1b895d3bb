#include "index/foreign_key.hpp"

#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "index/definition.hpp"

namespace dbeng {

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

/* table_columns_idx, as the server would name it. */
static const char *
index_name(const Catalog &catalog, const RelationEntry &table, std::span<const AttrNumber> columns,
		   Vector<const char *> &used)
{
	StringInfoData part;

	initStringInfo(&part);
	for (AttrNumber number : columns)
		if (const ColumnEntry *column = table.column(number))
			appendStringInfo(&part, "%s%s", part.len > 0 ? "_" : "", column->name);

	const char *natural = format("%s_%s_idx", table.name, part.data);
	return free_name(*table.schema, table.name, part.data, !table.partition && is_ambiguous(catalog, table, natural),
					 used);
}

/* An index a partition has already, that ATTACH PARTITION would take for this one. */
static const IndexEntry *
attachable(const RelationEntry &partition, std::span<const AttrNumber> columns)
{
	for (const IndexEntry *index : partition.indexes)
	{
		if (index->parent != nullptr || index->unique || index->method != BTREE_AM_OID || index->predicate != nullptr ||
			index->keys.size() != columns.size() || index->exclusion || !finds_by(*index, columns))
			continue;
		bool same = true;
		for (std::size_t i = 0; i < columns.size(); i++)
			same &= index->keys[i].column == columns[i] && index->keys[i].default_opclass && index->keys[i].option == 0;
		if (same)
			return index;
	}
	return nullptr;
}

static bool
has_foreign_table(const RelationEntry &table)
{
	return std::any_of(table.children.begin(), table.children.end(),
					   [](const RelationEntry *partition)
					   { return !partition->is_table() || has_foreign_table(*partition); });
}

/* CREATE INDEX CONCURRENTLY does not take a partitioned table: one index a partition, then joined. */
static const char *
create_tree(Finding &finding, const Catalog &catalog, const RelationEntry &table, std::span<const AttrNumber> columns,
			Vector<const char *> &used)
{
	const char *name = index_name(catalog, table, columns, used);
	bool partitioned = table.kind == RELKIND_PARTITIONED_TABLE;
	finding.fix("CREATE INDEX %s%s ON %s%s (%s)", partitioned ? "" : "CONCURRENTLY ", quoted(name),
				partitioned ? "ONLY " : "", full_name(table), column_list(table, columns));
	if (partitioned)
	{
		Local<SmallVector<AttrNumber, INDEX_MAX_KEYS>> mapped;
		for (const RelationEntry *partition : table.children)
		{
			CHECK_FOR_INTERRUPTS();
			std::span<const AttrNumber> own = columns_in(*partition, table, columns, *mapped);
			const IndexEntry *existing = attachable(*partition, own);
			const char *child =
				existing != nullptr ? existing->name : create_tree(finding, catalog, *partition, own, used);
			finding.fix("ALTER INDEX %s ATTACH PARTITION %s", quoted(table.schema->name, name),
						quoted(partition->schema->name, child));
		}
	}
	return name;
}

void
fix_create(Finding &finding, const Catalog &catalog, const RelationEntry &table, std::span<const AttrNumber> columns)
{
	Local<Vector<const char *>> used;
	if (!has_foreign_table(table))
		create_tree(finding, catalog, table, columns, *used);
}

} // namespace dbeng
