/*
 * convert.cpp: CALL dbeng.partition_table() and dbeng.unpartition_table(). What they
 * do under the lock is in convert.sql; here is the order of it, each step a
 * transaction of its own.
 */
#include "core/access.hpp"
#include "core/extension.hpp"
#include "core/procedure.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "partition/move_rows.hpp"
#include "partition/new_partition.hpp"
#include "partition/set_argument.hpp"

namespace dbeng {

static constexpr int64 patience_ms = 60000;

/* The arguments after the first two as dbeng.manage_partitions() takes them. */
static const char *
settings_text(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {"step",			  "premake",		 "retention",		"on_expiry",
										"time_zone",	  "with_default",	 "encoding",		"ahead",
										"archive_schema", "snowflake_epoch", "snowflake_shift", "anchor"};
	static const Oid types[] = {TEXTOID, INT4OID,	  TEXTOID, TEXTOID,		   TEXTOID, BOOLOID,
								TEXTOID, INTERVALOID, NAMEOID, TIMESTAMPTZOID, INT4OID, TEXTOID};
	StringInfoData text;
	initStringInfo(&text);
	for (int i = 0; i < static_cast<int>(std::size(names)); i++)
	{
		appendStringInfo(&text, "%s%s => ", i == 0 ? "" : ", ", names[i]);
		int argument = i + 2;
		if (PG_ARGISNULL(argument))
		{
			appendStringInfoString(&text, "NULL");
			continue;
		}
		Oid output;
		bool varlena;
		getTypeOutputInfo(types[i], &output, &varlena);
		appendStringInfo(&text, "%s::%s", literal(OidOutputFunctionCall(output, PG_GETARG_DATUM(argument))),
						 format_type_be(types[i]));
	}
	return text.data;
}

static void
raise_trouble(const char *trouble, const char *what, const char *hint)
{
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", what), errdetail("%s", trouble),
			errhint("%s", hint));
}

static double
milliseconds_of(const char *sql)
{
	double result = 0;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "a statement of dbeng failed");
	bool null;
	result = DatumGetFloat8(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
	SPI_finish();
	return result;
}

/* Foreign keys that were made anew for this table hold, as they did before: what is left is to say so, beside everybody's work. */
static const char *
validate_foreign_keys(const Steps &steps, Oid role, Oid relation, MemoryContext context)
{
	Local<Vector<const char *>> statements(ContextAllocator<const char *>{context});
	const char *trouble = step(
		steps, role,
		[&statements, relation, context]
		{
			statements->clear();
			Argument argument[] = {Argument::oid(relation)};
			each_row(
				"SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.conrelid::regclass, c.conname) FROM pg_constraint c"
				" WHERE c.confrelid = $1 AND c.contype = 'f' AND c.conparentid = 0 AND NOT c.convalidated",
				argument,
				[&statements, context](const Row &row)
				{ statements->push_back(MemoryContextStrdup(context, row.text(1))); });
		});
	for (const char *statement : *statements)
		if (trouble == nullptr)
			trouble = step(steps, role, [statement] { execute(statement); });
	return trouble;
}

static void
partition(FunctionCallInfo fcinfo)
{
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			ereport(
				ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("%s must not be NULL", i == 0   ? "relation"
											  : i == 1 ? "control"
													   : "step"),
				errdetail(
					"dbeng.partition_table() takes a table, the column that divides it, and how much of that a partition is to hold."),
				errhint("CALL dbeng.partition_table('a_schema.a_table', 'created_at', '1 month');"));
	MemoryContext caller = CurrentMemoryContext;
	Oid relation = PG_GETARG_OID(0);
	const char *control = pstrdup(NameStr(*PG_GETARG_NAME(1)));
	const char *settings = settings_text(fcinfo);
	const char *try_it =
		format("SELECT dbeng._try_conversion(%u, %s, %s)", relation, literal(control), literal(settings));
	const char *do_it = format("SELECT dbeng._adopt(%u, %s, %s)", relation, literal(control), literal(settings));
	Oid role = GetUserId();
	/* What cannot be is said as it is, with all its details: nothing has been committed yet. */
	execute(try_it);

	bool nested = begin_procedure(fcinfo, "dbeng.partition_table");
	MemoryContext lasting = CurrentMemoryContext;
	do_it = pstrdup(do_it);
	settings = pstrdup(settings);
	Steps steps = {Doer::procedure, patience_ms, nested};
	double held = 0;
	Oid parent = InvalidOid;
	const char *name = nullptr;
	const char *rest = nullptr;
	const char *trouble =
		step(steps, role,
			 [&]
			 {
				 /* What is to be said of the default partition and of workers is said in the end. */
				 pin_setting("client_min_messages", "warning");
				 held = milliseconds_of(do_it);
				 parent = get_partition_parent(relation, false);
				 Identity before = act_as_owner();
				 execute(format("UPDATE dbeng.partition_set SET draining = true WHERE parent = %u", parent));
				 before.restore();
				 name = MemoryContextStrdup(lasting, qualified(parent));
				 rest = MemoryContextStrdup(lasting, qualified(relation));
			 });
	bool adopted = trouble == nullptr;
	/* Where it is not known at once which keys the table has, that takes an index first: the worker and drain_default() make one. */
	if (adopted)
		trouble = step(steps, role,
					   [settings, parent]
					   {
						   PartitionSet set;
						   if (set.read(parent) != nullptr || lacks_index_for_attach(set))
							   return;
						   pin_setting("client_min_messages", "warning");
						   execute(format("SELECT dbeng.manage_partitions(%u, %s)", parent, settings));
					   });
	if (trouble == nullptr)
		trouble = validate_foreign_keys(steps, role, parent, lasting);
	if (trouble != nullptr)
		trouble = MemoryContextStrdup(TopTransactionContext, trouble);
	else
		ereport(
			NOTICE, errmsg("%s is partitioned; it was locked for %s ms", name, number(held, 1)),
			errdetail(
				"Its rows are in its default partition %s, from where the worker moves them into partitions of their own.",
				rest),
			errhint("Where no worker runs, or to wait for it: CALL dbeng.drain_default(%s);", literal(name)));
	end_procedure();
	MemoryContextSwitchTo(caller);
	if (trouble == nullptr)
		return;
	if (adopted)
		raise_trouble(
			trouble, "the table is partitioned, but not all is done",
			"SELECT dbeng.manage_partitions(…) with the same settings goes on; dbeng.unpartition_table() goes back.");
	raise_trouble(trouble, "the table could not become partitioned",
				  "Nothing was changed. Mend what is told, or call again when the table is less busy.");
}

