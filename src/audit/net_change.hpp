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
	 * In the order in which they happened. Is its key before, or after, one of those of interest? A row that had one is followed,
	 * also under other keys. The table has a key.
	 */
	void apply(const Step &step, bool before, bool after);

	/* Is a row of one of these keys not there any more, there now, or another than it was? */
	bool any() const;

  private:
	struct NetRow
	{
		RowKey first_key;
		RowKey key; /* that it has by now, or had when it was deleted */
		bool of_interest; /* its first key */
		bool in_place;	  /* its key by now is of interest */
		bool existed;
		bool exists;
		const StepValue **first; /* one a column of the table; NULL: as it is now */
		const StepValue **last;	 /* NULL: nothing has changed it */
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

	std::size_t columns_;
	MemoryContext context_;
	HTAB *entries_;
};

} // namespace dbeng
