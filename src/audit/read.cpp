/*
 * read.cpp: the log as rows: dbeng.audit_log, dbeng.row_history().
 *
 * The view is there before the log is. As long as that is so it shows the rows
 * of a function, none. Once there is a log the view selects from it, so that
 * conditions on time reach its partitions, with a function that takes the
 * chunks apart. That function is anybody's to call: it takes nothing as a chunk
 * but what it finds in the log, and tells nothing of it to who does not have it.
 */
#include "audit/reading.hpp"

#include "audit/capture.hpp"
#include "audit/log.hpp"
#include "audit/row_key.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/text.hpp"
#include "core/value_text.hpp"

namespace dbeng {

void
require_audit_reader(const char *what)
{
	Oid view = get_relname_relid("audit_log", get_namespace_oid("dbeng", false));
	if (OidIsValid(view) && pg_class_aclcheck(view, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return;
	const char *role = GetUserNameFromId(GetUserId(), false);
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for %s", what),
			errdetail("Role \"%s\" may not read the audit log: it needs SELECT on dbeng.audit_log.", role),
			errhint("GRANT SELECT ON dbeng.audit_log TO %s;", quoted(role)));
}

const char *
action_name(Action action)
{
	switch (action)
	{
		case Action::insert:
			return "INSERT";
		case Action::update:
			return "UPDATE";
		case Action::remove:
			return "DELETE";
		case Action::truncate:
			return "TRUNCATE";
		case Action::unlogged:
			return "UNLOGGED";
	}
	pg_unreachable();
}

const AuditedTable *
find_table(std::span<const AuditedTable> tables, int32 table_id)
{
	for (const AuditedTable &table : tables)
		if (table.table_id == table_id)
			return &table;
	return nullptr;
}

ChangeWriter::ChangeWriter() : tables_(audited_tables()) {}

/* The name it had then; of a partition the name of the table it is part of. */
static const char *
name_then(const RowChange &change, const AuditedTable *table)
{
	if (table == nullptr || !OidIsValid(table->relation) ||
		get_rel_relkind(table->relation) != RELKIND_PARTITIONED_TABLE)
		return change.shape->table_name;
	return get_rel_name(table->relation);
}

/* A column of the key as the change left it. */
KeptValue
ChangeWriter::key_value(const RowChange &change, std::size_t column)
{
	if (!change.after.empty() && change.after[column].kept)
		return change.after[column];
	return change.before.empty() ? KeptValue{} : change.before[column];
}

const char *
ChangeWriter::record_id(const RowChange &change)
{
	const TableShape &shape = *change.shape;
	StringInfoData id;
	initStringInfo(&id);
	for (int16 place = 1;; place++)
	{
		auto column = std::find_if(shape.columns.begin(), shape.columns.end(),
								   [place](const ShapeColumn &one) { return one.key == place; });
		if (column == shape.columns.end())
			return id.data;
		const char *part =
			renderer_.text(shape, *column, key_value(change, static_cast<std::size_t>(column - shape.columns.begin())));
		if (part == nullptr)
			return nullptr;
		appendStringInfo(&id, "%s%s", place == 1 ? "" : ",", part);
	}
}

ChangeText
ChangeWriter::text(const RowChange &change)
{
	const TableShape &shape = *change.shape;
	const AuditedTable *table = find_table(tables_, change.table_id);
	ChangeText text = {};
	text.audit_id = change.audit_id;
	text.table_name = name_then(change, table);
	text.relation = table == nullptr ? InvalidOid : table->relation;
	text.action = action_name(change.action);
	text.query = change.query;
	auto every = [](std::size_t) { return true; };
	if (!change.before.empty())
		text.old_data = json_object(renderer_, shape, change.before, every);
	if (!change.after.empty())
		text.new_data = json_object(renderer_, shape, change.after, every);
	if (shape.has_key && text.action != nullptr && (!change.before.empty() || !change.after.empty()))
	{
		auto *key = static_cast<KeptValue *>(palloc(shape.columns.size() * sizeof(KeptValue)));
		for (std::size_t i = 0; i < shape.columns.size(); i++)
			key[i] = key_value(change, i);
		text.key = json_object(renderer_, shape, std::span<const KeptValue>(key, shape.columns.size()),
							   [&shape](std::size_t i) { return shape.columns[i].key != 0; });
		text.record_id = record_id(change);
	}
	if (change.action != Action::update)
		return text;
	auto *names = static_cast<const char **>(palloc(shape.columns.size() * sizeof(char *) + 1));
	std::size_t count = 0;
	for (std::size_t i = 0; i < shape.columns.size(); i++)
		if (is_changed(change, i))
			names[count++] = shape.columns[i].name;
	text.changed_columns = {names, count};
	text.has_changed_columns = true;
	return text;
}

/* What dbeng.audit_log has from table_name to changed_columns. */
static void
put_change(Rows &rows, const ChangeText &text)
{
	rows.text(text.table_name)
		.oid(text.relation)
		.text(text.action)
		.text(text.record_id)
		.json(text.key)
		.json(text.old_data)
		.json(text.new_data);
	if (text.has_changed_columns)
		rows.texts(text.changed_columns);
	else
		rows.null();
}

/* The columns of dbeng.audit_log. */
static void
put_row(Rows &rows, const LoggedChunk &chunk, const ChangeText &text)
{
	rows.bigint(text.audit_id)
		.datum(TimestampTzGetDatum(chunk.changed_at))
		.datum(FullTransactionIdGetDatum(FullTransactionIdFromU64(chunk.transaction_id)));
	put_change(rows, text);
	rows.text(chunk.changed_by)
		.name(chunk.db_user)
		.name(chunk.session_user)
		.datum(chunk.ip_address, chunk.ip_address == 0)
		.text(chunk.application)
		.text(text.query)
		.text(chunk.context);
}

static std::string_view
whole(Datum value)
{
	auto *stored = reinterpret_cast<varlena *>(DatumGetPointer(value));
	return {reinterpret_cast<const char *>(stored), VARSIZE_ANY(stored)};
}

static std::string_view
content(Datum value)
{
	auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(value));
	return {VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)};
}

