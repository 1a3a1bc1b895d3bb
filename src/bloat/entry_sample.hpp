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
	/* At most so many pages full. */
	explicit EntrySample(uint32 pages);

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
	/* A part of them, 1: all, in the order of their rows. In CurrentMemoryContext. */
	std::span<const Entry> in_order(double part) const;
	/* How many, taken or not; and their bytes. */
	int64 offered() const { return offered_; }
	double offered_bytes() const { return offered_bytes_; }
	/* Are all entries there that a build of so many bytes has? Then a trial is the build itself. */
	bool is_whole_build(double bytes) const;

  private:
	struct Kept
	{
		uint64 row;
		uint32 rank; /* who has a low one is kept longest */
		uint32 at;	 /* in room_ */
		uint32 size;
	};

	void drop_half();

	uint32 room_bytes_;
	char *room_;
	uint32 used_ = 0;
	double bytes_ = 0;
	int64 offered_ = 0;
	double offered_bytes_ = 0;
	bool certain_ = true;
	uint32 most_rank_ = PG_UINT32_MAX;
	Local<Vector<Kept>> kept_;
};

/* For which a trial was made last. */
struct Tried
{
	int64 offered = -1; /* entries by then */
	double bytes = 0;

	/* More pages were read since, and it would be another trial. */
	bool outdated(const EntrySample &entries, double now) const;
};

/*
 * How full a build's pages are, from builds of parts of it: bytes of a page.
 *
 * Pages that fill evenly are split at about the same time, and again when there
 * are so many times the entries as a page becomes pages: so a build in halves
 * is as full as one of a half, a quarter... of its entries. Chance makes pages
 * less alike each time; how much less, a trial of these two periods shows.
 */
class PartFills
{
  public:
	/* For a build of so many bytes. split: pages that a page becomes. */
	PartFills(const EntrySample &entries, double bytes, int split);

	std::size_t parts() const { return 2 * points_; }
	/* Of the sample, at most all: from the smallest on. */
	double part(std::size_t i) const;
	/* With the standard error that comes from how different the pages are. */
	void note(std::size_t i, double fill, double error)
	{
		fills_[i] = fill;
		errors_[i] = error;
	}

	double fill() const { return mean() + swing() * alike(); }
	double error() const; /* standard error of it */
	/* Are the entries, as far as they are needed, all in the largest part? */
	bool all() const { return times_ == 0; }

  private:
	static constexpr std::size_t most_points = 4;

	const double *later() const { return fills_ + points_; }
	static double mean(const double *fills, std::size_t count);
	double mean() const { return mean(later(), points_); }
	double chance() const; /* standard error of the mean */
	double spread() const; /* of the second period: standard deviation */
	double swing() const { return later()[points_ - 1] - mean(); }
	double alike() const;

	std::size_t points_; /* of a period, half a doubling apart */
	double times_;		 /* periods from the largest part to all entries */
	double largest_;
	double clustered_; /* how far the entries of a page are all there, and those of others are not: 0 to 1 */
	double fills_[2 * most_points] = {};
	double errors_[2 * most_points] = {};
};

} // namespace dbeng
