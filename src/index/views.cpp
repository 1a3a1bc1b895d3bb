/*
 * views.cpp: dbeng.unused_indexes and the other views of indexes: what the
 * checks have found, as columns.
 *
 * They stand on the same verdicts as the checks, with the same thresholds;
 * what dbeng.ignore() sets aside they leave out, too.
 */
#include "catalog/naming.hpp"
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "index/definition.hpp"
#include "index/invalid.hpp"
#include "index/missing.hpp"
#include "index/redundancy.hpp"
#include "index/undo.hpp"
#include "index/unindexed_key.hpp"
#include "index/unused.hpp"
#include "unit/configuration.hpp"

namespace dbeng {

static bool
name_before(const IndexEntry &a, const IndexEntry &b)
{
	int by_name = strcmp(a.name, b.name);
	return by_name != 0 ? by_name < 0 : a.oid < b.oid;
}

/* The largest first. */
static bool
larger(const Catalog &catalog, const IndexEntry &a, const IndexEntry &b)
{
	int64 a_bytes = catalog.bytes(a);
	int64 b_bytes = catalog.bytes(b);
	return a_bytes != b_bytes ? a_bytes > b_bytes : name_before(a, b);
}

static const char *
drop_text(const IndexEntry &index)
{
	Finding fix;
	fix_drop(fix, index);
	return fix.fix_text();
}

static void
show_unused(Rows &rows, const Catalog &catalog, const UnusedIndexes &unused, const UnusedIndex &entry, bool set_aside)
{
	const IndexEntry &index = *entry.index;
	Counters counters = catalog.counters(index);
	bool safe = entry.obstacle == Obstacle::none && !set_aside;

	rows.oid(index.table->oid).oid(index.oid).bigint(catalog.bytes(index)).bigint(counters.scans);
	rows.time(counters.last_scan).bigint(entry.rows_written).interval(entry.observed);
	if (entry.plans_using < 0)
		rows.null();
	else
		rows.bigint(entry.plans_using);
	rows.boolean(safe).text(set_aside ? "set aside by dbeng.ignore()" : reason_text(unused, entry));
	rows.text(safe ? drop_text(index) : nullptr).text(safe ? undo_text(index) : nullptr);
}

static void
show_unused_indexes(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.unused_indexes");
	Rows rows(fcinfo);
	Session session;
	Limits limits;
	const Catalog &catalog = load_catalog();
	UnusedIndexes unused(limits("idx-unused", "days"));
	find_unused(catalog, Scope::all, unused);

	/* What can be done something about first. */
	std::sort(unused.indexes->begin(), unused.indexes->end(),
			  [&catalog](const UnusedIndex &a, const UnusedIndex &b)
			  {
				  if ((a.obstacle == Obstacle::none) != (b.obstacle == Obstacle::none))
					  return a.obstacle == Obstacle::none;
				  return larger(catalog, *a.index, *b.index);
			  });
	for (const UnusedIndex &entry : *unused.indexes)
		in_row(rows,
			   [&]
			   {
				   bool set_aside = entry.obstacle == Obstacle::none && limits.sets_aside("idx-unused", *entry.index);
				   show_unused(rows, catalog, unused, entry, set_aside);
			   });
	session.end();
}

static const char *
check_of(Overlap overlap)
{
	return overlap == Overlap::duplicate ? "idx-duplicate"
		   : overlap == Overlap::prefix	 ? "idx-prefix-redundant"
										 : "idx-overlap-include";
}

static void
show_redundant_indexes(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.redundant_indexes");
	Rows rows(fcinfo);
	Session session;
	Limits limits;
	const Catalog &catalog = load_catalog();
	Local<Vector<RedundantIndex>> found;
	for (const RelationEntry &table : catalog.own_relations())
	{
		CHECK_FOR_INTERRUPTS();
		find_redundant(table, *found);
	}
	std::sort(found->begin(), found->end(),
			  [&catalog](const RedundantIndex &a, const RedundantIndex &b)
			  { return larger(catalog, *a.index, *b.index); });
	for (const RedundantIndex &redundant : *found)
	{
		const IndexEntry &index = *redundant.index;
		const char *check = check_of(redundant.cover.overlap);
		if (!limits.sets_aside(check, index))
			in_row(rows,
				   [&]
				   {
					   rows.oid(index.table->oid).oid(index.oid).oid(redundant.covered_by->oid);
					   rows.text(kind_name(redundant)).bigint(catalog.bytes(index));
					   rows.text(drop_text(index)).text(undo_text(index)).text(check);
				   });
	}
	session.end();
}

static void
show_invalid_indexes(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.invalid_indexes");
	Rows rows(fcinfo);
	Session session;
	Limits limits;
	const Catalog &catalog = load_catalog();
	Local<Vector<InvalidIndex>> found;
	int64 judged = 0;
	find_invalid(catalog, *found, judged);
	std::sort(found->begin(), found->end(),
			  [&catalog](const InvalidIndex &a, const InvalidIndex &b)
			  {
				  if (a.breaks_uniqueness != b.breaks_uniqueness)
					  return a.breaks_uniqueness;
				  return larger(catalog, *a.index, *b.index);
			  });
	for (const InvalidIndex &invalid : *found)
		if (!limits.sets_aside("idx-invalid", *invalid.index))
			in_row(rows,
				   [&]
				   {
					   Finding finding;
					   describe_invalid(catalog, *invalid.index, finding);
					   rows.oid(invalid.index->table->oid).oid(invalid.index->oid);
					   rows.text(finding.message_text()).text(finding.fix_text());
				   });
	session.end();
}

static void
put_columns(Rows &rows, const RelationEntry &table, std::span<const AttrNumber> numbers)
{
	Local<SmallVector<const char *, INDEX_MAX_KEYS>> names;
	for (AttrNumber number : numbers)
		if (const ColumnEntry *column = table.column(number))
			names->push_back(column->name);
	rows.names({names->data(), names->size()});
}

static void
put_count(Rows &rows, double count)
{
	if (count < 0)
		rows.null();
	else
		rows.bigint(std::llround(count));
}

static void
show_unindexed_foreign_keys(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.unindexed_foreign_keys");
	Rows rows(fcinfo);
	Session session;
	Limits limits;
	const Catalog &catalog = load_catalog();
	Local<Vector<const ConstraintEntry *>> found;
	int64 judged = 0;
	find_unindexed(catalog, *found, judged);
	std::sort(found->begin(), found->end(),
			  [&catalog](const ConstraintEntry *a, const ConstraintEntry *b)
			  {
				  double a_rows = rows_scanned(catalog, *a->table);
				  double b_rows = rows_scanned(catalog, *b->table);
				  return a_rows != b_rows ? a_rows > b_rows : a->oid < b->oid;
			  });
	for (const ConstraintEntry *foreign_key : *found)
		if (!limits.sets_aside("sch-fk-no-index", *foreign_key))
			in_row(rows,
				   [&]
				   {
					   const RelationEntry &table = *foreign_key->table;
					   Finding finding;
					   describe_unindexed(catalog, *foreign_key, finding);
					   rows.oid(table.oid).name(foreign_key->name);
					   put_columns(rows, table, foreign_key->columns);
					   rows.oid(foreign_key->referenced->oid);
					   put_count(rows, rows_scanned(catalog, table));
					   rows.text(finding.fix_text());
				   });
	session.end();
}

static void
show_missing_indexes(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.missing_indexes");
	Rows rows(fcinfo);
	Session session;
	Limits limits;
	const Catalog &catalog = load_catalog();
	Local<Vector<MissingIndex>> found;
	Local<Vector<double>> judged;
	find_missing(catalog, missing_limits([&limits](const char *name) { return limits("idx-missing", name); }), *found,
				 *judged);
	std::sort(found->begin(), found->end(),
			  [](const MissingIndex &a, const MissingIndex &b) { return a.sequential.blocks > b.sequential.blocks; });
	for (const MissingIndex &missing : *found)
		if (!limits.sets_aside("idx-missing", *missing.table))
			in_row(rows,
				   [&]
				   {
					   Finding finding;
					   describe_missing(catalog, missing, finding);
					   rows.oid(missing.table->oid);
					   put_count(rows, catalog.rows(*missing.table));
					   rows.bigint(missing.sequential.scans).bigint(std::llround(missing.rows_per_scan));
					   rows.bigint(missing.sequential.index_scans);
					   put_count(rows, static_cast<double>(statements_reading(catalog, *missing.table)));
					   rows.text(finding.fix_text());
				   });
	session.end();
}

static text *
index_undo(Oid wanted)
{
	require_monitor("dbeng._index_undo");
	MemoryContext caller = CurrentMemoryContext;
	Session session;
	const IndexEntry *index = load_catalog().index(wanted);
	if (index == nullptr)
	{
		const char *name = get_rel_name(wanted);
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("\"%s\" is no index", name == nullptr ? format("%u", wanted) : name),
				errdetail("Indexes of TOAST tables and temporary tables do not count."),
				errhint("SELECT indexrelid::regclass FROM pg_index;"));
	}
	const char *statements = undo_text(*index);
	if (statements != nullptr)
		statements = MemoryContextStrdup(caller, statements);
	session.end();
	return statements == nullptr ? nullptr : cstring_to_text(statements);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_unused_indexes)
{
	dbeng::show_unused_indexes(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_redundant_indexes)
{
	dbeng::show_redundant_indexes(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_invalid_indexes)
{
	dbeng::show_invalid_indexes(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_unindexed_foreign_keys)
{
	dbeng::show_unindexed_foreign_keys(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_missing_indexes)
{
	dbeng::show_missing_indexes(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_index_undo)
{
	text *statements = dbeng::index_undo(PG_GETARG_OID(0));
	if (statements == nullptr)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(statements);
}
