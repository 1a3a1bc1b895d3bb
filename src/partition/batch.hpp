/*
 * batch.hpp: the rows of one range, from one partition into another, in one
 * transaction: copied first, then switched.
 */
#pragma once

#include "partition/partition_set.hpp"
#include "partition/row_writer.hpp"

namespace dbeng {

/* A key of the set in the current memory. */
Datum copied_key(Relation parent, Datum key);

/* How many rows a batch may have, from what earlier ones took. */
struct Pace
{
	int most_rows;
	double scale = 1; /* what was measured ÷ what was expected */

	/* Microseconds under the lock: for each row, for each page it is on, for the rest. */
	double expected(double rows, double pages) const { return scale * (rows * 0.5 + pages * 15 + 700); }
	bool full(std::size_t rows, std::size_t pages) const;
	void learn(std::size_t rows, std::size_t pages, int64 held_us);
};

/* A row that the copies lack. */
struct Straggler
{
	ItemPointerData entry;
	HeapTuple row;
};

/* From one table of a set into another. */
struct Shift
{
	Relation parent;
	Relation from;
	Relation to;
	Oid rest; /* the default partition: one of the two */
	Oid index;
	AttrNumber key; /* in from */
	bool silent;
};

class Batch
{
  public:
	Batch(const Shift &shift, const KeyBound &lower, const KeyBound &upper);

	/* As many rows from the lower bound on as pace lets it have. */
	void copy(const Pace &pace);
	/* Locks, and deletes what was copied. From here on the range is to be the other table's. */
	void take();
	/* The last before the commit: has nobody got a snapshot meanwhile that he would keep? */
	void settle() const;

	/* Where it ends; the upper bound where there was no more. */
	const KeyBound &end() const { return end_; }
	bool whole() const { return whole_; }
	std::size_t rows() const { return copied_->size() - stale_->size() + stragglers_->size(); }
	std::size_t pages() const { return pages_; }
	int64 locked_at() const { return locked_at_; }

  private:
	void lock();
	void find_stragglers();
	void catch_up();
	bool is_copied(const ItemPointerData &entry) const;

	Shift shift_;
	Oid tables_[3]; /* as they are locked: the set, its default partition, the other */
	KeyBound lower_;
	KeyBound upper_;
	KeyBound end_ = {};
	bool whole_ = false;
	Snapshot snapshot_ = nullptr;
	RowWriter writer_;
	std::size_t pages_ = 0;
	int64 locked_at_ = 0;
	Local<Vector<CopiedRow>> copied_; /* as the index has them */
	Local<Vector<CopiedRow *>> by_place_;
	Local<Vector<CopiedRow *>> by_entry_;
	Local<Vector<CopiedRow *>> stale_;
	Local<Vector<Straggler>> stragglers_;
};

/*
 * The tables of a batch, but for the one it goes to, under locks against others who do the same, and whoever would change what is read here. No lock on the
 * set is held that anybody but maintenance minds.
 */
Shift open_shift(const PartitionSet &set, Oid parent, Oid from);
void close_shift(const Shift &shift);

} // namespace dbeng
