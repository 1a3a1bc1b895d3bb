/*
 * soft_delete_purge.cpp: deleting for good what has been deleted long enough,
 * by hand and by the worker.
 *
 * Children go first: those whose foreign key would refuse, by themselves;
 * what cascades goes along. The worker commits each batch, and does it as who owns
 * the table.
 */
#include "core/extension.hpp"
#include "core/options.hpp"
#include "core/process.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "row/soft_delete.hpp"
#include "unit/job.hpp"

namespace dbeng {

static constexpr int worker_batch = 5000;

namespace {
struct Purge
{
	TimestampTz before;
	Oid archive; /* InvalidOid: nowhere */
	int batch;
};
} // namespace

/* Tables that keep rows and would refuse that rows of this one go, as long as theirs are there. */
static void
refusing_children(Oid relation, Vector<Oid> &children)
{
	Argument of[] = {{OIDOID, ObjectIdGetDatum(relation), false}};
	Local<Vector<Oid>> all;
	each_row(
		"SELECT DISTINCT conrelid FROM pg_constraint WHERE confrelid = $1 AND conrelid <> confrelid AND contype = 'f' AND conparentid = 0 AND confdeltype IN ('a', 'r')",
		of, [&all](const Row &row) { all->push_back(static_cast<Oid>(row.integer(1))); });
	for (Oid child : *all)
		if (soft_table(child).keeps())
			children.push_back(child);
}

static const char *
column_list(Oid relation, const char *alias)
{
	StringInfoData text;
	initStringInfo(&text);
	Relation table = table_open(relation, AccessShareLock);
	for (int i = 0; i < RelationGetDescr(table)->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), i);
		if (!column->attisdropped)
			appendStringInfo(&text, "%s%s%s", text.len == 0 ? "" : ", ", alias, quoted(NameStr(column->attname)));
	}
	table_close(table, AccessShareLock);
	return text.data;
}

/* Every column of the table has to have a place in the archive. */
static void
require_archive(Oid relation, Oid archive)
{
	StringInfoData missing;
	initStringInfo(&missing);
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(relation), false}, {OIDOID, ObjectIdGetDatum(archive), false}};
	each_row(
		"SELECT quote_ident(t.attname) FROM pg_attribute t WHERE t.attrelid = $1 AND t.attnum > 0 AND NOT t.attisdropped AND NOT EXISTS"
		" (SELECT FROM pg_attribute a WHERE a.attrelid = $2 AND a.attname = t.attname AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')",
		arguments,
		[&missing](const Row &row) { appendStringInfo(&missing, "%s%s", missing.len == 0 ? "" : ", ", row.text(1)); });
	if (missing.len > 0)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("%s cannot take the rows of %s", qualified(archive), qualified(relation)),
				errdetail("It lacks columns: %s.", missing.data),
				errhint("CREATE TABLE … (LIKE %s);", qualified(relation)));
}

/* What would go along without a trace. */
static void
require_no_followers(Oid relation, const SoftTable &table, std::span<const Argument> cutoff)
{
	Argument of[] = {{OIDOID, ObjectIdGetDatum(relation), false}};
	Local<Vector<Oid>> constraints;
	each_row(
		"SELECT oid FROM pg_constraint WHERE confrelid = $1 AND conrelid <> confrelid AND contype = 'f' AND conparentid = 0 AND confdeltype = 'c'",
		of, [&constraints](const Row &row) { constraints->push_back(static_cast<Oid>(row.integer(1))); });
	for (Oid constraint : *constraints)
	{
		KeyReference key;
		bool any = false;
		if (read_key(constraint, key))
			each_row(format("SELECT EXISTS (SELECT FROM %s AS p JOIN %s AS c ON %s WHERE p.%s < $1)",
							qualified(relation), qualified(key.child), key_condition(key, "p", "c"),
							column_name(relation, table.deleted_at)),
					 cutoff, [&any](const Row &row) { any = row.flag(1); });
		if (any)
			ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("rows of %s would go along without being archived", qualified(key.child)),
					errdetail("Foreign key \"%s\" says ON DELETE CASCADE.", key.name),
					errhint("Purge %s into its own archive before.", qualified(key.child)));
	}
}

