/*
 * row_writer.hpp: rows copied into a table as they are, and rows taken out of
 * one, beneath everything that a statement would set off: no triggers, no
 * checks of what was checked when the row was first written.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Where a copied row came from, and where it is now. */
struct CopiedRow
{
	ItemPointerData entry; /* what indexes of the old table point at */
	ItemPointerData from;  /* the row itself */
	ItemPointerData to;
};

/* Puts copies of one table's rows into another, with their index entries. */
class RowWriter
{
  public:
	/* silent: logical decoding is to see nothing of it. Both tables stay open until end(). */
	void begin(Relation from, Relation to, bool silent);
	/* Of from's row type; from is set to where it is. The copy's place is known after flush(). */
	void add(TupleTableSlot *row, const ItemPointerData &entry, Vector<CopiedRow> &copied);
	void flush(Vector<CopiedRow> &copied);
	/* Rows come with another list from here on. */
	void restart() { flushed_ = 0; }
	void end();

  private:
	static constexpr int most_slots = 500;
	static constexpr Size most_bytes = 256 * 1024;

	Relation to_;
	AttrMap *map_;
	EState *state_;
	ResultRelInfo *result_;
	BulkInsertState bulk_;
	TupleTableSlot **slots_;
	int options_;
	int filled_;
	Size bytes_;
	std::size_t flushed_; /* of the rows copied */
};

/*
 * Takes rows out of a table that this transaction has locked in ACCESS EXCLUSIVE; rows is in the order of from. Calls gone(row) for each that somebody else
 * has changed or deleted before: it stays as it is. silent as above.
 */
void take_out(Relation table, std::span<CopiedRow *const> rows, bool silent,
			  void (*gone)(void *context, CopiedRow &row), void *context);

} // namespace dbeng
