/*
 * differs.cpp: the condition of the UPDATE trigger of a table with excluded
 * columns. An update that changed none but these queues no event at all.
 *
 * The rows are named by their addresses and read again here, because a
 * condition that mentioned columns would keep them from being dropped and
 * retyped, and one that mentioned the row would fetch its TOASTed values.
 */
#include "audit/shape.hpp"

namespace dbeng {

/* Compares as they are stored: a value that was not touched keeps its TOAST pointer. */
static bool
differ(const TableShape &shape, TupleTableSlot *before, TupleTableSlot *after)
{
	slot_getallattrs(before);
	slot_getallattrs(after);
	for (const ShapeColumn &column : shape.columns)
	{
		int i = column.number - 1;
		if (before->tts_isnull[i] != after->tts_isnull[i])
			return true;
		if (!before->tts_isnull[i] &&
			!datumIsEqual(before->tts_values[i], after->tts_values[i], column.by_value, column.length))
			return true;
	}
	return false;
}

/*
 * Has this transaction made the one row of the other? Whoever may write a table but not read it could compare a row of his
 * with those that he may not see.
 */
static bool
is_update(TupleTableSlot *before, TupleTableSlot *after)
{
	if (before->tts_ops != &TTSOpsBufferHeapTuple)
		return true;
	bool copied;
	HeapTupleHeader row = ExecFetchSlotHeapTuple(before, false, &copied)->t_data;
	return (row->t_infomask & HEAP_XMAX_INVALID) == 0 && ItemPointerEquals(&row->t_ctid, &after->tts_tid) &&
		   TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetUpdateXid(row));
}

[[noreturn]] static void
refuse_call()
{
	ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			errmsg("dbeng._audit_differs() is called by triggers only"),
			errdetail("It compares a row with what the statement at hand has just made of it."),
			errhint("SELECT dbeng.enable_audit(…, exclude => …) makes the trigger."));
	pg_unreachable();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_audit_differs)
{
	using namespace dbeng;
	int32 table_id = PG_GETARG_INT32(0);
	Oid oid = PG_GETARG_OID(1);
	/* Whoever updates a table has locked it so: nobody else learns of its rows. */
	Relation relation = RelationIdGetRelation(oid);
	if (!RelationIsValid(relation) || !CheckRelationLockedByMe(relation, RowExclusiveLock, true))
		refuse_call();
	bool differs = true;
	/* A foreign table's rows cannot be read again like this. */
	if (relation->rd_rel->relkind == RELKIND_RELATION)
	{
		TupleTableSlot *before = table_slot_create(relation, nullptr);
		TupleTableSlot *after = table_slot_create(relation, nullptr);
		auto *from = reinterpret_cast<ItemPointer>(PG_GETARG_POINTER(2));
		auto *to = reinterpret_cast<ItemPointer>(PG_GETARG_POINTER(3));
		/* Reading the block of that number makes a new one. */
		if (!BlockNumberIsValid(ItemPointerGetBlockNumberNoCheck(from)) ||
			!BlockNumberIsValid(ItemPointerGetBlockNumberNoCheck(to)))
			refuse_call();
		if (table_tuple_fetch_row_version(relation, from, SnapshotAny, before) &&
			table_tuple_fetch_row_version(relation, to, SnapshotAny, after))
		{
			if (!is_update(before, after))
				refuse_call();
			differs = differ(shape_of(relation, table_id), before, after);
		}
		ExecDropSingleTupleTableSlot(before);
		ExecDropSingleTupleTableSlot(after);
	}
	RelationClose(relation);
	PG_RETURN_BOOL(differs);
}
