/*
 * views.cpp: dbeng.table_bloat and dbeng.index_bloat: what of a whole
 * database is bloat, and what gives it back. No page of a table is read and no
 * lock is waited for.
 */
#include "bloat/index_estimate.hpp"
#include "bloat/remedy.hpp"
#include "catalog/pages_now.hpp"
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"

namespace dbeng {

/* Indexes are rewritten without locking anybody out: less of it is worth while. */
static constexpr Worth worth_reindexing = {.percent = 30, .bytes = 10.0 * 1024 * 1024};

/* What an estimate needs vanishes with it. */
template <class Estimate>
static auto
estimated(MemoryContext room, Estimate estimate)
{
	CHECK_FOR_INTERRUPTS();
	MemoryContext caller = MemoryContextSwitchTo(room);
	auto result = estimate();
	MemoryContextSwitchTo(caller);
	MemoryContextReset(room);
	return result;
}

static MemoryContext
make_room()
{
	return AllocSetContextCreate(CurrentMemoryContext, "dbeng bloat estimate", ALLOCSET_DEFAULT_SIZES);
}

static void
put_bytes(Rows &rows, int64 bytes)
{
	if (bytes < 0)
		rows.null();
	else
		rows.bigint(bytes);
}

/* bloat_bytes and bloat_pct. */
template <class Bloat>
static void
put_bloat(Rows &rows, const Bloat &bloat)
{
	put_bytes(rows, bloat.bloat_bytes);
	if (bloat.bloat_bytes < 0)
		rows.null();
	else
		rows.numeric(bloat.percent(), 1);
}

template <class Bloat>
static bool
more_bloated(const Bloat &a, const Bloat &b)
{
	return a.bloat_bytes != b.bloat_bytes ? a.bloat_bytes > b.bloat_bytes : a.bytes > b.bytes;
}

static void
show_table(Rows &rows, Remedies &remedies, const TableBloat &bloat)
{
	rows.oid(bloat.relation).bigint(bloat.bytes);
	put_bloat(rows, bloat);
	put_bytes(rows, bloat.free_bytes);
	put_bytes(rows, bloat.dead_bytes);
	rows.text(bloat.method).text(confidence_name(bloat.confidence));
	rows.text(remedy_text(remedies.of_table({bloat.table,
											 bloat.toast,
											 bloat.bytes,
											 bloat.bloat_bytes,
											 bloat.dead_bytes,
											 bloat.rows,
											 bloat.dead_rows,
											 bloat.last_vacuum,
											 {}})));
}

static void
show_table_bloat(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.table_bloat");
	Rows rows(fcinfo);
	Session session;
	const Catalog &catalog = load_catalog(Extent::layout);
	Local<PagesNow> pages;
	Local<Vector<TableBloat>> tables;
	MemoryContext room = make_room();
	for (const RelationEntry &table : catalog.own_relations())
	{
		if (!table.stores_rows())
			continue;
		tables->push_back(estimated(room, [&] { return estimate_table(table, pages->of(table)); }));
		if (OidIsValid(table.toast) && table.toast_pages > 0)
			tables->push_back(estimated(room, [&] { return estimate_toast(table, pages->of_toast(table)); }));
	}
	std::sort(tables->begin(), tables->end(),
			  [](const TableBloat &a, const TableBloat &b)
			  { return more_bloated(a, b) || (!more_bloated(b, a) && strcmp(a.table->name, b.table->name) < 0); });
	Local<Remedies> remedies(catalog);
	for (const TableBloat &bloat : *tables)
		in_row(rows, [&] { show_table(rows, *remedies, bloat); });
	session.end();
}

static void
show_index_bloat(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.index_bloat");
	Rows rows(fcinfo);
	Session session;
	const Catalog &catalog = load_catalog(Extent::layout);
	Local<PagesNow> pages;
	Local<Vector<IndexBloat>> indexes;
	MemoryContext room = make_room();
	for (const IndexEntry &index : catalog.own_indexes())
		if (!index.partitioned)
			indexes->push_back(estimated(
				room, [&] { return estimate_index_bloat(index, pages->of(index), pages->of(*index.table)); }));
	std::sort(indexes->begin(), indexes->end(),
			  [](const IndexBloat &a, const IndexBloat &b)
			  { return more_bloated(a, b) || (!more_bloated(b, a) && strcmp(a.index->name, b.index->name) < 0); });
	Local<Remedies> remedies(catalog);
	for (const IndexBloat &bloat : *indexes)
		in_row(rows,
			   [&]
			   {
				   rows.oid(bloat.index->table->oid).oid(bloat.index->oid).bigint(bloat.bytes);
				   put_bloat(rows, bloat);
				   rows.text(bloat.method).text(confidence_name(bloat.confidence));
				   rows.text(
					   remedy_text(remedies->of_index(*bloat.index, bloat.bytes, bloat.bloat_bytes, worth_reindexing)));
			   });
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_table_bloat)
{
	dbeng::show_table_bloat(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_index_bloat)
{
	dbeng::show_index_bloat(fcinfo);
	return Datum{0};
}
