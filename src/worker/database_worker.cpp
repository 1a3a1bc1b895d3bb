/*
 * database_worker.cpp: one process a database that has dbeng. It knows when
 * which job is due, runs the short built-in ones itself and starts a process
 * for each other run, so that nothing that takes long holds up the rest.
 *
 * It sleeps until the next job is due, ten seconds at most, and is woken when
 * jobs change. It holds no lock and no snapshot between two jobs.
 */
#include "core/extension.hpp"
#include "core/process.hpp"
#include "worker/built_in.hpp"
#include "worker/job_table.hpp"
#include "worker/options.hpp"
#include "worker/process.hpp"

namespace dbeng {

static constexpr int64 look_ms = 10000; /* between two looks at the jobs, at most */
static constexpr std::size_t max_ticks = 8;
static constexpr int64 slot_ms = 2000; /* a job that found no free process is tried again */

namespace {
struct Child
{
	BackgroundWorkerHandle *handle; /* NULL: free */
	int slot;
	Oid role;
	char job[NAMEDATALEN];
};

struct Worker
{
	WorkerSlot *slot;
	WorkerState outcome; /* what its slot says when it has gone */
	MemoryContext context;
	int64 next_look; /* on the monotonic clock: setting the other one must not stop anything */
	Child children[max_job_slots];
};

struct Look
{
	Extension extension;
	bool locked = false; /* somebody drops or alters the extension right now */
	std::span<const PlannedJob> jobs;
};
} // namespace

static Worker worker = {
	.slot = nullptr, .outcome = WorkerState::failed, .context = nullptr, .next_look = 0, .children = {}};

static void
leave_slot([[maybe_unused]] int code, [[maybe_unused]] Datum argument)
{
	with_workers(
		[](Workers &workers)
		{
			worker.slot->pid = 0;
			worker.slot->latch = nullptr;
			worker.slot->job[0] = '\0';
			worker.slot->state = worker.outcome;
			worker.slot->since = GetCurrentTimestamp();
			wake(workers.launcher_latch);
		});
}

/* The database to connect to; InvalidOid: nobody waits for this process any more. */
static Oid
take_slot(int number)
{
	Oid database = with_workers(
		[number](Workers &workers)
		{
			if (number < 0 || number >= max_worker_slots)
				return InvalidOid;
			WorkerSlot &slot = workers.workers[number];
			if (slot.pid != 0 || slot.state != WorkerState::starting)
				return InvalidOid;
			slot.pid = MyProcPid;
			slot.latch = MyLatch;
			slot.started_at = GetCurrentTimestamp();
			worker.slot = &slot;
			return slot.database;
		});
	if (OidIsValid(database))
		before_shmem_exit(leave_slot, Datum{0});
	return database;
}

static void
show(WorkerState state, const char *job = "")
{
	with_workers(
		[state, job](Workers &)
		{
			if (worker.slot->state != state)
				worker.slot->since = GetCurrentTimestamp();
			worker.slot->state = state;
			strlcpy(worker.slot->job, job, sizeof(worker.slot->job));
		});
}

[[noreturn]] static void
leave(WorkerState outcome)
{
	worker.outcome = outcome;
	proc_exit(0);
}

static bool
made_way()
{
	return worker.slot->aside;
}

/* DROP EXTENSION and a transaction of ours take turns instead of taking each other's tables. */
static bool
lock_extension(Oid extension)
{
	LOCKTAG tag;
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension, 0);
	return LockAcquire(&tag, AccessShareLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

static void
look(Look &seen)
{
	begin_transaction();
	MemoryContextSwitchTo(worker.context);
	seen.extension = find_extension();
	if (seen.extension.installed() && !lock_extension(seen.extension.oid))
		seen.locked = true;
	/* It may have been dropped before the lock was had. */
	AcceptInvalidationMessages();
	seen.extension = find_extension();
	if (!seen.locked && seen.extension.fits())
	{
		record_crashes();
		seen.jobs = read_jobs();
	}
	commit_transaction();
	MemoryContextSwitchTo(worker.context);
}

static bool
is_child(const char *job)
{
	return std::any_of(std::begin(worker.children), std::end(worker.children),
					   [job](const Child &child) { return child.handle != nullptr && strcmp(child.job, job) == 0; });
}

/* Why a role can run nothing here; NULL: it can. */
static const char *
obstacle(Oid role, bool &superuser_role)
{
	HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	if (!HeapTupleIsValid(tuple))
		return format("the role that scheduled it, number %u, does not exist any more", role);
	superuser_role = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple))->rolsuper;
	ReleaseSysCache(tuple);
	if (!superuser_role && !pg::may_connect(MyDatabaseId, role))
		return format("role \"%s\" has no CONNECT privilege on this database", GetUserNameFromId(role, false));
	return nullptr;
}

