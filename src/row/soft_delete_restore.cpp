/*
 * soft_delete_restore.cpp: taking a deletion back: its rows, those that it took
 * along, and what it has set to NULL or to a default.
 *
 * The rows are updated as the caller. What comes back is checked as if it were
 * new: unique keys that were taken meanwhile, and parents that are deleted or
 * gone, are the errors that they always are.
 */
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "row/soft_delete.hpp"

namespace dbeng {

static void
require_owner(Oid relation)
{
	if (pg::owns_relation(relation, GetUserId()))
		return;
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of table %s", qualified(relation)),
			errdetail("Role \"%s\" is not; rows are restored by who owns the table.",
					  GetUserNameFromId(GetUserId(), false)),
			errhint("Let its owner, or a member of that role, do this."));
}

static void
require_writable()
{
	PreventCommandDuringRecovery("dbeng.restore()");
	PreventCommandIfReadOnly("dbeng.restore()");
}

static SoftTable
require_soft(Oid relation)
{
	SoftTable table = soft_table(relation);
	if (!table.keeps())
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("%s does not keep its deleted rows", qualified(relation)),
				errdetail("What was deleted from it is gone."),
				errhint("SELECT dbeng.enable_soft_delete(%s);", literal(qualified(relation))));
	return table;
}

/* The tables that a deletion has taken rows from, and are still there. */
static void
relations_of(int64 deletion, Vector<Oid> &relations)
{
	Argument arguments[] = {Argument::bigint(deletion)};
	Identity identity = act_as_owner();
	each_row(
		"SELECT DISTINCT c.oid FROM dbeng.deletion d, unnest(d.relations) r JOIN pg_class c ON c.oid = r WHERE d.deletion_id = $1",
		arguments, [&relations](const Row &row) { relations.push_back(static_cast<Oid>(row.integer(1))); });
	identity.restore();
}

static const char *
revival(Oid relation, const SoftTable &table, const char *alias)
{
	return format("UPDATE %s AS %s SET %s = NULL, %s = -$1 WHERE %s.%s = $1", qualified(relation), alias,
				  column_name(relation, table.deleted_at), column_name(relation, table.deletion_id), alias,
				  column_name(relation, table.deletion_id));
}

/* Runs a statement that writes, and whose one row is a count and, if asked for, an array. */
static int64
run_counting(const char *sql, std::span<const Argument> arguments, Datum *array)
{
	Local<Vector<Oid>> types;
	Local<Vector<Datum>> values;
	for (const Argument &argument : arguments)
	{
		types->push_back(argument.type);
		values->push_back(argument.value);
	}
	MemoryContext caller = CurrentMemoryContext;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	if (SPI_execute_with_args(sql, static_cast<int>(types->size()), types->data(), values->data(), nullptr, false, 0) !=
		SPI_OK_SELECT)
		elog(ERROR, "rows could not be restored");
	AtEOXact_GUC(true, level);
	bool null;
	HeapTuple row = SPI_tuptable->vals[0];
	int64 count = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &null));
	if (array != nullptr)
	{
		Datum value = SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &null);
		*array = null ? Datum{0} : SPI_datumTransfer(value, false, -1);
	}
	SPI_finish();
	MemoryContextSwitchTo(caller);
	return count;
}

/* Revives rows of a table; returns how many, and all of them as an array of the table's type. */
static int64
revive(Oid relation, const SoftTable &table, const char *condition, std::span<const Argument> arguments, Datum &revived)
{
	return run_counting(format("WITH u AS (%s AND %s RETURNING r) SELECT count(*), array_agg(u.r) FROM u",
							   revival(relation, table, "r"), condition),
						arguments, &revived);
}

/* All that a deletion took, in one statement: whoever refers to whom, the triggers look when everything is alive. */
static int64
revive_all(const Vector<Oid> &relations, std::span<const Argument> arguments)
{
	StringInfoData updates;
	StringInfoData counts;
	initStringInfo(&updates);
	initStringInfo(&counts);
	for (std::size_t i = 0; i < relations.size(); i++)
	{
		SoftTable table = soft_table(relations[i]);
		if (!table.keeps())
			continue;
		appendStringInfo(&updates, "%s u%zu AS (%s RETURNING 1)", updates.len == 0 ? "WITH" : ",", i,
						 revival(relations[i], table, "r"));
		appendStringInfo(&counts, "%s(SELECT count(*) FROM u%zu)", counts.len == 0 ? "" : " + ", i);
	}
	return updates.len == 0 ? 0 : run_counting(format("%s SELECT %s", updates.data, counts.data), arguments, nullptr);
}