/* Up to so many rows, the oldest first. */
static int64
purge_batch(Oid relation, const SoftTable &table, const Purge &purge)
{
	AttrNumber columns[INDEX_MAX_KEYS];
	int count = primary_key(relation, columns);
	StringInfoData names;
	StringInfoData same;
	initStringInfo(&names);
	initStringInfo(&same);
	for (int i = 0; i < count; i++)
	{
		const char *column = column_name(relation, columns[i]);
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ", column);
		appendStringInfo(&same, "%sd.%s = v.%s", i == 0 ? "" : " AND ", column, column);
	}
	const char *name = qualified(relation);
	const char *at = column_name(relation, table.deleted_at);
	const char *sql = format(
		"DELETE FROM %s AS d USING (SELECT %s FROM %s WHERE %s < $1 ORDER BY %s LIMIT $2 FOR UPDATE SKIP LOCKED) AS v"
		" WHERE %s AND d.%s < $1",
		name, names.data, name, at, at, same.data, at);
	if (OidIsValid(purge.archive))
		sql = format("WITH gone AS (%s RETURNING d.*) INSERT INTO %s (%s) SELECT %s FROM gone", sql,
					 qualified(purge.archive), column_list(relation, ""), column_list(relation, "gone."));
	Argument arguments[] = {Argument::time(purge.before), Argument::bigint(purge.batch)};
	int level = NewGUCNestLevel();
	pin_setting("dbeng.hard_delete", "on");
	auto rows = static_cast<int64>(execute(sql, arguments));
	AtEOXact_GUC(true, level);
	return rows;
}

/* Deletions of which nothing is left. */
static void
forget_deletions(Oid relation, const SoftTable &table, TimestampTz before)
{
	Argument arguments[] = {{REGCLASSOID, ObjectIdGetDatum(relation), false}, Argument::time(before)};
	Local<Vector<Datum>> numbers;
	Argument cutoff[] = {Argument::time(before)};
	/* Those of other tenants are left, too. */
	Identity owner = past_own_policies();
	each_row(format("SELECT DISTINCT %s FROM %s WHERE %s < $1 AND %s IS NOT NULL",
					column_name(relation, table.deletion_id), qualified(relation),
					column_name(relation, table.deleted_at), column_name(relation, table.deletion_id)),
			 cutoff, [&numbers](const Row &row) { numbers->push_back(Int64GetDatum(row.integer(1))); });
	owner.restore();
	Datum left = PointerGetDatum(construct_array(numbers->data(), static_cast<int>(numbers->size()), INT8OID,
												 sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	Argument all[] = {arguments[0], arguments[1], {INT8ARRAYOID, left, false}};
	Identity identity = act_as_owner();
	execute(
		"WITH gone AS (DELETE FROM dbeng.deletion d WHERE d.relation = $1 AND d.deleted_at < $2 AND d.deletion_id <> ALL ($3) RETURNING d.deletion_id)"
		" DELETE FROM dbeng.deletion_unlinked u USING gone WHERE u.deletion_id = gone.deletion_id",
		all);
	identity.restore();
}

static int64
purge_table(Oid relation, const Purge &purge, Vector<Oid> &seen)
{
	seen.push_back(relation);
	SoftTable table = soft_table(relation);
	if (!table.keeps())
		return 0;
	Local<Vector<Oid>> children;
	refusing_children(relation, *children);
	for (Oid child : *children)
		if (std::find(seen.begin(), seen.end(), child) == seen.end())
			purge_table(child, Purge{purge.before, InvalidOid, purge.batch}, seen);
	Argument cutoff[] = {Argument::time(purge.before)};
	if (OidIsValid(purge.archive))
		require_no_followers(relation, table, cutoff);
	int64 rows = 0;
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		int64 batch = purge_batch(relation, table, purge);
		rows += batch;
		see_own_changes();
		if (batch < purge.batch)
			break;
	}
	forget_deletions(relation, table, purge.before);
	return rows;
}

static int64
count_deleted(Oid relation, const SoftTable &table, TimestampTz before)
{
	int64 rows = 0;
	Argument arguments[] = {Argument::time(before)};
	each_row(
		format("SELECT count(*) FROM %s WHERE %s < $1", qualified(relation), column_name(relation, table.deleted_at)),
		arguments, [&rows](const Row &row) { rows = row.integer(1); });
	return rows;
}

static int64
purge_every()
{
	return soft_delete_retention > 0 ? 10 * 60 * 1000 : 0;
}

/* One batch, committed; -1: the table is gone or keeps nothing any more. */
static int64
purge_once(Oid relation, TimestampTz before)
{
	begin_transaction();
	int64 rows = -1;
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (HeapTupleIsValid(tuple))
	{
		Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
		int level = NewGUCNestLevel();
		pin_setting("lock_timeout", format("%dms", lock_timeout));
		Identity identity;
		GetUserIdAndSecContext(&identity.role, &identity.context);
		/* Triggers of the table are its owner's affair, policies keep nothing for longer. */
		SetUserIdAndSecContext(owner, identity.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION |
										  SECURITY_NOFORCE_RLS);
		SoftTable table = soft_table(relation);
		if (table.keeps())
		{
			rows = purge_batch(relation, table, Purge{before, InvalidOid, worker_batch});
			if (rows < worker_batch)
			{
				see_own_changes();
				forget_deletions(relation, table, before);
			}
		}
		identity.restore();
		AtEOXact_GUC(true, level);
	}
	commit_transaction();
	return rows;
}

static void
purge_all(JobReport &report)
{
	MemoryContext context = CurrentMemoryContext;
	Local<Vector<Oid>> tables;
	begin_transaction();
	TimestampTz before = GetCurrentTimestamp() - static_cast<int64>(soft_delete_retention) * USECS_PER_MINUTE;
	Identity identity = act_as_owner();
	/* Who refers to nobody else first would refuse: the more a table refers to, the earlier it is its turn. */
	each_row(
		"WITH RECURSIVE depth AS (SELECT c.oid, 0 AS level FROM dbeng.soft_delete s JOIN pg_class c ON c.oid = s.relation"
		" UNION SELECT f.conrelid, d.level + 1 FROM depth d JOIN pg_constraint f ON f.confrelid = d.oid AND f.contype = 'f' AND f.conrelid <> f.confrelid"
		"  JOIN dbeng.soft_delete s ON s.relation = f.conrelid WHERE d.level < 100)"
		" SELECT oid FROM depth GROUP BY oid ORDER BY max(level) DESC, oid",
		[&tables](const Row &row) { tables->push_back(static_cast<Oid>(row.integer(1))); });
	identity.restore();
	commit_transaction();
	MemoryContextSwitchTo(context);
	report.rows = 0;
	for (Oid table : *tables)
	{
		int64 rows = 0;
		const Mishap *mishap = nullptr;
		do
		{
			CHECK_FOR_INTERRUPTS();
			if (database_is_wanted())
				return;
			mishap = catching([&rows, table, before] { rows = purge_once(table, before); });
			MemoryContextSwitchTo(context);
			report.rows += mishap == nullptr ? std::max<int64>(rows, 0) : 0;
		} while (mishap == nullptr && rows == worker_batch);
		/* One table that cannot be purged is no reason to leave the others. */
		if (mishap != nullptr && report.message == nullptr)
			report.message = mishap->message;
	}
}

JOB(soft_delete_purge){
	.title = "Rows past dbeng.soft_delete_retention deleted for good",
	.every = purge_every,
	.run = purge_all,
	.transaction = false,
};

} // namespace dbeng

