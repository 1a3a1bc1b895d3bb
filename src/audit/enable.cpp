/*
 * enable.cpp: switching audit on and off, and the list of what is audited.
 *
 * The triggers are made as the caller, who owns the table; what the log keeps
 * is written as the extension's owner. Everything is part of the caller's
 * transaction, and goes with it.
 */
#include "audit/audited_table.hpp"
#include "audit/key_segments.hpp"
#include "audit/log.hpp"
#include "audit/log_tables.hpp"
#include "audit/reading.hpp"
#include "audit/shape_cache.hpp"
#include "audit/triggers.hpp"
#include "core/access.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
struct Options
{
	std::span<const char *const> exclude;
	std::span<const char *const> redact;
	bool log_query;
	bool on_replica;
};
} // namespace

[[noreturn]] static void
refuse(int code, Oid relation, const char *why, const char *hint)
{
	ereport(ERROR, errcode(code), errmsg("%s cannot be audited", qualified(relation)), errdetail("%s", why),
			errhint("%s", hint));
}

/* known_as: what it was called before it was waited for. */
static void
require_owner(Oid relation, const char *known_as)
{
	const char *name = get_rel_name(relation);
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE),
				known_as == nullptr ? errmsg("relation with OID %u does not exist", relation)
									: errmsg("relation \"%s\" does not exist", known_as),
				errdetail("It was dropped, or never was."), errhint("Name a table that \\d shows."));
	if (pg::owns_relation(relation, GetUserId()))
		return;
	const char *caller = GetUserNameFromId(GetUserId(), false);
	const char *owner = GetUserNameFromId(owner_of(relation), true);
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of table %s", name),
			errdetail("Role \"%s\" is not; audit is switched on and off by who owns the table.", caller),
			errhint("Let role \"%s\" or a member of it do this.", owner == nullptr ? "?" : owner));
}

/* Who may not change a table must not wait for it, and stand in its way. */
static void
lock_as_owner(Oid relation, LOCKMODE lock)
{
	require_owner(relation, nullptr);
	const char *name = get_rel_name(relation);
	lock_audit();
	LockRelationOid(relation, lock);
	require_owner(relation, name);
}

static void
require_writable(const char *what)
{
	PreventCommandDuringRecovery(what);
	PreventCommandIfReadOnly(what);
}

static bool
lists(std::span<const char *const> names, const char *name)
{
	return std::any_of(names.begin(), names.end(), [name](const char *other) { return strcmp(other, name) == 0; });
}

static void
require_table(Oid relation)
{
	Oid schema = get_rel_namespace(relation);
	char kind = get_rel_relkind(relation);
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
	{
		const char *what = kind == RELKIND_VIEW				? "a view"
						   : kind == RELKIND_MATVIEW		? "a materialized view"
						   : kind == RELKIND_FOREIGN_TABLE	? "a foreign table: others write it past this server"
						   : kind == RELKIND_SEQUENCE		? "a sequence"
						   : kind == RELKIND_COMPOSITE_TYPE ? "a type"
															: "an index";
		refuse(ERRCODE_WRONG_OBJECT_TYPE, relation, format("It is %s.", what),
			   "Audit the tables whose rows are changed.");
	}
	if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP)
		refuse(ERRCODE_FEATURE_NOT_SUPPORTED, relation, "It is temporary: nobody but this session ever sees it.",
			   "Audit a permanent table.");
	if (relation < FirstNormalObjectId)
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, relation, "It is a system catalog.",
			   "Changes of the schema are told by log_statement = 'ddl', or by an event trigger.");
	Oid extension = getExtensionOfObject(RelationRelationId, relation);
	if (schema == get_namespace_oid(audit_schema, true) || (OidIsValid(extension) && extension == find_extension().oid))
		refuse(ERRCODE_FEATURE_NOT_SUPPORTED, relation, "It is dbeng's own.", "Audit a table of your own.");
	if (OidIsValid(extension))
		ereport(WARNING, errmsg("%s is a member of extension %s", qualified(relation), get_extension_name(extension)),
				errdetail("A dump does not hold triggers on it: a restored database does not audit it."),
				errhint("Call dbeng.enable_audit() again there."));
}

