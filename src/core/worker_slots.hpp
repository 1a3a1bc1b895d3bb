/*
 * worker_slots.hpp: what launcher, workers and sessions know of each other:
 * a few kilobytes of shared memory. Preloaded, they are asked for at the
 * start; otherwise they come from what the server keeps in reserve.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

enum class WorkerState : uint8
{
	starting,
	idle,
	running,	   /* a job */
	waiting,	   /* for a slot: max_worker_processes or dbeng.max_workers is exhausted */
	no_extension,  /* the database has no dbeng */
	other_version, /* ALTER EXTENSION dbeng UPDATE is due */
	stepped_aside, /* for DROP DATABASE, RENAME, CREATE DATABASE … TEMPLATE */
	stopped,	   /* told to */
	failed,		   /* is started again, later each time */
	ended		   /* a job's process that has done its work */
};

const char *worker_state_name(WorkerState state);

inline constexpr int max_worker_slots = 128;
inline constexpr int max_job_slots = 64;

/* One database. Whoever has a pid is alive: processes leave their slot however they end. */
struct WorkerSlot
{
	Oid database; /* InvalidOid: free */
	WorkerState state;
	bool leave; /* asked to exit */
	bool aside; /* because somebody needs the database alone */
	bool told;	/* jobs changed, look at them */
	bool probe; /* launcher: don't wait, CREATE or ALTER EXTENSION was here */
	int pid;
	int restarts;
	TimestampTz since; /* in this state */
	TimestampTz started_at;
	Latch *latch;
	char job[NAMEDATALEN];
};

/* One process that runs a job. */
struct JobSlot
{
	bool used;
	bool begun;			 /* the run is on record */
	bool role_superuser; /* as its worker saw it */
	WorkerState state;
	Oid database;
	Oid role; /* InvalidOid: a built-in job */
	int pid;
	int parent; /* the worker that reads the end and frees the slot */
	TimestampTz started_at;
	char job[NAMEDATALEN];
};

struct Workers
{
	LWLock lock;
	int launcher_pid;
	Latch *launcher_latch;
	TimestampTz launcher_started_at;
	int launcher_restarts;
	bool scan; /* launcher: look at pg_database now */
	WorkerSlot workers[max_worker_slots];
	JobSlot jobs[max_job_slots];

	/* Of the database; NULL: none. Under the lock. */
	WorkerSlot *worker_of(Oid database);
	/* Processes besides the launcher, registered ones included. Under the lock. */
	int processes() const;
	int worker_processes() const;
};

/* For _PG_init, when preloaded. */
void reserve_worker_slots();

/* False: not preloaded, and the server's reserve is exhausted. */
bool has_worker_slots();

/* Raises when there are none. */
Workers &worker_slots();

/* Runs work(Workers &) under the lock: it must not raise. */
template <class Work>
auto
with_workers(Work work)
{
	Workers &workers = worker_slots();
	LWLockAcquire(&workers.lock, LW_EXCLUSIVE);
	if constexpr (std::is_void_v<decltype(work(workers))>)
	{
		work(workers);
		LWLockRelease(&workers.lock);
	}
	else
	{
		auto result = work(workers);
		LWLockRelease(&workers.lock);
		return result;
	}
}

void wake(Latch *latch);

/* A NOTICE that something waits for a worker, where none will come to it. */
void warn_without_worker(const char *what);

/* When this transaction commits, this database's worker looks at its jobs. */
void tell_worker_at_commit();
/* When this transaction commits, the launcher looks whether this database has dbeng. */
void tell_launcher_at_commit();

} // namespace dbeng