static bool
is_log_partition(Oid relation)
{
	if (!OidIsValid(relation) || !OidIsValid(audit_log().log) || !get_rel_relispartition(relation))
		return false;
	return list_member_oid(get_partition_ancestors(relation), audit_log().log);
}

/* Is that what the log has at that place? */
static bool
is_in_log(Oid relation, ItemPointer place, int64 id, Datum payload)
{
	if (!is_log_partition(relation))
		return false;
	Relation partition = table_open(relation, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(partition, nullptr);
	bool found = false;
	if (BlockNumberIsValid(ItemPointerGetBlockNumberNoCheck(place)) &&
		ItemPointerGetBlockNumberNoCheck(place) < RelationGetNumberOfBlocks(partition) &&
		table_tuple_fetch_row_version(partition, place, GetActiveSnapshot(), slot))
	{
		bool null;
		Datum there = slot_getattr(slot, log_payload, &null);
		found = DatumGetInt64(slot_getattr(slot, log_id, &null)) == id &&
				(whole(there) == whole(payload) || content(there) == content(payload));
	}
	ExecDropSingleTupleTableSlot(slot);
	table_close(partition, AccessShareLock);
	return found;
}

/* What a statement needs to read changes, kept from call to call. */
static ChangeWriter &
writer_of(FmgrInfo *function)
{
	if (function->fn_extra == nullptr)
	{
		MemoryContext caller = MemoryContextSwitchTo(function->fn_mcxt);
		auto *place = static_cast<ChangeWriter *>(palloc(sizeof(ChangeWriter)));
		function->fn_extra = ::new (static_cast<void *>(place)) ChangeWriter();
		MemoryContextSwitchTo(caller);
	}
	return *static_cast<ChangeWriter *>(function->fn_extra);
}

/* Calls put(ChangeText) for each change; each has the row's memory. */
template <class Put>
static void
put_changes(Rows &rows, RowChangeReader &reader, ChangeWriter &writer, Put put)
{
	RowChange change;
	while (reader.next(change))
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContext caller = MemoryContextSwitchTo(rows.context());
		put(writer.text(change));
		MemoryContextSwitchTo(caller);
		rows.end();
	}
}

namespace {
struct HistoryEntry
{
	LoggedChunk chunk;
	ChangeText text;
	TimestampTz order; /* of its transaction among those that changed the row */
};
} // namespace

static const char *
kept(const char *text)
{
	return text == nullptr ? nullptr : pstrdup(text);
}

