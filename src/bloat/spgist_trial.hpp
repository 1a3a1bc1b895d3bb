/*
 * spgist_trial.hpp: a build of an SP-GiST index with some of its entries, in
 * memory.
 *
 * Its tree is that of the operator class's own functions; of the pages only the
 * room is kept account of, as spgdoinsert.c gives it away.
 */
#pragma once

#include "bloat/entry_sample.hpp"
#include "bloat/value_check.hpp"

namespace dbeng {

class SpgistTrial
{
  public:
	explicit SpgistTrial(Relation index);

	/* An entry that is still needed with this probability. Neither fails nor waits. */
	void offer(const SpGistLeafTupleData *entry, std::size_t size, double live);

	/* That a build makes of entries of so many bytes, line pointers included, beside the three that all have. */
	double pages(double bytes);

	/* Relative standard error of pages(), as of the last one. */
	double error() const { return error_; }

	/* Can it be tried? Values that are stored without what the inner tuples say of them cannot. */
	bool possible() const { return possible_; }

  private:
	void build(double bytes);

	Relation index_;
	bool possible_;
	ValueCheck check_;
	EntrySample entries_;
	Tried tried_;
	double fill_ = 0;	/* bytes of a leaf page */
	double leaves_ = 0; /* of the trial */
	double inner_bytes_ = 0;
	double inner_pages_ = 0;
	double error_ = 0;
};

/* In CurrentMemoryContext. */
SpgistTrial *spgist_trial(Relation index);

} // namespace dbeng
