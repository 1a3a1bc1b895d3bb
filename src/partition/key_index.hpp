/*
 * key_index.hpp: a table's rows in the order of a partition key, by an index
 * that has it.
 */
#pragma once

#include "partition/calendar.hpp"

namespace dbeng {

/* An index that has the rows in the order of column key of the partitioned table: InvalidOid when the table has none. */
Oid key_index(Relation parent, Relation table);

/* Rows with keys from lower up to, not including, upper; NULLs never. Where the index is backwards, so is the way through it. */
class KeyScan
{
  public:
	KeyScan(Relation table, Relation index, Snapshot snapshot, const KeyBound &lower, const KeyBound &upper);

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
