/*
 * launcher.cpp: one process a server that keeps a worker in every database
 * that has dbeng.
 *
 * It is connected to no database, so it is in nobody's way, and reads
 * pg_database alone. Several times a second it looks whether somebody waits
 * for a database that has one of our processes, and has them leave: DROP
 * DATABASE and CREATE DATABASE … TEMPLATE fail after five seconds in which
 * anybody is connected.
 */
#include "worker/options.hpp"
#include "worker/process.hpp"

namespace dbeng {

static constexpr int64 scan_ms = 3000;	   /* between two looks at pg_database */
static constexpr int64 watch_ms = 250;	   /* between two looks who waits for a database */
static constexpr int64 probe_ms = 300000;  /* a database without dbeng is looked at again */
static constexpr int64 slot_ms = 5000;	   /* no slot: tried again */
static constexpr int64 aside_ms = 1000;	   /* after having made way */
static constexpr int64 start_ms = 30000;   /* a process that was asked for and did not come */
static constexpr int64 backoff_ms = 60000; /* the longest wait after a failure */

namespace {
/* What the launcher alone knows of a slot. */
struct Care
{
	Oid database = InvalidOid;
	BackgroundWorkerHandle *handle = nullptr;
	int64 asked_at = 0; /* when its process was asked for */
	int64 retry_at = 0; /* not to be started before */
	int failures = 0;
	bool wanted = false; /* by the settings, and the database is there */
	bool asked_to_leave = false;
};

struct Launcher
{
	Care cares[max_worker_slots];
	int64 next_scan = 0;
	bool fresh = false; /* pg_database has been read just now */
	bool told_full = false;
};
} // namespace

static constinit Launcher launcher;

static void
leave_launcher([[maybe_unused]] int code, [[maybe_unused]] Datum argument)
{
	with_workers(
		[](Workers &workers)
		{
			if (workers.launcher_pid != MyProcPid)
				return;
			workers.launcher_pid = 0;
			workers.launcher_latch = nullptr;
		});
}

/* False: another launcher is there. */
static bool
become_launcher()
{
	bool mine = with_workers(
		[](Workers &workers)
		{
			if (workers.launcher_pid != 0)
				return false;
			if (workers.launcher_started_at != 0)
				workers.launcher_restarts++;
			workers.launcher_pid = MyProcPid;
			workers.launcher_latch = MyLatch;
			workers.launcher_started_at = GetCurrentTimestamp();
			workers.scan = true;
			return true;
		});
	if (mine)
		before_shmem_exit(leave_launcher, Datum{0});
	return mine;
}

/* The databases that take connections and are wanted: all but templates, or those that are named. */
static void
read_databases(Vector<Oid> &wanted)
{
	::List *names = listed_databases();
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	Relation catalog = table_open(DatabaseRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(catalog, 0, nullptr);
	HeapTuple tuple;
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != nullptr)
	{
		auto *form = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple));
		/* -2 marks what an interrupted DROP DATABASE has left. */
		if (!form->datallowconn || form->datconnlimit == -2)
			continue;
		bool named = false;
		ListCell *cell;
		foreach (cell, names)
			named = named || strcmp(static_cast<const char *>(lfirst(cell)), NameStr(form->datname)) == 0;
		if (named || (names == NIL && !form->datistemplate))
			wanted.push_back(form->oid);
	}
	table_endscan(scan);
	table_close(catalog, AccessShareLock);
	CommitTransactionCommand();
}