/* With everything it points to, in CurrentMemoryContext. The payload is not needed any more. */
static HistoryEntry
kept(const LoggedChunk &chunk, const ChangeText &text)
{
	HistoryEntry entry = {chunk, text, chunk.written_at};
	entry.chunk.payload = {};
	entry.chunk.changed_by = kept(chunk.changed_by);
	entry.chunk.db_user = kept(chunk.db_user);
	entry.chunk.session_user = kept(chunk.session_user);
	entry.chunk.application = kept(chunk.application);
	entry.chunk.context = kept(chunk.context);
	if (chunk.ip_address != 0)
		entry.chunk.ip_address = datumCopy(chunk.ip_address, false, -1);
	/* Texts that are not the shape's own live as long as the chunk. */
	entry.text.query = kept(text.query);
	return entry;
}

static void
sort_history(Vector<HistoryEntry> &entries)
{
	/* All of one transaction follow each other: they have its last time. */
	std::sort(entries.begin(), entries.end(),
			  [](const HistoryEntry &a, const HistoryEntry &b)
			  {
				  return std::pair(a.chunk.transaction_id, a.chunk.written_at) <
						 std::pair(b.chunk.transaction_id, b.chunk.written_at);
			  });
	for (std::size_t i = entries.size(); i-- > 1;)
		if (entries[i - 1].chunk.transaction_id == entries[i].chunk.transaction_id)
			entries[i - 1].order = entries[i].order;
	std::sort(entries.begin(), entries.end(),
			  [](const HistoryEntry &a, const HistoryEntry &b)
			  {
				  if (a.chunk.transaction_id != b.chunk.transaction_id)
					  return std::pair(a.order, a.chunk.transaction_id) < std::pair(b.order, b.chunk.transaction_id);
				  return a.text.audit_id < b.text.audit_id;
			  });
}

/* Does it change the row of that key, or make a row of that key of it? */
static bool
touches(PresentTable &table, Renderer &renderer, const RowChange &change, std::span<const int> columns, RowKey key)
{
	auto *found = static_cast<const char **>(palloc((columns.size() + 1) * sizeof(char *)));
	if (key_of(table, renderer, *change.shape, change.before, columns, found) && same_key(key, {found, columns.size()}))
		return true;
	return key_after(table, renderer, change, columns, found) && same_key(key, {found, columns.size()});
}

static void
row_history(FunctionCallInfo fcinfo)
{
	require_audit_reader("dbeng.row_history()");
	Local<PresentTable> table(PG_GETARG_OID(0));
	Local<Vector<int>> columns;
	int style = pin_value_style();
	RowKey key = asked_key(*table, PG_GETARG_JSONB_P(1), *columns);
	Rows rows(fcinfo);
	LogSnapshot snapshot;
	Local<ChangeWriter> writer;
	Local<Vector<HistoryEntry>> entries;
	MemoryContext result = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(result, "dbeng change", ALLOCSET_DEFAULT_SIZES);
	ChunkFilter filter;
	filter.table_id = table->table_id();
	Local<KeyLookup> lookup(*table);
	if (!table->key().empty())
		lookup->add(key);
	each_chunk(
		filter, lookup->numbers(),
		[&](const LoggedChunk &chunk, RowChangeReader &reader)
		{
			RowChange change;
			while (reader.next(change))
			{
				if (change.table_id != filter.table_id || !lookup->may_concern(change))
					continue;
				MemoryContext caller = MemoryContextSwitchTo(scratch);
				bool wanted = touches(*table, writer->renderer(), change, {columns->data(), columns->size()}, key);
				MemoryContextSwitchTo(result);
				if (wanted)
					entries->push_back(kept(chunk, writer->text(change)));
				MemoryContextSwitchTo(caller);
				MemoryContextReset(scratch);
			}
		});
	snapshot.end();
	sort_history(*entries);
	for (const HistoryEntry &entry : *entries)
	{
		put_row(rows, entry.chunk, entry.text);
		rows.end();
	}
	restore_value_style(style);
}

static const char *
log_column(LogColumn number)
{
	return quoted(get_attname(audit_log().log, number, false));
}

