/*
 * row_probe.hpp: whether the rows that an index points to are still needed,
 * from a look at a few of them.
 *
 * What the table's own pages say is no guide to an index of some of its rows:
 * the entries of a queue's open orders may all be dead, while few rows of the
 * table are.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* What becomes of the rows of one key, and of how large a share of the rows. */
struct Fates
{
	double all_live;
	double all_dead;
	double live; /* of the others, which live and die by chance, this share lives */
};

class RowProbe
{
  public:
	/* In CurrentMemoryContext. Looks at the rows of no more than so many keys, a few of each. */
	static RowProbe *make(Oid table, std::size_t keys, std::size_t rows_of_key);

	/* A page of the index, its keys and their pointers. All three are quick and raise no error. */
	void begin_page();
	void add(const ItemPointerData &row);
	void end_key();

	/* Reads what has been chosen since. */
	void look();

	/* The share of the pointers whose rows are needed, and its standard error, when there are so many. */
	double live() const { return live_; }
	double error(double pointers) const { return error_ * std::sqrt(std::max(1 - weight_ / pointers, 0.0)); }
	const Fates &fates() const { return fates_; }
	int64 blocks_read() const { return blocks_read_; }

  private:
	static constexpr std::size_t most_rows = 4;
	static constexpr uint64 stride = 16;	   /* every so manieth pointer of a page chooses its key */
	static constexpr uint64 rows_at_once = 32; /* of a key with more each part is as good as a key */

	struct Choice
	{
		ItemPointerData rows[most_rows];
		bool needed[most_rows];
		uint8 count;
		bool known;
		uint32 page;
		double weight; /* pointers it has */

		double live() const;
	};
	struct Question
	{
		ItemPointerData row;
		bool *needed;
	};

	RowProbe(Oid table, std::span<Choice> room, std::size_t rows_of_key)
		: table_(table), choices_(room), rows_of_key_(std::min(rows_of_key, most_rows))
	{}
	std::span<Choice> chosen() const { return choices_.first(chosen_); }
	void ask(std::span<Question> questions);
	void conclude();
	void tell_fates();

	Oid table_;
	std::span<Choice> choices_;
	std::size_t rows_of_key_;
	std::size_t chosen_ = 0;
	uint64 offered_ = 0;
	uint32 page_ = 0;
	uint64 of_key_ = 0; /* pointers seen */
	Choice key_;
	bool pending_ = false;
	double weight_ = 0;
	double live_ = 1;
	double error_ = 1;
	Fates fates_ = {0, 0, 1};
	int64 blocks_read_ = 0;
};

} // namespace dbeng
