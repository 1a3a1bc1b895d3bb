/*
 * past.hpp: the rows of a table as they were, from what the log says of the changes since.
 *
 * What a table was at a time is what it is now less the changes since. They are read forwards: the first change of a row
 * after that time tells what the columns it changed were, a later one what those were that none before it has changed, and
 * the row of today tells the others.
 */
#pragma once

#include "audit/steps.hpp"

namespace dbeng {

enum class Fact : uint8
{
	unknown, /* as it is now, unless a later change says otherwise */
	known,
	lost /* not in the log */
};

struct PastRow
{
	bool existed;
	RowKey key;			/* that it has by now */
	const char **texts; /* one a column of the table */
	Fact *facts;
	bool matched; /* with a row of today */
	PastRow *next;
};

/* One of which nothing is known, in CurrentMemoryContext. */
PastRow *make_row(const PresentTable &table, bool existed);

/* What no change before has told. */
void learn(PastRow &row, std::span<const StepValue> values);

/* Rows with a key. Everything in the memory context it was made in. */
class Past
{
  public:
	explicit Past(PresentTable &table);
	/* In the order in which they happened. */
	void apply(const Step &step);

	/* What a row of today was, by the key it has; NULL: it has not changed. */
	PastRow *find(RowKey key);
	/* Rows that were there and are gone. */
	const Vector<PastRow *> &finished() const { return finished_; }
	/* One that was there, should be there still, and that nobody has found; NULL: none. */
	const PastRow *unmatched();

  private:
	struct Entry
	{
		uint64 hash;
		PastRow *rows;
	};

	PastRow **place_of(RowKey key);
	void add(PastRow *row, RowKey key);
	PastRow *take(RowKey key);

	PresentTable &table_;
	MemoryContext context_;
	HTAB *entries_;
	Vector<PastRow *> finished_;
};

/* Rows without a key: they are told apart by what is in them. */
class PastHeap
{
  public:
	explicit PastHeap(PresentTable &table);
	/* A row of today: the texts of its columns. */
	void add(const char *const *texts);
	/* In the order in which they happened, the last one first. Raises where the row that it made is not there. */
	void take_back(const Step &step);

	/* Calls visit(texts, facts) for each row. */
	template <class Visit>
	void each_row(Visit visit) const
	{
		for (const PastRow *row : rows_)
			if (row->existed)
				visit(*row);
	}

  private:
	PastRow *take(const Step &step, std::span<const StepValue> with);
	bool matches(const PastRow &row, const Step &step, std::span<const StepValue> with) const;

	PresentTable &table_;
	MemoryContext context_;
	Vector<PastRow *> rows_;
};

} // namespace dbeng