/* Whether a lock on a database that sessions take at their start could be had now. */
static bool
lockable(Oid database, LOCKMODE mode)
{
	LOCKTAG tag;
	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, database, 0);
	if (LockAcquire(&tag, mode, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	LockRelease(&tag, mode, true);
	return true;
}

static void
set_state(WorkerSlot &slot, WorkerState state)
{
	if (slot.state == state)
		return;
	slot.state = state;
	slot.since = GetCurrentTimestamp();
}

/* A slot for each database that is wanted; those of others are left and, when left, freed. Under the lock. */
static void
assign_slots(Workers &workers, std::span<const Oid> wanted, bool &full)
{
	for (int i = 0; i < max_worker_slots; i++)
	{
		WorkerSlot &slot = workers.workers[i];
		Care &care = launcher.cares[i];
		if (care.database != slot.database)
			care = {.database = slot.database};
		care.wanted =
			OidIsValid(slot.database) && std::find(wanted.begin(), wanted.end(), slot.database) != wanted.end();
		if (care.wanted || !OidIsValid(slot.database))
			continue;
		if (slot.pid != 0)
		{
			slot.leave = true;
			wake(slot.latch);
		}
		else if (slot.state != WorkerState::starting)
		{
			slot = {};
			if (care.handle != nullptr)
				pfree(care.handle);
			care = {};
		}
	}
	full = false;
	for (Oid database : wanted)
	{
		if (workers.worker_of(database) != nullptr)
			continue;
		WorkerSlot *slot = workers.worker_of(InvalidOid);
		if (slot == nullptr)
		{
			full = true;
			return;
		}
		*slot = {};
		slot->database = database;
		slot->state = WorkerState::stopped;
		slot->since = GetCurrentTimestamp();
		launcher.cares[slot - workers.workers] = {.database = database, .wanted = true};
	}
}

static void
scan_databases()
{
	MemoryContext caller = CurrentMemoryContext;
	Local<Vector<Oid>> wanted;
	if (workers_enabled)
		read_databases(*wanted);
	MemoryContextSwitchTo(caller);
	launcher.fresh = true;
	bool full = false;
	with_workers(
		[&wanted, &full](Workers &workers)
		{
			workers.scan = false;
			assign_slots(workers, {wanted->data(), wanted->size()}, full);
		});
	if (full && !launcher.told_full)
		ereport(LOG, errmsg("dbeng looks after %d databases and leaves the others out", max_worker_slots),
				errhint("Name those that matter in dbeng.databases."));
	launcher.told_full = full;
}

/* Has our processes leave a database that somebody needs alone. */
static void
watch(Workers &workers, int i)
{
	Oid database =
		with_workers([i](Workers &all) { return all.workers[i].pid != 0 ? all.workers[i].database : InvalidOid; });
	bool has_jobs = false;
	if (!OidIsValid(database))
	{
		/* Its worker has gone, its jobs may still be there. */
		database = workers.workers[i].database;
		has_jobs = with_workers(
			[database](Workers &all)
			{
				return OidIsValid(database) &&
					   std::any_of(std::begin(all.jobs), std::end(all.jobs),
								   [database](const JobSlot &job)
								   { return job.used && job.pid != 0 && job.database == database; });
			});
		if (!has_jobs)
			return;
	}
	Care &care = launcher.cares[i];
	if (lockable(database, RowExclusiveLock))
		return;
	/* CREATE DATABASE … TEMPLATE shares the database with readers; a user's job is left alone then. */
	bool exclusive = !lockable(database, RowShareLock);
	with_workers(
		[i, database, exclusive, &care](Workers &all)
		{
			WorkerSlot &slot = all.workers[i];
			if (slot.pid != 0)
			{
				slot.leave = slot.aside = true;
				wake(slot.latch);
				/* It did not heed the first call: it is in the middle of something. */
				if (care.asked_to_leave && slot.state == WorkerState::running)
					kill(slot.pid, SIGINT);
				care.asked_to_leave = true;
			}
			for (JobSlot &job : all.jobs)
			{
				/* Once: a second cancel would meet it recording how it ended. */
				if (job.used && job.pid != 0 && job.state == WorkerState::running && job.database == database &&
					(exclusive || !OidIsValid(job.role)))
				{
					job.state = WorkerState::stepped_aside;
					kill(job.pid, SIGINT);
				}
			}
		});
}

static int64
backoff(int failures)
{
	return std::min(backoff_ms, int64{1000} << std::clamp(failures - 1, 0, 10));
}

/* What is to be done about a slot without a process. */
static void
consider_ended(WorkerSlot &slot, Care &care, int64 now)
{
	if (care.handle == nullptr && care.asked_at == 0)
		return;
	/* Its process was there and is gone, or has never come. */
	if (care.handle != nullptr)
		pfree(std::exchange(care.handle, nullptr));
	care.asked_to_leave = false;
	switch (slot.state)
	{
		case WorkerState::no_extension:
			care.retry_at = now + probe_ms;
			care.failures = 0;
			break;
		case WorkerState::stepped_aside:
			care.retry_at = now + aside_ms;
			break;
		case WorkerState::stopped:
			/* It was told to go. Switched on again it comes at once, not when a look of long ago said. */
			care.retry_at = 0;
			break;
		default:
			/* One that has worked for a while is a new case. */
			care.failures = now - care.asked_at > 2 * backoff_ms ? 1 : care.failures + 1;
			care.retry_at = now + backoff(care.failures);
			set_state(slot, WorkerState::failed);
			slot.restarts++;
			break;
	}
	care.asked_at = 0;
}

static bool
still_starting(const Care &care, int64 now)
{
	pid_t pid;
	if (care.handle == nullptr)
		return care.asked_at != 0 && now - care.asked_at < start_ms;
	BgwHandleStatus status = GetBackgroundWorkerPid(care.handle, &pid);
	return status == BGWH_NOT_YET_STARTED || (status == BGWH_STARTED && now - care.asked_at < start_ms);
}

/* Starts the worker of a slot when it is time and there is room. */
static void
serve(Workers &workers, int i)
{
	Care &care = launcher.cares[i];
	int64 now = monotonic_ms();
	bool start = with_workers(
		[i, now, &care](Workers &all)
		{
			WorkerSlot &slot = all.workers[i];
			if (!OidIsValid(slot.database))
				return false;
			if (slot.pid != 0)
			{
				/* One that another launcher had started. */
				if (care.asked_at == 0)
					care.asked_at = now;
				return false;
			}
			if (slot.state == WorkerState::starting)
			{
				if (care.asked_at == 0)
					care.asked_at = now;
				if (still_starting(care, now))
					return false;
			}
			consider_ended(slot, care, now);
			bool probe = std::exchange(slot.probe, false);
			if (!care.wanted || (now < care.retry_at && !probe))
				return false;
			/* The last process is for jobs: without one, those that need a process would never run. */
			if (all.worker_processes() >= max_workers - 1 || all.processes() >= max_workers)
			{
				set_state(slot, WorkerState::waiting);
				return false;
			}
			slot.leave = slot.aside = false;
			slot.told = false;
			return true;
		});
	if (!start)
		return;
	/* A process for a database that has just been dropped would die of it, loudly. */
	if (!launcher.fresh)
		scan_databases();
	Oid database = workers.workers[i].database;
	if (!care.wanted)
		return;
	if (!lockable(database, RowExclusiveLock))
	{
		care.retry_at = now + aside_ms;
		return;
	}
	TimestampTz waiting_since = with_workers(
		[i](Workers &all)
		{
			WorkerSlot &slot = all.workers[i];
			TimestampTz since = slot.state == WorkerState::waiting ? slot.since : GetCurrentTimestamp();
			set_state(slot, WorkerState::starting);
			return since;
		});
	care.asked_at = now;
	care.handle =
		start_background("dbeng_worker_main", "dbeng worker", "dbeng worker", Int32GetDatum(i), BGW_NEVER_RESTART);
	if (care.handle != nullptr)
		return;
	care.asked_at = 0;
	care.retry_at = now + slot_ms;
	with_workers(
		[i, waiting_since](Workers &all)
		{
			all.workers[i].state = WorkerState::waiting;
			all.workers[i].since = waiting_since;
		});
}

/* The processes of jobs whose worker has gone leave their slots behind. */
static void
free_job_slots()
{
	with_workers(
		[](Workers &workers)
		{
			TimestampTz now = GetCurrentTimestamp();
			for (JobSlot &job : workers.jobs)
			{
				if (!job.used || (job.pid != 0))
					continue;
				WorkerSlot *parent = workers.worker_of(job.database);
				bool orphan = parent == nullptr || parent->pid != job.parent;
				if (orphan &&
					(job.state == WorkerState::ended || TimestampDifferenceExceeds(job.started_at, now, start_ms)))
					job = {};
			}
		});
}

static void
launch()
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "dbeng launcher", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	Workers &workers = worker_slots();
	for (;;)
	{
		int64 now = monotonic_ms();
		launcher.fresh = false;
		if (workers.scan || now >= launcher.next_scan)
		{
			scan_databases();
			launcher.next_scan = now + scan_ms;
		}
		bool anybody = false;
		for (int i = 0; i < max_worker_slots; i++)
		{
			if (!OidIsValid(workers.workers[i].database))
				continue;
			watch(workers, i);
			serve(workers, i);
			anybody = anybody || workers.workers[i].pid != 0;
		}
		free_job_slots();
		MemoryContextReset(context);
		if (!wait_process(anybody ? watch_ms : 1000))
			continue;
		/* The settings were read again: what did not fit may fit now. */
		launcher.next_scan = 0;
		for (int i = 0; i < max_worker_slots; i++)
		{
			if (workers.workers[i].state == WorkerState::waiting)
				launcher.cares[i].retry_at = 0;
		}
	}
}

} // namespace dbeng

extern "C" {
PGDLLEXPORT void dbeng_launcher_main(Datum argument);
}

void
dbeng_launcher_main([[maybe_unused]] Datum argument)
{
	dbeng::start_process();
	if (!dbeng::become_launcher())
		proc_exit(0);
	BackgroundWorkerInitializeConnection(nullptr, nullptr, 0);
	pgstat_report_appname("dbeng launcher");
	pgstat_report_activity(STATE_IDLE, nullptr);
	dbeng::launch();
}
