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
	char *name = nullptr;	 /* as it was when it was looked at */
	char *trouble = nullptr; /* NULL: all that is due is done */
	int done = 0;			 /* actions, and batches of rows */
	int tries = 0;			 /* that found others in the way */
	int64 next_try = 0;
	TimestampTz next_due = 0;
	TimestampTz was_due = 0; /* as it was written when the run began */
	bool open = false;		 /* something is left to be tried */
	bool busy = false;		 /* others are in the way */
	bool elsewhere = false;	 /* namely a session that looks after it now */
	bool drain = false;		 /* rows of its default partition have to move */

	/* It may be tried a million times in a day: what was kept before is not kept on. */
	void keep_name(MemoryContext context, const char *text) { keep(name, MemoryContextStrdup(context, text)); }
	void keep_trouble(MemoryContext context, const char *text) { keep(trouble, MemoryContextStrdup(context, text)); }
	void forget_trouble() { keep(trouble, nullptr); }

  private:
	static void keep(char *&kept, char *text)
	{
		if (kept != nullptr)
			pfree(kept);
		kept = text;
	}
};

/* Looks at all of them, and does what is due. patience_ms: how long it goes on while something is left. */
void maintain_sets(const Steps &steps, Vector<SetRun> &runs, int64 patience_ms);

/* dbeng.partition_interval: seconds between two looks of the worker; 0: it leaves partitions alone. */
extern int partition_interval;

} // namespace dbeng
