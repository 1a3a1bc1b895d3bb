#include "catalog/loader.hpp"

namespace dbeng {

const ColumnEntry *
RelationEntry::column(AttrNumber wanted) const
{
	if (wanted <= 0 || columns.empty())
		return nullptr;
	/* Where no column was ever dropped, number n is at n - 1. */
	std::size_t guess = static_cast<std::size_t>(wanted) - 1;
	if (guess < columns.size() && columns[guess].number == wanted)
		return &columns[guess];
	auto at = std::lower_bound(columns.begin(), columns.end(), wanted,
							   [](const ColumnEntry &column, AttrNumber number) { return column.number < number; });
	return at != columns.end() && at->number == wanted ? &*at : nullptr;
}

const ColumnEntry *
RelationEntry::column(const char *wanted) const
{
	for (const ColumnEntry &column : columns)
		if (strcmp(column.name, wanted) == 0)
			return &column;
	return nullptr;
}

const IndexEntry *
RelationEntry::primary_key() const
{
	for (const IndexEntry *index : indexes)
		if (index->primary)
			return index;
	return nullptr;
}

const RelationEntry *
Catalog::relation(Oid oid) const
{
	return find_by_oid(relations, oid);
}

const IndexEntry *
Catalog::index(Oid oid) const
{
	return find_by_oid(indexes, oid);
}

const SchemaEntry *
Catalog::schema(Oid oid) const
{
	return find_by_oid(schemas, oid);
}

const FunctionEntry *
Catalog::function(Oid oid) const
{
	return find_by_oid(functions, oid);
}

const TypeEntry *
Catalog::type(Oid oid) const
{
	return find_by_oid(types, oid);
}

const RoleEntry *
Catalog::role(Oid oid) const
{
	return find_by_oid(roles, oid);
}

const RoleEntry *
Catalog::role(const char *name) const
{
	for (const RoleEntry &entry : roles)
		if (strcmp(entry.name, name) == 0)
			return &entry;
	return nullptr;
}

const ExtensionEntry *
Catalog::extension(const char *name) const
{
	for (const ExtensionEntry &entry : extensions)
		if (strcmp(entry.name, name) == 0)
			return &entry;
	return nullptr;
}

const LanguageEntry *
Catalog::language(Oid oid) const
{
	return find_by_oid(languages, oid);
}

Oid
Catalog::base_type(Oid wanted) const
{
	const TypeEntry *entry = type(wanted);
	while (entry != nullptr && entry->base != InvalidOid)
	{
		wanted = entry->base;
		entry = type(wanted);
	}
	return wanted;
}

int64
Catalog::bytes(const RelationEntry &table) const
{
	int64 pages = static_cast<int64>(table.pages) + table.toast_pages;
	int64 sum = pages * BLCKSZ;
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			sum += bytes(*partition);
	return sum;
}

int64
Catalog::index_bytes(const RelationEntry &table) const
{
	int64 sum = 0;
	for (const IndexEntry *index : table.indexes)
		sum += static_cast<int64>(index->pages) * BLCKSZ;
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			sum += index_bytes(*partition);
	return sum;
}

int64
Catalog::bytes(const IndexEntry &index) const
{
	int64 sum = static_cast<int64>(index.pages) * BLCKSZ;
	for (const IndexEntry *child = index.first_child; child != nullptr; child = child->next_sibling)
		sum += bytes(*child);
	return sum;
}

double
Catalog::rows(const RelationEntry &table) const
{
	if (table.kind != RELKIND_PARTITIONED_TABLE)
		return table.tuples;
	double sum = -1;
	for (const RelationEntry *partition : table.children)
		if (double more = rows(*partition); more >= 0)
			sum = std::max(sum, 0.0) + more;
	return sum;
}

static void
add(Counters &sum, const Counters &more)
{
	sum.scans += more.scans;
	sum.rows_read += more.rows_read;
	sum.rows_fetched += more.rows_fetched;
	sum.inserted += more.inserted;
	sum.updated += more.updated;
	sum.deleted += more.deleted;
	sum.hot_updated += more.hot_updated;
	sum.moved_by_update += more.moved_by_update;
	sum.live += more.live;
	sum.dead += more.dead;
	sum.modified_since_analyze += more.modified_since_analyze;
	sum.inserted_since_vacuum += more.inserted_since_vacuum;
	sum.blocks_fetched += more.blocks_fetched;
	sum.blocks_hit += more.blocks_hit;
	sum.last_scan = std::max(sum.last_scan, more.last_scan);
	sum.last_vacuum = std::max(sum.last_vacuum, more.last_vacuum);
	sum.last_analyze = std::max(sum.last_analyze, more.last_analyze);
}

Counters
Catalog::counters(const RelationEntry &table) const
{
	Counters sum = table.counters == nullptr ? Counters{} : *table.counters;
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			add(sum, counters(*partition));
	return sum;
}

Counters
Catalog::counters(const IndexEntry &index) const
{
	Counters sum = index.counters == nullptr ? Counters{} : *index.counters;
	for (const IndexEntry *child = index.first_child; child != nullptr; child = child->next_sibling)
		add(sum, counters(*child));
	return sum;
}

int64
Catalog::index_blocks(int64 *hit) const
{
	int64 fetched = 0;
	*hit = 0;
	for (const IndexEntry &index : own_indexes())
		if (index.counters != nullptr)
		{
			fetched += index.counters->blocks_fetched;
			*hit += index.counters->blocks_hit;
		}
	return fetched;
}

int64
Catalog::index_scans(const RelationEntry &table) const
{
	int64 sum = 0;
	for (const IndexEntry *index : table.indexes)
		if (index->counters != nullptr)
			sum += index->counters->scans;
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			sum += index_scans(*partition);
	return sum;
}

} // namespace dbeng
