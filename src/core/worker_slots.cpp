#include "core/worker_slots.hpp"

#include "core/options.hpp"

namespace dbeng {

static Workers *attached = nullptr;
static shmem_request_hook_type previous_request = nullptr;
static shmem_startup_hook_type previous_startup = nullptr;

const char *
worker_state_name(WorkerState state)
{
	static constexpr const char *names[] = {"starting",		 "idle",
											"running",		 "waiting for a slot",
											"no extension",	 "waiting for ALTER EXTENSION UPDATE",
											"stepped aside", "stopped",
											"failed",		 "ended"};
	return names[static_cast<int>(state)];
}

WorkerSlot *
Workers::worker_of(Oid database)
{
	for (WorkerSlot &slot : workers)
	{
		if (slot.database == database)
			return &slot;
	}
	return nullptr;
}

int
Workers::worker_processes() const
{
	return static_cast<int>(std::count_if(std::begin(workers), std::end(workers),
										  [](const WorkerSlot &slot) {
											  return OidIsValid(slot.database) &&
													 (slot.pid != 0 || slot.state == WorkerState::starting);
										  }));
}

int
Workers::processes() const
{
	return worker_processes() + static_cast<int>(std::count_if(std::begin(jobs), std::end(jobs),
															   [](const JobSlot &slot) { return slot.used; }));
}

/* Another version of the library keeps other memory. */
static const char memory_name[] = "dbeng workers " DBENG_VERSION;

static void
attach()
{
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	bool found;
	auto *workers = static_cast<Workers *>(ShmemInitStruct(memory_name, sizeof(Workers), &found));
	if (!found)
	{
		memset(static_cast<void *>(workers), 0, sizeof(Workers));
		LWLockInitialize(&workers->lock, LWLockNewTrancheId());
	}
	LWLockRelease(AddinShmemInitLock);
	LWLockRegisterTranche(workers->lock.tranche, "dbeng workers");
	attached = workers;
}

bool
has_worker_slots()
{
	if (attached != nullptr)
		return true;
	MemoryContext caller = CurrentMemoryContext;
	/* Nothing but the lock is to be undone. */
	PG_TRY();
	{
		attach();
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_OUT_OF_MEMORY)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		LWLockRelease(AddinShmemInitLock);
	}
	PG_END_TRY();
	return attached != nullptr;
}

static void
request()
{
	if (previous_request != nullptr)
		previous_request();
	RequestAddinShmemSpace(MAXALIGN(sizeof(Workers)));
}

static void
startup()
{
	if (previous_startup != nullptr)
		previous_startup();
	attach();
}

void
reserve_worker_slots()
{
	previous_request = shmem_request_hook;
	shmem_request_hook = request;
	previous_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
}

Workers &
worker_slots()
{
	if (!has_worker_slots())
		ereport(ERROR, errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("the server has no shared memory left for dbeng's workers"),
				errdetail("They need %zu bytes, and dbeng is not preloaded.", sizeof(Workers)),
				errhint("Add dbeng to shared_preload_libraries and restart the server."));
	return *attached;
}

void
warn_without_worker(const char *what)
{
	bool served = has_worker_slots() && with_workers(
											[](Workers &workers)
											{
												const WorkerSlot *slot = workers.worker_of(MyDatabaseId);
												return workers.launcher_pid != 0 && workers_enabled &&
													   (slot == nullptr || slot->state != WorkerState::stopped);
											});
	if (served)
		return;
	ereport(NOTICE, errmsg("%s waits for a worker", what),
			!workers_enabled ? errdetail("dbeng.enabled is off.")
							 : errdetail("No worker serves this database now; dbeng.workers tells more."),
			!workers_enabled ? errhint("ALTER SYSTEM SET dbeng.enabled = on; SELECT pg_reload_conf();")
							 : errhint("SELECT dbeng.start_workers();"));
}

void
wake(Latch *latch)
{
	if (latch != nullptr)
		SetLatch(latch);
}

static bool tell_worker = false;
static bool tell_launcher = false;

static void
tell(XactEvent event, [[maybe_unused]] void *argument)
{
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	bool committed = event == XACT_EVENT_COMMIT;
	bool worker = std::exchange(tell_worker, false);
	bool launcher = std::exchange(tell_launcher, false);
	if (!committed || !(worker || launcher))
		return;
	with_workers(
		[launcher](Workers &workers)
		{
			WorkerSlot *slot = workers.worker_of(MyDatabaseId);
			if (slot != nullptr)
			{
				slot->told = true;
				slot->probe = slot->probe || launcher;
				wake(slot->latch);
			}
			if (launcher)
			{
				workers.scan = true;
				wake(workers.launcher_latch);
			}
		});
}

static void
at_commit(bool &what)
{
	static bool registered = false;
	/* What the callback needs is attached now: there nothing may fail any more. Without it there is nobody to tell. */
	if (!has_worker_slots())
		return;
	if (!registered)
	{
		RegisterXactCallback(tell, nullptr);
		registered = true;
	}
	what = true;
}

void
tell_worker_at_commit()
{
	at_commit(tell_worker);
}

void
tell_launcher_at_commit()
{
	at_commit(tell_launcher);
}

} // namespace dbeng