/* Starts a process for a job; false: there is no room for one now. */
static bool
start_job(const PlannedJob &job)
{
	bool superuser_role = true;
	if (job.built_in == nullptr)
	{
		begin_transaction();
		MemoryContextSwitchTo(worker.context);
		const char *why = obstacle(job.role, superuser_role);
		if (why != nullptr)
			record_failure(job.name, job.role, why);
		commit_transaction();
		MemoryContextSwitchTo(worker.context);
		if (why != nullptr)
		{
			ereport(LOG, errmsg("dbeng job \"%s\" failed: %s", job.name, why));
			worker.next_look = 0;
			return true;
		}
	}
	Child *child = std::find_if(std::begin(worker.children), std::end(worker.children),
								[](const Child &other) { return other.handle == nullptr; });
	int number = child == std::end(worker.children) ? -1
													: with_workers(
														  [&job, superuser_role](Workers &workers)
														  {
															  if (workers.processes() >= max_workers)
																  return -1;
															  for (int i = 0; i < max_job_slots; i++)
															  {
																  JobSlot &slot = workers.jobs[i];
																  if (slot.used)
																	  continue;
																  slot = {};
																  slot.used = true;
																  slot.role_superuser = superuser_role;
																  slot.state = WorkerState::starting;
																  slot.database = MyDatabaseId;
																  slot.role = job.role;
																  slot.parent = MyProcPid;
																  slot.started_at = GetCurrentTimestamp();
																  strlcpy(slot.job, job.name, sizeof(slot.job));
																  return i;
															  }
															  return -1;
														  });
	if (number < 0)
		return false;
	BackgroundWorkerHandle *handle = start_background("dbeng_job_main", "dbeng job", format("dbeng job %s", job.name),
													  Int32GetDatum(number), BGW_NEVER_RESTART);
	if (handle == nullptr)
	{
		with_workers([number](Workers &workers) { workers.jobs[number] = {}; });
		return false;
	}
	child->handle = handle;
	child->slot = number;
	child->role = job.role;
	strlcpy(child->job, job.name, sizeof(child->job));
	return true;
}

/* Looks after the processes that have ended. */
static void
reap_children()
{
	for (Child &child : worker.children)
	{
		pid_t pid;
		if (child.handle == nullptr || GetBackgroundWorkerPid(child.handle, &pid) != BGWH_STOPPED)
			continue;
		pfree(std::exchange(child.handle, nullptr));
		bool begun = with_workers([&child](Workers &workers)
								  { return std::exchange(workers.jobs[child.slot], JobSlot{}).begun; });
		worker.next_look = 0;
		if (begun)
			continue;
		const Mishap *mishap = catching(
			[&child]
			{
				begin_transaction();
				if (find_extension().fits())
					record_failure(child.job, child.role, "its process could not start; the server's log says why");
				commit_transaction();
			});
		if (mishap == nullptr)
			continue;
		worker.next_look = monotonic_ms() + look_ms;
		ereport(LOG, errmsg("dbeng could not record that job \"%s\" failed: %s", child.job, mishap->message));
	}
}