/* No change is to be logged twice. */
static void
require_one_auditor(Oid relation)
{
	::List *above = get_rel_relispartition(relation) ? get_partition_ancestors(relation) : NIL;
	::List *below = find_all_inheritors(relation, NoLock, nullptr);
	bool parted = get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE;
	Local<Vector<const char *>> children;
	for (const AuditedTable &table : audited_tables())
	{
		if (!table.enabled() || !OidIsValid(table.relation) || table.relation == relation)
			continue;
		const char *other = qualified(table.relation);
		if (list_member_oid(above, table.relation))
			refuse(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, relation,
				   format("It is a partition of %s, whose audit covers it.", other),
				   format("dbeng.disable_audit(%s) first, if only parts of it are to be audited.", literal(other)));
		if (parted && list_member_oid(below, table.relation))
			refuse(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, relation,
				   format("Its partition %s is audited on its own.", other),
				   format("SELECT dbeng.disable_audit(%s);", literal(other)));
	}
	if (!parted && list_length(below) > 1)
		ereport(NOTICE, errmsg("tables that inherit from %s are audited on their own", qualified(relation)),
				errhint("Call dbeng.enable_audit() for each of them."));
}

static void
require_columns(Oid relation, const Options &options)
{
	Relation table = table_open(relation, NoLock);
	Bitmapset *key = RelationGetIndexAttrBitmap(table, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	if (bms_is_empty(key))
		key = RelationGetIndexAttrBitmap(table, INDEX_ATTR_BITMAP_IDENTITY_KEY);
	std::size_t columns = 0;
	for (int i = 0; i < RelationGetDescr(table)->natts; i++)
		columns += TupleDescAttr(RelationGetDescr(table), i)->attisdropped ? 0 : 1;
	table_close(table, NoLock);

	Local<Vector<const char *>> seen;
	for (auto [list, names] : {std::pair<const char *, std::span<const char *const>>{"exclude", options.exclude},
							   {"redact", options.redact}})
		for (const char *name : names)
		{
			AttrNumber number = get_attnum(relation, name);
			if (number <= 0)
				ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("column \"%s\" of %s does not exist", name, qualified(relation)),
						errdetail("%s names it.", list), errhint("Name columns as \\d shows them."));
			if (lists({seen->data(), seen->size()}, name))
				ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("column \"%s\" is named twice", name),
						errdetail("A column is excluded, or redacted, or neither."), errhint("Name it once."));
			seen->push_back(name);
			if (bms_is_member(number - FirstLowInvalidHeapAttributeNumber, key))
				ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("column \"%s\" is part of the key of %s", name, qualified(relation)),
						errdetail("Without it nobody could tell whose change it was."),
						errhint("Leave it out of %s.", list));
		}
	if (columns > 0 && options.exclude.size() == columns)
		refuse(ERRCODE_INVALID_PARAMETER_VALUE, relation,
			   "All its columns are excluded: there is nothing to be logged.", "Exclude fewer columns.");
}

/* Its number, old or new: a table that was dropped and made again goes on under the number it had. */
static AuditedTable
registration(Oid relation)
{
	const char *name = get_rel_name(relation);
	const char *schema = get_namespace_name(get_rel_namespace(relation));
	AuditedTable fresh;
	const AuditedTable *same = nullptr;
	int32 last = 0;
	for (const AuditedTable &table : audited_tables())
	{
		last = std::max(last, table.table_id);
		if (table.relation == relation)
			same = &table;
		else if (same == nullptr && !OidIsValid(table.relation) && strcmp(table.table_name, name) == 0 &&
				 strcmp(table.schema_name, schema) == 0)
			same = &table;
	}
	if (same != nullptr)
		fresh = *same;
	else
		fresh.table_id = last + 1;
	fresh.relation = relation;
	fresh.schema_name = schema;
	fresh.table_name = name;
	return fresh;
}

