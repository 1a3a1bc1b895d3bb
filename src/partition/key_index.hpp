/*
 * key_index.hpp: a table's rows in the order of a partition key, by an index
 * that has it.
 */
#pragma once

#include "partition/calendar.hpp"

namespace dbeng {

/* An index that has all rows in the order of the calendar's keys, which are in this column: InvalidOid when the table has none. */
Oid key_index(Relation table, AttrNumber column, const Calendar &calendar);

/* Rows with keys from lower up to, not including, upper, or from the greatest down; NULLs never. Where the index is backwards, so is the way through it. */
class KeyScan
{
  public:
	KeyScan(Relation table, Relation index, Snapshot snapshot, const KeyBound &lower, const KeyBound &upper,
			bool down = false);

	/* The next entry, whether its row is there for the snapshot or not; NULL: no more. It is what an index points at, not where the row is. */
	ItemPointer entry();
	/* Its row; false: there is none for the snapshot. */
	bool row(TupleTableSlot *slot) { return index_fetch_heap(scan_, slot); }
	void end() { index_endscan(scan_); }

  private:
	IndexScanDesc scan_;
	ScanDirection direction_;
	ScanKeyData keys_[2];
};

} // namespace dbeng
