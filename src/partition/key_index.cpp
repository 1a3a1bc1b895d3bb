#include "partition/key_index.hpp"

namespace dbeng {

Oid
key_index(Relation table, AttrNumber column, const Calendar &calendar)
{
	Oid family = get_opclass_family(GetDefaultOpClass(calendar.type(), BTREE_AM_OID));
	Oid found = InvalidOid;
	BlockNumber pages = MaxBlockNumber;
	::List *indexes = RelationGetIndexList(table);
	ListCell *cell;
	foreach (cell, indexes)
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);
		const FormData_pg_index *form = index->rd_index;
		bool fits = form->indisvalid && form->indisready && RelationGetForm(index)->relam == BTREE_AM_OID &&
					form->indkey.values[0] == column && RelationGetIndexPredicate(index) == NIL &&
					index->rd_opfamily[0] == family && index->rd_indcollation[0] == calendar.collation();
		/* The smallest is read fastest. */
		if (fits && RelationGetNumberOfBlocks(index) < pages)
		{
			found = RelationGetRelid(index);
			pages = RelationGetNumberOfBlocks(index);
		}
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	return found;
}

static void
make_key(ScanKeyData *key, Relation index, StrategyNumber strategy, Datum value)
{
	Oid type = index->rd_opcintype[0];
	Oid op = get_opfamily_member(index->rd_opfamily[0], type, type, static_cast<int16>(strategy));
	ScanKeyEntryInitialize(key, 0, 1, strategy, type, index->rd_indcollation[0], get_opcode(op), value);
}

KeyScan::KeyScan(Relation table, Relation index, Snapshot snapshot, const KeyBound &lower, const KeyBound &upper,
				 bool down)
{
	int count = 0;
	if (lower.kind == KeyBound::Kind::value)
		make_key(&keys_[count++], index, BTGreaterEqualStrategyNumber, lower.value);
	if (upper.kind == KeyBound::Kind::value)
		make_key(&keys_[count++], index, BTLessStrategyNumber, upper.value);
	if (count == 0)
		ScanKeyEntryInitialize(&keys_[count++], SK_ISNULL | SK_SEARCHNOTNULL, 1, InvalidStrategy, InvalidOid,
							   InvalidOid, InvalidOid, Datum{0});
	bool backwards = (index->rd_indoption[0] & INDOPTION_DESC) != 0;
	direction_ = backwards == down ? ForwardScanDirection : BackwardScanDirection;
	scan_ = pg::begin_index_scan(table, index, snapshot, count);
	index_rescan(scan_, keys_, count, nullptr, 0);
}

ItemPointer
KeyScan::entry()
{
	return index_getnext_tid(scan_, direction_);
}

} // namespace dbeng
