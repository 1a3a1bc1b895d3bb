/*
 * maintain.hpp: a run of maintenance over sets of partitions. No set keeps another from its turn: neither one that fails nor one
 * that waits for others.
 */
#pragma once

#include "partition/partition_set.hpp"
#include "partition/steps.hpp"

namespace dbeng {

/* One set's part in a run. */
struct SetRun
{
	Oid parent = InvalidOid;
	const char *name = nullptr;	   /* as it was when it was looked at */
	const char *trouble = nullptr; /* NULL: all that is due is done */
	int done = 0;				   /* actions, and batches of rows */
	int tries = 0;				   /* that found others in the way */
	int64 next_try = 0;
	TimestampTz next_due = 0;
	bool open = false;	/* something is left to be tried */
	bool busy = false;	/* others are in the way */
	bool drain = false; /* rows of its default partition have to move */
};

/* Looks at all of them, and does what is due. patience_ms: how long it goes on while something is left. */
void maintain_sets(const Steps &steps, Vector<SetRun> &runs, int64 patience_ms);

/* dbeng.partition_interval: seconds between two looks of the worker; 0: it leaves partitions alone. */
extern int partition_interval;

} // namespace dbeng