/* The statements that make its triggers what they should be, as the caller. */
static void
apply_steps(const AuditedTable &table)
{
	Local<Vector<TriggerStep>> steps;
	trigger_steps(table, *steps);
	for (const TriggerStep &step : *steps)
		if (step.sql != nullptr)
			execute(step.sql);
	/* Sessions ask again what is excluded and redacted. */
	ListCell *cell;
	foreach (cell, find_all_inheritors(table.relation, NoLock, nullptr))
		CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
}

/* Has what is registered under that number had changes that nobody saw: was it another table, or without its row triggers? */
static bool
was_unwatched(int32 table_id, Oid relation)
{
	const AuditedTable &registered = *audited_table(table_id);
	if (registered.relation != relation)
		return true;
	Local<Vector<TriggerStep>> steps;
	trigger_steps(registered, *steps);
	return std::any_of(steps->begin(), steps->end(), [](const TriggerStep &step) { return step.misses_rows; });
}

static bool
same_names(std::span<const char *const> a, std::span<const char *const> b)
{
	return a.size() == b.size() && std::all_of(a.begin(), a.end(), [b](const char *name) { return lists(b, name); });
}

/* A column that is excluded, or not any more: the past is not to be told from what it is now. */
static void
note_shape(const AuditedTable &table)
{
	CommandCounterIncrement();
	Relation relation = table_open(table.relation, NoLock);
	record_shape_again(shape_of(relation, table.table_id));
	table_close(relation, NoLock);
}

static void
enable(Oid relation, const Options &options)
{
	lock_as_owner(relation, ShareRowExclusiveLock);
	require_table(relation);
	require_columns(relation, options);

	seeing_own_changes(
		[relation, &options]
		{
			const char *caller = GetUserNameFromId(GetUserId(), false);
			Identity identity = act_as_owner();
			make_log();
			bind_audit_view();
			require_one_auditor(relation);
			AuditedTable table = registration(relation);
			std::span<const char *const> excluded = table.exclude;
			TimestampTz now = GetCurrentTransactionStartTimestamp();
			bool unwatched = table.enabled_at != 0 && table.enabled() && was_unwatched(table.table_id, relation);
			if (table.enabled_at == 0 || !table.enabled() || unwatched)
			{
				if (unwatched)
					note_gap(table.table_id, Gap::unwatched, table.enabled_at, now);
				else if (table.enabled_at != 0)
					note_gap(table.table_id, Gap::disabled, table.disabled_at, now);
				table.enabled_at = now;
				table.disabled_at = 0;
				table.enabled_by = caller;
			}
			table.exclude = options.exclude;
			table.redact = options.redact;
			table.log_query = options.log_query;
			table.on_replica = options.on_replica;
			register_table(table);
			identity.restore();
			apply_steps(table);
			if (!same_names(excluded, options.exclude))
				note_shape(table);
		});
}

static void
disable(Oid relation)
{
	/* DROP TRIGGER wants the table for itself. */
	lock_as_owner(relation, AccessExclusiveLock);
	const AuditedTable *found = nullptr;
	::List *above = get_rel_relispartition(relation) ? get_partition_ancestors(relation) : NIL;
	for (const AuditedTable &table : audited_tables())
	{
		if (table.relation == relation && table.enabled())
			found = &table;
		if (table.enabled() && list_member_oid(above, table.relation))
			ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("%s is audited as a partition", qualified(relation)),
					errdetail("Audit was enabled for %s.", qualified(table.relation)),
					errhint("SELECT dbeng.disable_audit(%s);", literal(qualified(table.relation))));
	}
	if (found == nullptr)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("%s is not audited", qualified(relation)),
				errdetail("dbeng.enable_audit() was not called for it, or dbeng.disable_audit() was already."),
				errhint("SELECT relation FROM dbeng.audited_tables WHERE state <> 'off';"));
	AuditedTable table = *found;
	table.disabled_at = GetCurrentTransactionStartTimestamp();
	Identity identity = act_as_owner();
	register_table(table);
	identity.restore();
	seeing_own_changes([&table] { apply_steps(table); });
}