/* Does the view read this log? */
static bool
is_bound()
{
	bool bound = false;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(log_table("log")), false}};
	each_row("SELECT FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class"
			 " WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1"
			 " AND v.relname = 'audit_log' AND v.relnamespace = 'dbeng'::regnamespace",
			 arguments, [&bound](const Row &) { bound = true; });
	return bound;
}

void
bind_audit_view()
{
	/* Replacing it waits for whoever reads it, and has others wait. */
	if (!OidIsValid(log_table("log")) || is_bound())
		return;
	execute(format(
		"CREATE OR REPLACE VIEW dbeng.audit_log AS"
		" SELECT c.audit_id, l.%s AS changed_at, l.%s AS transaction_id, c.table_name, c.relation, c.action,"
		" c.record_id, c.key, c.old_data, c.new_data, c.changed_columns, l.%s AS changed_by,"
		" l.%s::name COLLATE \"C\" AS db_user, coalesce(l.%s, l.%s)::name COLLATE \"C\" AS session_user_name,"
		" l.%s AS ip_address,"
		" l.%s AS application_name, c.query, l.%s AS context"
		" FROM %s l, LATERAL dbeng._audit_changes(l.tableoid, l.ctid, l.%s, l.%s) c"
		" WHERE dbeng._audit_flush()",
		log_column(log_changed_at), log_column(log_xid), log_column(log_changed_by), log_column(log_db_user),
		log_column(log_session_user), log_column(log_db_user), log_column(log_ip_address), log_column(log_application),
		log_column(log_context), quoted(audit_schema, "log"), log_column(log_id), log_column(log_payload)));
}

/* The view as the extension makes it: without the log's tables, which can then be dropped without the extension. */
static void
unbind_audit_view()
{
	if (!is_bound())
		return;
	execute(
		"CREATE OR REPLACE VIEW dbeng.audit_log AS"
		" SELECT audit_id, changed_at, transaction_id, table_name, relation, action, record_id, key, old_data, new_data,"
		" changed_columns, changed_by, db_user, session_user_name, ip_address, application_name, query, context"
		" FROM dbeng._audit_log()");
}

} // namespace dbeng

SQL_FUNCTION(dbeng_audit_changes)
{
	using namespace dbeng;
	Rows rows(fcinfo);
	if (!is_in_log(PG_GETARG_OID(0), reinterpret_cast<ItemPointer>(PG_GETARG_POINTER(1)), PG_GETARG_INT64(2),
				   PG_GETARG_DATUM(3)))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("this is no chunk of the audit log"),
				errdetail("dbeng._audit_changes() reads what it is given only where the log has it."),
				errhint("SELECT * FROM dbeng.audit_log;"));
	ChangeWriter &writer = writer_of(fcinfo->flinfo);
	int style = pin_value_style();
	std::string_view payload = content(PG_GETARG_DATUM(3));
	Local<RowChangeReader> reader(std::span<const char>(payload), PG_GETARG_INT64(2), CurrentMemoryContext);
	put_changes(rows, *reader, writer,
				[&rows](const ChangeText &text)
				{
					rows.bigint(text.audit_id);
					put_change(rows, text);
					rows.text(text.query);
				});
	restore_value_style(style);
	return Datum{0};
}

SQL_FUNCTION(dbeng_audit_log)
{
	using namespace dbeng;
	Rows rows(fcinfo);
	if (!audit_log().exists())
		return Datum{0};
	require_audit_reader("dbeng.audit_log");
	int style = pin_value_style();
	LogSnapshot snapshot;
	Local<ChangeWriter> writer;
	each_chunk({}, [&](const LoggedChunk &chunk, RowChangeReader &reader)
			   { put_changes(rows, reader, *writer, [&](const ChangeText &text) { put_row(rows, chunk, text); }); });
	snapshot.end();
	restore_value_style(style);
	return Datum{0};
}

SQL_FUNCTION(dbeng_row_history)
{
	dbeng::row_history(fcinfo);
	return Datum{0};
}

/* What the transaction has gathered gets into the log before the query of the view scans it. */
SQL_FUNCTION(dbeng_audit_flush)
{
	dbeng::flush_changes();
	PG_RETURN_BOOL(true);
}

SQL_FUNCTION(dbeng_audit_bind)
{
	if (PG_GETARG_BOOL(0))
		dbeng::bind_audit_view();
	else
		dbeng::unbind_audit_view();
	PG_RETURN_VOID();
}
