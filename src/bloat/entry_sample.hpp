/*
 * entry_sample.hpp: some entries of an index, for a build of it in memory, and
 * how full such a build's pages are at other sizes.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/*
 * Entries by chance, which the row decides: as many as have room. Neither
 * taking one nor dropping others asks for memory, as pages are locked then.
 */
class EntrySample
{
  public:
	EntrySample();

	/* size: of at most a page. live: the probability that it is still needed. */
	void offer(const ItemPointerData &row, const char *entry, std::size_t size, double live);

	std::size_t size() const { return kept_->size(); }
	/* Line pointers included. */
	double bytes() const { return bytes_; }
	/* Were none dropped? */
	bool complete() const { return most_rank_ == PG_UINT32_MAX; }

	struct Entry
	{
		uint64 row; /* in the order of the table */
		const char *at;
		uint32 size;
	};
	/* In the order of their rows, in CurrentMemoryContext. */
	std::span<const Entry> in_order() const;

  private:
	struct Kept
	{
		uint64 row;
		uint32 rank; /* who has a low one is kept longest */
		uint32 at;	 /* in room_ */
		uint32 size;
	};

	void drop_half();

	char *room_;
	uint32 used_ = 0;
	double bytes_ = 0;
	uint32 most_rank_ = PG_UINT32_MAX;
	Local<Vector<Kept>> kept_;
};

/*
 * How full pages are while entries are inserted. Pages that fill evenly are
 * split at about the same time, and again with twice the entries: so a build
 * of so many times the entries is as full as this one was when it had a half,
 * a quarter... of that. Chance makes pages less alike each time; how much
 * less, two doublings show.
 */
class FillCurve
{
  public:
	static constexpr std::size_t steps = 16; /* of a doubling */
	static constexpr std::size_t points = 2 * steps;

	/* The parts of all entries at which the fill is noted: the last one is all. */
	static double part_at(std::size_t point);

	void note(std::size_t point, double fill) { fills_[point] = fill; }
	void note_all(double fill) { std::fill(std::begin(fills_), std::end(fills_), fill); }

	/* Bytes of a page of a build with so many times the entries. */
	double at(double times) const;

  private:
	double fills_[points] = {};
};

} // namespace dbeng
