/*
 * drain.cpp: CALL dbeng.drain_default().
 */
#include "core/procedure.hpp"
#include "core/text.hpp"
#include "partition/move_rows.hpp"
#include "partition/set_argument.hpp"

namespace dbeng {

/* How long one batch is tried for before the call gives up. */
static constexpr int64 patience_ms = 60000;

Oid
set_argument(FunctionCallInfo fcinfo, const char *what)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("parent must not be NULL"),
				errdetail("dbeng.%s() takes a partitioned table.", what),
				errhint("CALL dbeng.%s('a_schema.a_table');", what));
	Oid parent = PG_GETARG_OID(0);
	char kind = get_rel_relkind(parent);
	if (kind == '\0')
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", parent),
				errdetail("It was dropped, or never was."), errhint("Name a table that \\d shows."));
	const char *name = qualified(parent);
	if (kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s is not a partitioned table", name),
				errdetail("Only partitioned tables have a default partition."),
				errhint("CALL dbeng.partition_table(…) makes it one."));
	if (!pg::owns_relation(parent, GetUserId()))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of table %s", name),
				errdetail("Role \"%s\" is not.", GetUserNameFromId(GetUserId(), false)),
				errhint("Let its owner do this."));
	return parent;
}

int
batch_argument(FunctionCallInfo fcinfo)
{
	int rows = PG_ARGISNULL(1) ? 10000 : PG_GETARG_INT32(1);
	if (rows < 1 || rows > 1000000)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("batch_rows must be from 1 to 1000000, not %d", rows),
				errdetail("So many rows are moved in one transaction."),
				errhint("Leave it out: 10000 is a good number."));
	return rows;
}

static void
tell(const Movement &movement, const char *name)
{
	const char *stay =
		movement.staying == 0
			? ""
			: format(" %s stay: their keys are NULL, infinite or in no partition's range.", grouped(movement.staying));
	ereport(NOTICE,
			errmsg("moved %s rows of %s in %s batches", grouped(movement.rows), name, grouped(movement.batches)),
			errdetail("The longest held the set for %s ms.%s",
					  number(static_cast<double>(movement.longest_us) / 1000, 1), stay));
}

static void
drain(FunctionCallInfo fcinfo)
{
	Oid parent = set_argument(fcinfo, "drain_default");
	int rows = batch_argument(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	bool nested = begin_procedure(fcinfo, "dbeng.drain_default");
	const char *name = qualified(parent);
	Steps steps = {Doer::procedure, patience_ms, nested};
	Movement movement;
	if (MemoryContext turn = take_turn(steps, parent))
	{
		movement = drain_default_partition(steps, parent, rows, 0);
		MemoryContextDelete(turn);
	}
	else
		movement.trouble = turn_of_another;
	tell(movement, name);
	const char *trouble =
		movement.trouble == nullptr ? nullptr : MemoryContextStrdup(TopTransactionContext, movement.trouble);
	end_procedure();
	MemoryContextSwitchTo(caller);
	if (trouble != nullptr)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("%s has rows left in its default partition", name), errdetail("%s", trouble),
				errhint("What was moved is moved. Mend what is told, and call again."));
}

} // namespace dbeng

SQL_FUNCTION(dbeng_drain_default)
{
	dbeng::drain(fcinfo);
	PG_RETURN_VOID();
}