static Oid
owner_of_table(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static void
unpartition(FunctionCallInfo fcinfo)
{
	Oid parent = set_argument(fcinfo, "unpartition_table");
	int rows = batch_argument(fcinfo);
	/* Not when all the rows have been gathered, and nothing comes of it. */
	execute(format("SELECT dbeng._require_plain(%u)", parent));
	Oid role = GetUserId();
	MemoryContext caller = CurrentMemoryContext;
	bool nested = begin_procedure(fcinfo, "dbeng.unpartition_table");
	MemoryContext lasting = CurrentMemoryContext;
	Steps steps = {Doer::procedure, patience_ms, nested};
	const char *name = pstrdup(qualified(parent));
	MemoryContext turn = take_turn(steps, parent);
	const char *trouble = turn == nullptr ? turn_of_another : nullptr;
	/* From here on nobody makes partitions or moves rows the other way. */
	if (trouble == nullptr)
		trouble = step(
			steps, owner_of_table(parent),
			[parent]
			{
				PartitionSet set;
				if (const char *wrong = set.read(parent))
					ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", wrong));
				Identity before = act_as_owner();
				execute(format(
					"UPDATE dbeng.partition_set SET enabled = false, draining = false, with_default = true WHERE parent = %u",
					parent));
				before.restore();
				if (!OidIsValid(set.default_partition))
					attach_default(set, make_beside(set, default_name(set)));
			});
	Movement movement;
	if (trouble == nullptr)
	{
		movement = gather_into_default(steps, parent, rows, 0);
		trouble = movement.trouble;
	}
	double held = 0;
	Oid table = InvalidOid;
	if (trouble == nullptr)
		trouble = step(steps, role,
					   [parent, &held, &table]
					   {
						   Identity before = act_as_owner();
						   execute(format("DELETE FROM dbeng.partition_set WHERE parent = %u", parent));
						   execute(format("DELETE FROM dbeng.partition_state WHERE parent = %u", parent));
						   before.restore();
						   table = get_default_partition_oid(parent);
						   held = milliseconds_of(format("SELECT dbeng._restore_plain(%u)", parent));
					   });
	if (trouble == nullptr)
		trouble = validate_foreign_keys(steps, role, table, lasting);
	if (turn != nullptr)
		MemoryContextDelete(turn);
	if (trouble != nullptr)
		trouble = MemoryContextStrdup(TopTransactionContext, trouble);
	else
		ereport(NOTICE, errmsg("%s is a plain table again; it was locked for %s ms", name, number(held, 1)),
				errdetail("%s rows were gathered in %s batches, the longest of which held it for %s ms.",
						  grouped(movement.rows), grouped(movement.batches),
						  number(static_cast<double>(movement.longest_us) / 1000, 1)));
	end_procedure();
	MemoryContextSwitchTo(caller);
	if (trouble != nullptr)
		raise_trouble(
			trouble, "the table is partitioned still",
			"What was gathered is in its default partition. Mend what is told and call again, or dbeng.manage_partitions() to go back.");
}

} // namespace dbeng

SQL_FUNCTION(dbeng_partition_table)
{
	dbeng::partition(fcinfo);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_unpartition_table)
{
	dbeng::unpartition(fcinfo);
	PG_RETURN_VOID();
}