namespace {
/* Rows that a deletion has unlinked, of one foreign key. */
struct Unlinked
{
	Oid relation;
	const char *constraint;
	Datum keys; /* jsonb[] */
	Datum before;
};
} // namespace

/* Links them again where they are as the deletion left them, and where what they referred to lives. */
static int64
link_again(const Unlinked &rows)
{
	Oid constraint = get_relation_constraint_oid(rows.relation, rows.constraint, true);
	KeyReference key;
	if (!OidIsValid(constraint) || !read_key(constraint, key))
		return 0;
	SoftTable parent = soft_table(key.parent);
	AttrNumber columns[INDEX_MAX_KEYS];
	int count = primary_key(rows.relation, columns);
	const AttrNumber *set = key.set_columns > 0 ? key.set : key.child_columns;
	int sets = key.set_columns > 0 ? key.set_columns : key.columns;
	const char *table = qualified(rows.relation);
	StringInfoData sql;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS c SET ", table);
	for (int i = 0; i < sets; i++)
		appendStringInfo(&sql, "%s%s = b.%s", i == 0 ? "" : ", ", column_name(rows.relation, set[i]),
						 column_name(rows.relation, set[i]));
	appendStringInfo(
		&sql,
		" FROM unnest($1, $2) AS u(k, v), jsonb_populate_record(NULL::%s, u.k) AS k, jsonb_populate_record(NULL::%s, u.v) AS b WHERE true",
		table, table);
	for (int i = 0; i < count; i++)
		appendStringInfo(&sql, " AND c.%s = k.%s", column_name(rows.relation, columns[i]),
						 column_name(rows.relation, columns[i]));
	for (int i = 0; i < sets; i++)
	{
		const char *left = "NULL";
		if (key.action == FKCONSTR_ACTION_SETDEFAULT)
		{
			Argument of[] = {{OIDOID, ObjectIdGetDatum(rows.relation), false}, {INT2OID, Int16GetDatum(set[i]), false}};
			MemoryContext context = CurrentMemoryContext;
			each_row("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = $1 AND adnum = $2", of,
					 [&left, context](const Row &row) { left = MemoryContextStrdup(context, row.text(1)); });
		}
		appendStringInfo(&sql, " AND c.%s IS NOT DISTINCT FROM %s", column_name(rows.relation, set[i]), left);
	}
	/* Columns of the key that were not set are as they were. */
	StringInfoData condition;
	initStringInfo(&condition);
	for (int i = 0; i < key.columns; i++)
	{
		bool is_set = std::find(set, set + sets, key.child_columns[i]) != set + sets;
		if (i > 0)
			appendStringInfoString(&condition, " AND ");
		generate_operator_clause(&condition, format("p.%s", column_name(key.parent, key.parent_columns[i])),
								 get_atttype(key.parent, key.parent_columns[i]), key.operators[i],
								 format("%s.%s", is_set ? "b" : "c", column_name(key.child, key.child_columns[i])),
								 get_atttype(key.child, key.child_columns[i]));
	}
	const char *live = parent.keeps() ? format(" AND p.%s IS NULL", column_name(key.parent, parent.deleted_at)) : "";
	appendStringInfo(&sql, " AND EXISTS (SELECT FROM %s AS p WHERE %s%s)", qualified(key.parent), condition.data, live);
	Oid jsons = get_array_type(JSONBOID);
	Argument arguments[] = {{jsons, rows.keys, false}, {jsons, rows.before, false}};
	return static_cast<int64>(execute(sql.data, arguments));
}

