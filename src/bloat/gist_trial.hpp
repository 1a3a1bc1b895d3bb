/*
 * gist_trial.hpp: a build of a GiST index with some of its entries, in memory.
 *
 * It goes the way the server's build goes, sorted or not, with the server's
 * own functions and those of the operator class. A part of the entries makes
 * pages as full as all of them do.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

class GistTrial
{
  public:
	explicit GistTrial(Relation index);

	/* An entry that is still needed with this probability. Neither fails nor waits. */
	void offer(const IndexTupleData *entry, double live);

	/* That a build makes of entries of so many bytes, line pointers included. */
	double pages(double bytes);

	/* Relative standard error of pages(), as of the last one. */
	double error() const { return error_; }

  private:
	struct Kept
	{
		uint32 rank; /* at random, by the row: who has a low one is kept longest */
		uint32 at;	 /* in room_ */
	};

	void drop_half();
	void build();
	double fill_of(double times) const;
	static double part_at(std::size_t step);

	static constexpr std::size_t steps = 16;

	Relation index_;
	bool may_run_; /* the operator class's functions */
	bool sorted_;  /* is how CREATE INDEX builds it */
	char *room_;
	uint32 used_ = 0;
	uint32 most_rank_ = PG_UINT32_MAX;
	Local<Vector<Kept>> kept_;
	double built_of_ = 0; /* entries */
	/* Bytes of a leaf page, from a quarter of the entries to a half, and to all. */
	double fills_[2 * steps] = {};
	double fanout_ = 0;		   /* entries of an inner page */
	double leaves_ = 0;		   /* of the trial */
	double inner_ = 0;
	double error_ = 0;
};

/* In CurrentMemoryContext. */
GistTrial *gist_trial(Relation index);

} // namespace dbeng
