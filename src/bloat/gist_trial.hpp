/*
 * gist_trial.hpp: a build of a GiST index with some of its entries, in memory.
 *
 * It goes the way the server's build goes, sorted or not, with the server's
 * own functions and those of the operator class. A part of the entries makes
 * pages as full as all of them do.
 */
#pragma once

#include "bloat/entry_sample.hpp"
#include "bloat/value_check.hpp"

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
	bool is_sound(const IndexTupleData *entry) const;
	void build(double bytes);

	Relation index_;
	bool may_run_;					   /* the operator class's functions */
	bool sorted_;					   /* is how CREATE INDEX builds it */
	Local<Vector<ValueCheck>> checks_; /* a column each */
	EntrySample entries_;
	Tried tried_;
	double fill_ = 0;	/* bytes of a leaf page */
	double fanout_ = 0; /* entries of an inner page */
	double leaves_ = 0; /* of the trial */
	double inner_ = 0;
	double error_ = 0;
};

/* In CurrentMemoryContext. */
GistTrial *gist_trial(Relation index);

} // namespace dbeng