static std::span<const char *const>
name_list(FunctionCallInfo fcinfo, int number, const char *argument)
{
	if (PG_ARGISNULL(number))
		return {};
	Datum *values;
	bool *nulls;
	int count;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(number), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &values, &nulls,
					  &count);
	auto *names = static_cast<const char **>(palloc(static_cast<std::size_t>(count) * sizeof(char *) + 1));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not contain NULL", argument),
					errdetail("It is a list of names of columns."), errhint("%s => '{a_column, another}'", argument));
		names[i] = NameStr(*DatumGetName(values[i]));
	}
	return {names, static_cast<std::size_t>(count)};
}

static Oid
relation_argument(FunctionCallInfo fcinfo, const char *function)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("relation must not be NULL"),
				errdetail("%s() takes a table.", function), errhint("SELECT %s('a_schema.a_table');", function));
	return PG_GETARG_OID(0);
}

/*
 * What the log has of each table; of what is sealed the index of keys tells. How much there is is no secret to who may see
 * the statistics; what there is, he may not see.
 */
static void
count_entries(TableCounts &counts)
{
	if (!OidIsValid(log_table("log")))
		return;
	Identity identity = act_as_owner();
	LogSnapshot snapshot;
	KeyTables tables;
	if (tables.open(AccessShareLock))
	{
		tables.count_all(GetActiveSnapshot(), counts);
		tables.close();
	}
	each_chunk(ChunkFilter{}, {},
			   [&counts](const LoggedChunk &chunk, RowChangeReader &reader)
			   {
				   RowChange change;
				   while (reader.next(change))
					   counts[change.table_id].add({1, chunk.changed_at, chunk.changed_at});
			   });
	snapshot.end();
	identity.restore();
}

/* on; incomplete: its triggers are not as they should be; off: it was disabled; dropped. */
static const char *
state_of(const AuditedTable &table)
{
	if (!OidIsValid(table.relation))
		return "dropped";
	if (!table.enabled())
		return "off";
	Local<Vector<TriggerStep>> steps;
	trigger_steps(table, *steps);
	return steps->empty() ? "on" : "incomplete";
}

} // namespace dbeng

SQL_FUNCTION(dbeng_enable_audit)
{
	using namespace dbeng;
	require_writable("dbeng.enable_audit()");
	Options options = {name_list(fcinfo, 1, "exclude"), name_list(fcinfo, 2, "redact"),
					   !PG_ARGISNULL(3) && PG_GETARG_BOOL(3), !PG_ARGISNULL(4) && PG_GETARG_BOOL(4)};
	enable(relation_argument(fcinfo, "dbeng.enable_audit"), options);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_disable_audit)
{
	using namespace dbeng;
	require_writable("dbeng.disable_audit()");
	disable(relation_argument(fcinfo, "dbeng.disable_audit"));
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_audited_tables)
{
	using namespace dbeng;
	require_monitor("dbeng.audited_tables");
	Rows rows(fcinfo);
	Local<TableCounts> counts;
	count_entries(*counts);
	for (const AuditedTable &table : audited_tables())
	{
		CHECK_FOR_INTERRUPTS();
		const TableCount &logged = (*counts)[table.table_id];
		rows.oid(table.relation).names(table.exclude).bigint(logged.changes).time(logged.first_at).time(logged.last_at);
		rows.names(table.redact);
		rows.boolean(table.log_query).boolean(table.on_replica).integer(table.table_id).time(table.enabled_at);
		rows.name(table.enabled_by).time(table.disabled_at).text(state_of(table));
		rows.text(quoted(table.schema_name, table.table_name)).end();
	}
	return Datum{0};
}