/* Runs or starts what is due. */
static void
run_due(std::span<const PlannedJob> jobs)
{
	int64 wait = look_ms;
	const char *waiting = nullptr;
	bool ran = false;
	bool troubled = false;
	for (const PlannedJob &job : jobs)
	{
		TimestampTz now = GetCurrentTimestamp();
		if (job.due > now)
		{
			wait = std::min<int64>(wait, (job.due - now) / 1000 + 1);
			continue;
		}
		/* The end of a run wakes us. */
		if (job.running || is_child(job.name))
			continue;
		/* Somebody needs the database: nothing new. */
		if (worker.slot->leave)
			return;
		if (job.built_in != nullptr && !job.built_in->job->separate)
		{
			show(WorkerState::running, job.name);
			/* One that could not be recorded is still due: it waits for the next look, not to spin. */
			if (run_built_in(*job.built_in, made_way))
				ran = true;
			else
				troubled = true;
			show(WorkerState::idle);
			continue;
		}
		bool started = false;
		const Mishap *mishap = catching([&job, &started] { started = start_job(job); });
		if (mishap != nullptr)
		{
			ereport(LOG, errmsg("dbeng could not start job \"%s\": %s", job.name, mishap->message));
			troubled = true;
		}
		else if (!started)
		{
			waiting = job.name;
			wait = std::min(wait, slot_ms);
		}
	}
	show(waiting == nullptr ? WorkerState::idle : WorkerState::waiting, waiting == nullptr ? "" : waiting);
	/* Running took its time: others may be due by now. */
	worker.next_look = monotonic_ms() + (troubled ? look_ms : ran ? 0 : wait);
}

static void
look_and_run()
{
	worker.next_look = monotonic_ms() + look_ms;
	Look seen;
	const Mishap *mishap = catching([&seen] { look(seen); });
	if (mishap != nullptr)
	{
		ereport(LOG, errmsg("dbeng could not read the jobs of this database: %s", mishap->message));
		return;
	}
	if (seen.locked)
	{
		worker.next_look = monotonic_ms() + 1000;
		return;
	}
	if (!seen.extension.installed())
		leave(WorkerState::no_extension);
	if (!seen.extension.fits())
	{
		show(WorkerState::other_version);
		return;
	}
	run_due(seen.jobs);
}

/* Ticks that are due; says when the next one is, on the monotonic clock. */
static int64
run_ticks()
{
	static int64 due[max_ticks];
	std::span<const Tick *const> ticks = registered_ticks();
	int64 next = PG_INT64_MAX;
	for (std::size_t i = 0; i < ticks.size() && i < max_ticks; i++)
	{
		int64 every = ticks[i]->every();
		if (every <= 0)
			continue;
		int64 now = monotonic_ms();
		/* Also when it was switched on again, or comes more often now. */
		if (now >= due[i] || due[i] > now + every)
		{
			ticks[i]->run();
			due[i] = now + every;
		}
		next = std::min(next, due[i]);
	}
	return next;
}

static void
work()
{
	worker.context = AllocSetContextCreate(TopMemoryContext, "dbeng worker", ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		MemoryContextSwitchTo(worker.context);
		bool told = with_workers([](Workers &) { return std::exchange(worker.slot->told, false); });
		if (worker.slot->leave)
			leave(worker.slot->aside ? WorkerState::stepped_aside : WorkerState::stopped);
		reap_children();
		if (told || monotonic_ms() >= worker.next_look)
			look_and_run();
		int64 next = std::min(worker.next_look, run_ticks());
		MemoryContextSwitchTo(TopMemoryContext);
		MemoryContextReset(worker.context);
		int64 wait = next - monotonic_ms();
		if (wait > 0 && wait_process(wait))
			worker.next_look = 0;
	}
}

} // namespace dbeng

extern "C" {
PGDLLEXPORT void dbeng_worker_main(Datum argument);
}

void
dbeng_worker_main(Datum argument)
{
	dbeng::start_process();
	Oid database = dbeng::take_slot(DatumGetInt32(argument));
	if (!OidIsValid(database))
		proc_exit(0);
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	dbeng::pin_session();
	pgstat_report_appname("dbeng worker");
	pgstat_report_activity(STATE_IDLE, nullptr);
	dbeng::work();
}
