#include "catalog/sequence_value.hpp"

namespace dbeng {

/* Has the file that the model knows still the sequence's values in it? */
static bool
is_current(const RelationEntry &relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation.oid));
	if (!HeapTupleIsValid(tuple))
		return false;
	auto *form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
	bool current = form->relkind == RELKIND_SEQUENCE && form->relfilenode == relation.file &&
				   form->reltablespace == relation.tablespace && form->relpersistence == relation.persistence;
	ReleaseSysCache(tuple);
	return current;
}

static bool
read_page(Page page, int64 *value)
{
	if (PageGetMaxOffsetNumber(page) < FirstOffsetNumber)
		return false;
	ItemId item = PageGetItemId(page, FirstOffsetNumber);
	if (!ItemIdIsNormal(item))
		return false;
	auto *tuple = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
	if (ItemIdGetLength(item) < tuple->t_hoff + sizeof(int64))
		return false;
	*value = reinterpret_cast<Form_pg_sequence_data>(reinterpret_cast<char *>(tuple) + tuple->t_hoff)->last_value;
	return true;
}

bool
sequence_last_value(const SequenceEntry &sequence, int64 *value)
{
	const RelationEntry &relation = *sequence.relation;

	/* Temporary ones are in another session's memory; of an unlogged one a standby has no file. */
	if (relation.persistence == RELPERSISTENCE_TEMP ||
		(relation.persistence == RELPERSISTENCE_UNLOGGED && RecoveryInProgress()))
		return false;
	if (!ConditionalLockRelationOid(relation.oid, AccessShareLock))
		return false;
	bool found = false;
	if (is_current(relation))
	{
		Oid tablespace = OidIsValid(relation.tablespace) ? relation.tablespace : MyDatabaseTableSpace;
		Buffer buffer =
			pg::read_first_block(tablespace, relation.file, relation.persistence == RELPERSISTENCE_PERMANENT);
		if (BufferIsValid(buffer))
		{
			LockBuffer(buffer, BUFFER_LOCK_SHARE);
			found = read_page(BufferGetPage(buffer), value);
			UnlockReleaseBuffer(buffer);
		}
	}
	UnlockRelationOid(relation.oid, AccessShareLock);
	return found;
}

} // namespace dbeng
