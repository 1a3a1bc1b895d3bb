/*
 * job.hpp: one built-in job is one file holding one JOB.
 *
 *	JOB(snapshot){
 *		.title = "Snapshot of the statistics",
 *		.every = snapshot_every,
 *		.run = take_snapshot,
 *	};
 *
 * The job's name is the unit's, with spaces for underscores. Nothing else
 * lists it: the definition lands in an ELF section that the registry walks and
 * the workers read.
 */
#pragma once

#include "core/text.hpp"

namespace dbeng {

/* What a run of a job tells of itself; kept in dbeng.job_run. */
struct JobReport
{
	int64 rows = -1;			   /* how much it did, -1 where that has no meaning */
	const char *message = nullptr; /* in the caller's memory context; NULL: nothing to say */
};

struct Job
{
	const char *title; /* what it does, as a noun phrase */
	int64 (*every)();  /* milliseconds between two runs, asked before each; 0: switched off */
	void (*run)(JobReport &);
	bool separate = false;	 /* in a process of its own: it takes long, or much memory */
	bool unlogged = false;	 /* runs often: only failures are kept */
	bool transaction = true; /* in one transaction, as the extension's owner, with a snapshot; else it makes its own */
};

/*
 * A tick is a glance at shared memory between two jobs, many times a minute:
 * no transaction, nothing recorded, no error. Its place in the source is a
 * job's file.
 */
struct Tick
{
	int64 (*every)(); /* milliseconds; 0: switched off */
	void (*run)();
};

/* What the registry holds of a job: its definition and its name in the source. */
struct JobUnit
{
	const char *name;
	const Job *job;
};

} // namespace dbeng

/* Pointers, never the structs, for the reason check.hpp gives. */
#define JOB(unit)                                                                                                 \
	extern const Job job_##unit;                                                                                  \
	static const JobUnit job_unit_##unit = {#unit, &job_##unit};                                                  \
	__attribute__((section("dbeng_jobs"), used)) static const JobUnit *const job_entry_##unit = &job_unit_##unit; \
	const Job job_##unit

#define TICK(unit)                                                                                           \
	extern const Tick tick_##unit;                                                                           \
	__attribute__((section("dbeng_ticks"), used)) static const Tick *const tick_entry_##unit = &tick_##unit; \
	const Tick tick_##unit
