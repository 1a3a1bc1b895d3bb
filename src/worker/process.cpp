#include "worker/process.hpp"

#include <malloc.h>

namespace dbeng {

static volatile sig_atomic_t stop_requested = false;
static volatile sig_atomic_t at_work = false;

static void
on_terminate(SIGNAL_ARGS)
{
	stop_requested = true;
	if (at_work)
		die(postgres_signal_arg);
	else
		SetLatch(MyLatch);
}

void
start_process()
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, on_terminate);
	pqsignal(SIGINT, StatementCancelHandler);
	at_work = true;
	/* What a snapshot or an assessment took goes back to the system at once; by itself malloc would keep it. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	BackgroundWorkerUnblockSignals();
	worker_slots();
}

void
set_working(bool working)
{
	at_work = working;
	/* A cancel is for what is done now. */
	QueryCancelPending = false;
	/* It may have come in between, and then nobody has called die(). */
	if (stop_requested)
		proc_exit(1);
}

bool
wait_process(int64 milliseconds)
{
	set_working(false);
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, static_cast<long>(milliseconds),
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	set_working(true);
	CHECK_FOR_INTERRUPTS();
	bool reloaded = ConfigReloadPending;
	if (reloaded)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	if (catchupInterruptPending)
		ProcessCatchupInterrupt();
	return reloaded;
}

int64
monotonic_ms()
{
	instr_time now;
	INSTR_TIME_SET_CURRENT(now);
	return static_cast<int64>(INSTR_TIME_GET_MILLISEC(now));
}

static BackgroundWorker
describe(const char *function, const char *type, const char *name, Datum argument, int restart_seconds)
{
	BackgroundWorker worker = {};
	strlcpy(worker.bgw_name, name, sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, type, sizeof(worker.bgw_type));
	strlcpy(worker.bgw_library_name, "dbeng", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, function, sizeof(worker.bgw_function_name));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = restart_seconds;
	worker.bgw_main_arg = argument;
	return worker;
}

BackgroundWorkerHandle *
start_background(const char *function, const char *type, const char *name, Datum argument, int restart_seconds)
{
	BackgroundWorker worker = describe(function, type, name, argument, restart_seconds);
	worker.bgw_notify_pid = MyProcPid;
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	BackgroundWorkerHandle *handle = nullptr;
	bool started = RegisterDynamicBackgroundWorker(&worker, &handle);
	MemoryContextSwitchTo(caller);
	return started ? handle : nullptr;
}

void
pin_session()
{
	struct Pin
	{
		const char *name;
		const char *value;
	};
	static constexpr Pin pins[] = {{"search_path", "pg_catalog, pg_temp"},
								   {"default_transaction_read_only", "off"},
								   {"default_transaction_isolation", "read committed"},
								   {"default_transaction_deferrable", "off"},
								   {"session_replication_role", "origin"},
								   {"row_security", "on"},
								   {"statement_timeout", "0"},
								   {"transaction_timeout", "0"},
								   {"lock_timeout", "0"},
								   {"idle_in_transaction_session_timeout", "0"},
								   /* A copy of every counter looked at would be kept otherwise. */
								   {"stats_fetch_consistency", "none"},
								   /* The workload is the users'. */
								   {"pg_stat_statements.track", "none"},
								   {"jit", "off"}};
	StartTransactionCommand();
	for (const Pin &pin : pins)
	{
		if (GetConfigOption(pin.name, true, false) != nullptr)
			SetConfigOption(pin.name, pin.value, PGC_SUSET, PGC_S_SESSION);
	}
	CommitTransactionCommand();
}

void
register_launcher()
{
	BackgroundWorker launcher = describe("dbeng_launcher_main", "dbeng launcher", "dbeng launcher", Datum{0}, 1);
	RegisterBackgroundWorker(&launcher);
}

} // namespace dbeng