static void
link_all_again(int64 deletion)
{
	Local<Vector<Unlinked>> all;
	Argument arguments[] = {Argument::bigint(deletion)};
	MemoryContext context = CurrentMemoryContext;
	Identity identity = act_as_owner();
	each_row(
		"SELECT c.oid, u.constraint_name::text, array_agg(u.key), array_agg(u.before) FROM dbeng.deletion_unlinked u JOIN pg_class c ON c.oid = u.relation"
		" WHERE u.deletion_id = $1 GROUP BY c.oid, u.constraint_name",
		arguments,
		[&all, context](const Row &row)
		{
			MemoryContext query = MemoryContextSwitchTo(context);
			all->push_back(Unlinked{static_cast<Oid>(row.integer(1)), row.text(2), datumCopy(row.datum(3), false, -1),
									datumCopy(row.datum(4), false, -1)});
			MemoryContextSwitchTo(query);
		});
	identity.restore();
	for (const Unlinked &rows : *all)
		link_again(rows);
}

/* When nothing of it is deleted any more, it is restored; false: something is. */
static bool
note_restored(int64 deletion, const Vector<Oid> &relations)
{
	Argument arguments[] = {Argument::bigint(deletion)};
	bool left = false;
	Identity identity = past_own_policies();
	/* Others may have restored it while this waited for them. */
	PushActiveSnapshot(GetLatestSnapshot());
	for (Oid relation : relations)
	{
		SoftTable table = soft_table(relation);
		if (table.keeps() && !left)
			each_row(format("SELECT EXISTS (SELECT FROM %s WHERE %s = $1)", qualified(relation),
							column_name(relation, table.deletion_id)),
					 arguments, [&left](const Row &row) { left = row.flag(1); });
	}
	PopActiveSnapshot();
	identity.restore();
	if (left)
		return false;
	identity = act_as_owner();
	execute("UPDATE dbeng.deletion SET restored_at = now() WHERE deletion_id = $1 AND restored_at IS NULL", arguments);
	execute("DELETE FROM dbeng.deletion_unlinked WHERE deletion_id = $1", arguments);
	identity.restore();
	return true;
}

static int64
restore_deletion(int64 deletion)
{
	Local<Vector<Oid>> relations;
	Argument arguments[] = {Argument::bigint(deletion)};
	bool found = false;
	bool restored = false;
	Local<Vector<Oid>> roots;
	Identity identity = act_as_owner();
	/* Who restores the same one at the same time waits here. */
	execute("SELECT FROM dbeng.deletion WHERE deletion_id = $1 FOR UPDATE", arguments);
	see_own_changes();
	each_row(
		"SELECT d.restored_at IS NOT NULL, c.oid FROM dbeng.deletion d JOIN pg_class c ON c.oid = d.relation WHERE d.deletion_id = $1",
		arguments,
		[&found, &restored, &roots](const Row &row)
		{
			found = true;
			restored = row.flag(1);
			roots->push_back(static_cast<Oid>(row.integer(2)));
		});
	identity.restore();
	if (!found)
		ereport(ERROR, errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("there is no deletion %lld", static_cast<long long>(deletion)),
				errdetail("It was purged, or never was."), errhint("SELECT * FROM dbeng.deletions;"));
	if (restored)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("deletion %lld is restored already", static_cast<long long>(deletion)),
				errdetail("Nothing of it is deleted."),
				errhint("SELECT * FROM dbeng.deletions WHERE restored_at IS NULL;"));
	for (Oid root : *roots)
		require_owner(root);
	relations_of(deletion, *relations);
	int64 rows = revive_all(*relations, arguments);
	see_own_changes();
	link_all_again(deletion);
	see_own_changes();
	if (!note_restored(deletion, *relations))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("deletion %lld cannot be restored as a whole", static_cast<long long>(deletion)),
				errdetail("Policies hide rows of it from role \"%s\", or a trigger holds them back.",
						  GetUserNameFromId(GetUserId(), false)),
				errhint("Restore it as somebody who sees all of them: as its tenant, for one, or as a superuser."));
	return rows;
}

