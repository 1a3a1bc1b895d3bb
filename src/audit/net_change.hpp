/*
 * net_change.hpp: what many changes come to in the end: rows that were changed and changed back are as they were.
 */
#pragma once

#include "audit/steps.hpp"

namespace dbeng {

class NetChange
{
  public:
	explicit NetChange(PresentTable &table);

	/*
	 * All of the table, in the order in which they happened. Is the key before, or after, one of those of interest? The others'
	 * rows are followed as well: they may come there. Of a table without a key nothing is known.
	 */
	void apply(const Step &step, bool before, bool after);

	/* Is a row of one of these keys not there any more, there now, or another than it was? */
	bool any() const;

  private:
	struct NetRow
	{
		RowKey first_key;
		RowKey key;		  /* that it has by now, or had when it was deleted */
		bool of_interest; /* its first key */
		bool in_place;	  /* its key by now is of interest */
		bool existed;
		bool exists;
		const StepValue **first; /* one a column of the table; NULL: as it is now */
		const StepValue **last;	 /* NULL: nothing has changed it */
		bool *stamped;			 /* the last one is the time of its change */
		NetRow *next;
	};
	struct Entry
	{
		uint64 hash;
		NetRow *rows;
	};

	NetRow *row_of(const Step &step, bool before, bool after);
	NetRow *take(RowKey key, bool exists);
	void put(NetRow *row, RowKey key);
	bool is_another(const NetRow &row) const;

	PresentTable &table_;
	MemoryContext context_;
	HTAB *entries_;
};

} // namespace dbeng
