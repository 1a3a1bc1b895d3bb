/*
 * table_sizes.cpp: dbeng.table_sizes: the largest first, partitions as one.
 */
#include "activity/sizes.hpp"
#include "catalog/row_estimate.hpp"
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
struct Table
{
	const RelationEntry *relation;
	Size size;
	double rows = -1;
	int64 partitions = 0;
};
} // namespace

static void
add_relation(Table &table, const RelationEntry &relation, const Sizes &sizes)
{
	if (&relation != table.relation)
		table.partitions++;
	if (!relation.stores_rows())
		return;
	table.size += sizes.of(relation.oid);
	double rows = rows_by_size(relation.tuples, relation.pages, relation.counters, sizes.pages(relation.oid));
	if (rows >= 0)
		table.rows = std::max(table.rows, 0.0) + rows;
}

static void
show_table_sizes(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.table_sizes");
	Rows rows(fcinfo);
	Session session;
	const Catalog &catalog = load_catalog(Extent::sizes);
	Local<Sizes> sizes(catalog);

	/* Roots have the places of their relations; partitions are added to them. */
	Local<Vector<Table>> tables;
	Local<Vector<const RelationEntry *>> partitions;
	for (const RelationEntry &relation : catalog.own_relations())
	{
		if (!relation.is_table() && relation.kind != RELKIND_MATVIEW)
			continue;
		if (relation.root != &relation)
		{
			partitions->push_back(&relation);
			continue;
		}
		tables->push_back({.relation = &relation, .size = {}});
		add_relation(tables->back(), relation, *sizes);
	}
	for (const RelationEntry *partition : *partitions)
	{
		auto at = std::lower_bound(tables->begin(), tables->end(), partition->root,
								   [](const Table &table, const RelationEntry *root) { return table.relation < root; });
		if (at != tables->end() && at->relation == partition->root)
			add_relation(*at, *partition, *sizes);
	}

	int64 sum = 0;
	for (const Table &table : *tables)
		sum += table.size.total();
	std::sort(tables->begin(), tables->end(),
			  [](const Table &a, const Table &b)
			  {
				  if (a.size.total() != b.size.total())
					  return a.size.total() > b.size.total();
				  int by_name = strcmp(a.relation->name, b.relation->name);
				  return by_name != 0 ? by_name < 0 : strcmp(a.relation->schema->name, b.relation->schema->name) < 0;
			  });
	for (const Table &table : *tables)
	{
		CHECK_FOR_INTERRUPTS();
		int64 total = table.size.total();
		rows.oid(table.relation->oid);
		if (table.rows < 0)
			rows.null();
		else
			rows.bigint(static_cast<int64>(table.rows));
		rows.bigint(total).bigint(table.size.table).bigint(table.size.index).bigint(table.size.toast);
		MemoryContext caller = MemoryContextSwitchTo(rows.context());
		const char *readable = size(total);
		MemoryContextSwitchTo(caller);
		rows.text(readable);
		if (table.relation->kind == RELKIND_PARTITIONED_TABLE)
			rows.bigint(table.partitions);
		else
			rows.null();
		rows.numeric(sum == 0 ? 0 : 100 * static_cast<double>(total) / static_cast<double>(sum), 1).end();
	}
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_table_sizes)
{
	dbeng::show_table_sizes(fcinfo);
	return Datum{0};
}