/* Rows of a table that meet a condition, and what the deletion took along with them, in turn. */
static int64
restore_under(Oid relation, const char *condition, std::span<const Argument> arguments)
{
	SoftTable table = soft_table(relation);
	if (!table.keeps())
		return 0;
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	Datum revived;
	int64 rows = revive(relation, table, condition, arguments, revived);
	if (rows == 0)
		return 0;
	Local<Vector<Oid>> constraints;
	Argument of[] = {{OIDOID, ObjectIdGetDatum(relation), false}};
	each_row(
		"SELECT oid FROM pg_constraint WHERE confrelid = $1 AND contype = 'f' AND conparentid = 0 AND confdeltype = 'c'",
		of, [&constraints](const Row &row) { constraints->push_back(static_cast<Oid>(row.integer(1))); });
	Argument below[] = {arguments[0], {get_array_type(get_rel_type_id(relation)), revived, false}};
	for (Oid constraint : *constraints)
	{
		KeyReference key;
		if (read_key(constraint, key))
			rows += restore_under(key.child,
								  format("EXISTS (SELECT FROM unnest($2) AS p WHERE %s)", key_condition(key, "p", "r")),
								  below);
	}
	return rows;
}

static int64
restore_row(Oid relation, Datum json)
{
	require_owner(relation);
	SoftTable table = require_soft(relation);
	const char *name = qualified(relation);
	AttrNumber columns[INDEX_MAX_KEYS];
	int count = primary_key(relation, columns);
	StringInfoData condition;
	initStringInfo(&condition);
	for (int i = 0; i < count; i++)
		appendStringInfo(&condition, "%sr.%s = (jsonb_populate_record(NULL::%s, $2)).%s", i == 0 ? "" : " AND ",
						 column_name(relation, columns[i]), name, column_name(relation, columns[i]));
	if (count == 0)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s has no primary key", name),
				errdetail("A row is found by it."),
				errhint("Restore by the number of the deletion: dbeng.restore(deletion_id)."));
	Argument arguments[] = {Argument::bigint(0), {JSONBOID, json, false}};
	bool found = false;
	bool deleted = false;
	int64 deletion = 0;
	each_row(format("SELECT r.%s IS NOT NULL, r.%s FROM %s AS r WHERE $1 IS NOT NULL AND %s",
					column_name(relation, table.deleted_at), column_name(relation, table.deletion_id), name,
					condition.data),
			 arguments,
			 [&found, &deleted, &deletion](const Row &row)
			 {
				 found = true;
				 deleted = row.flag(1);
				 deletion = row.integer(2);
			 });
	if (!found || !deleted)
	{
		Jsonb *key = DatumGetJsonbP(json);
		ereport(ERROR, errcode(found ? ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE : ERRCODE_NO_DATA_FOUND),
				errmsg("%s has no deleted row %s", name, JsonbToCString(nullptr, &key->root, VARSIZE(key))),
				errdetail("%s", found ? "It is live." : "There is no row with that key."),
				errhint("The key is an object of the columns of the primary key: {\"%s\": …}.",
						get_attname(relation, columns[0], false)));
	}
	if (deletion == 0)
		return static_cast<int64>(execute(format("UPDATE %s AS r SET %s = NULL WHERE $1 IS NOT NULL AND %s", name,
												 column_name(relation, table.deleted_at), condition.data),
										  arguments));
	arguments[0] = Argument::bigint(deletion);
	bool alone = false;
	Identity identity = act_as_owner();
	Argument root[] = {Argument::bigint(deletion), {REGCLASSOID, ObjectIdGetDatum(relation), false}};
	each_row("SELECT bool_and(d.relation = $2 AND d.key IS NOT NULL) FROM dbeng.deletion d WHERE d.deletion_id = $1",
			 root, [&alone](const Row &row) { alone = row.flag(1); });
	identity.restore();
	if (alone)
		return restore_deletion(deletion);
	int64 rows = restore_under(relation, condition.data, arguments);
	see_own_changes();
	link_all_again(deletion);
	see_own_changes();
	Local<Vector<Oid>> relations;
	relations_of(deletion, *relations);
	note_restored(deletion, *relations);
	return rows;
}

} // namespace dbeng

SQL_FUNCTION(dbeng_restore_deletion)
{
	using namespace dbeng;
	require_writable();
	int64 deletion = PG_GETARG_INT64(0);
	PG_RETURN_INT64(seeing_own_changes([deletion] { return restore_deletion(deletion); }));
}

SQL_FUNCTION(dbeng_restore_row)
{
	using namespace dbeng;
	require_writable();
	Oid relation = PG_GETARG_OID(0);
	Datum key = PG_GETARG_DATUM(1);
	PG_RETURN_INT64(seeing_own_changes([relation, key] { return restore_row(relation, key); }));
}