SQL_FUNCTION(dbeng_purge)
{
	using namespace dbeng;
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("relation and older_than must not be NULL"),
				errdetail("dbeng.purge() takes a table, and how long its deleted rows are kept."),
				errhint("SELECT dbeng.purge('a_schema.a_table', '30 days');"));
	Oid relation = PG_GETARG_OID(0);
	Interval *age = PG_GETARG_INTERVAL_P(1);
	Oid archive = PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2);
	int batch = PG_ARGISNULL(3) ? worker_batch : PG_GETARG_INT32(3);
	bool dry_run = PG_ARGISNULL(4) || PG_GETARG_BOOL(4);
	if (batch < 1)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("batch_rows must be at least 1"),
				errdetail("It is %d.", batch), errhint("batch_rows => 5000"));
	if (!pg::owns_relation(relation, GetUserId()))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("must be owner of table %s", get_rel_name(relation)),
				errdetail("Role \"%s\" is not.", GetUserNameFromId(GetUserId(), false)),
				errhint("Let its owner, or a member of that role, do this."));
	SoftTable table = soft_table(relation);
	if (!table.keeps())
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("%s does not keep its deleted rows", qualified(relation)),
				errdetail("There is nothing to purge."),
				errhint("SELECT dbeng.enable_soft_delete(%s);", literal(qualified(relation))));
	TimestampTz before = DatumGetTimestampTz(DirectFunctionCall2(
		timestamptz_mi_interval, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()), IntervalPGetDatum(age)));
	if (OidIsValid(archive))
		require_archive(relation, archive);
	if (dry_run)
		PG_RETURN_INT64(count_deleted(relation, table, before));
	PreventCommandDuringRecovery("dbeng.purge()");
	PreventCommandIfReadOnly("dbeng.purge()");
	Local<Vector<Oid>> seen;
	PG_RETURN_INT64(seeing_own_changes([&] { return purge_table(relation, Purge{before, archive, batch}, *seen); }));
}
