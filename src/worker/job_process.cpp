/*
 * job_process.cpp: a process that runs one job once. A user's job runs in a
 * session of the role that scheduled it, authenticated as that role, so that
 * nothing it does can make it anybody else; what is recorded of the run is
 * written as the extension's owner before and after.
 */
#include "core/extension.hpp"
#include "core/process.hpp"
#include "worker/built_in.hpp"
#include "worker/job_table.hpp"
#include "worker/process.hpp"

namespace dbeng {

static JobSlot *slot = nullptr;

static void
leave_slot([[maybe_unused]] int code, [[maybe_unused]] Datum argument)
{
	with_workers(
		[](Workers &workers)
		{
			slot->pid = 0;
			slot->state = WorkerState::ended;
			WorkerSlot *parent = workers.worker_of(slot->database);
			if (parent != nullptr)
				wake(parent->latch);
		});
}

static bool
take_slot(int number)
{
	bool taken = with_workers(
		[number](Workers &workers)
		{
			if (number < 0 || number >= max_job_slots)
				return false;
			JobSlot &wanted = workers.jobs[number];
			if (!wanted.used || wanted.pid != 0 || wanted.state != WorkerState::starting)
				return false;
			wanted.pid = MyProcPid;
			wanted.state = WorkerState::running;
			wanted.started_at = GetCurrentTimestamp();
			slot = &wanted;
			return true;
		});
	if (taken)
		before_shmem_exit(leave_slot, Datum{0});
	return taken;
}

static bool
made_way()
{
	return slot->state == WorkerState::stepped_aside;
}

static void
set_begun()
{
	with_workers([](Workers &) { slot->begun = true; });
}

/* Records the beginning; the command is NULL when there is nothing to run. */
static JobCommand
begin(const char *job)
{
	MemoryContext context = CurrentMemoryContext;
	JobCommand command;
	begin_transaction();
	MemoryContextSwitchTo(context);
	/* Another role's rights than it was connected with: the worker tries again. */
	bool same = superuser_arg(slot->role) == slot->role_superuser;
	if (same && find_extension().fits())
		command = read_command(job);
	if (command.command != nullptr && !begin_run(job, slot->role))
		command = {};
	if (command.command != nullptr)
		SetConfigOption("search_path", command.search_path, PGC_USERSET, PGC_S_SESSION);
	commit_transaction();
	MemoryContextSwitchTo(context);
	return command;
}

static void
end(const char *job, const RunEnd &how)
{
	MemoryContext context = CurrentMemoryContext;
	/* A cancel is for the job; an error lets cancels through again. */
	HOLD_CANCEL_INTERRUPTS();
	/* Whatever the job has SET, it does not hold for what is ours. */
	ResetAllOptions();
	begin_transaction();
	MemoryContextSwitchTo(context);
	SetConfigOption("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION);
	if (find_extension().installed())
		end_run(job, how);
	commit_transaction();
	RESUME_CANCEL_INTERRUPTS();
	MemoryContextSwitchTo(context);
}

static void
run_user_job(const char *job)
{
	MemoryContext context = CurrentMemoryContext;
	JobCommand command;
	const Mishap *mishap = catching([&] { command = begin(job); });
	if (mishap != nullptr)
	{
		ereport(LOG, errmsg("dbeng could not begin job \"%s\": %s", job, mishap->message));
		return;
	}
	set_begun();
	if (command.command == nullptr)
		return;

	RunEnd how;
	pgstat_report_activity(STATE_RUNNING, command.command);
	mishap = catching([&] { how.rows = run_commands(command.command); });
	MemoryContextSwitchTo(context);
	if (mishap != nullptr)
	{
		how.status = mishap->cancelled ? RunStatus::cancelled : RunStatus::failed;
		how.message = mishap->cancelled && made_way() ? made_way_message
													  : format("%s (SQLSTATE %s)", mishap->message, mishap->sqlstate);
		if (!mishap->cancelled)
			ereport(LOG, errmsg("dbeng job \"%s\" failed: %s", job, mishap->message),
					mishap->detail == nullptr ? 0 : errdetail("%s", mishap->detail));
	}
	mishap = catching([&] { end(job, how); });
	if (mishap != nullptr)
		ereport(LOG, errmsg("dbeng could not record how job \"%s\" ended: %s", job, mishap->message));
}

static void
run_job()
{
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "dbeng job", ALLOCSET_DEFAULT_SIZES));
	const char *job = pstrdup(slot->job);
	if (OidIsValid(slot->role))
	{
		pg::connect_as(slot->database, slot->role, slot->role_superuser);
		pgstat_report_appname("dbeng job");
		run_user_job(job);
		return;
	}
	BackgroundWorkerInitializeConnectionByOid(slot->database, InvalidOid, 0);
	pin_session();
	pgstat_report_appname("dbeng job");
	set_begun();
	if (const RegisteredJob *built_in = find_job(registered_jobs(), job))
		run_built_in(*built_in, made_way);
}

} // namespace dbeng

extern "C" {
PGDLLEXPORT void dbeng_job_main(Datum argument);
}

void
dbeng_job_main(Datum argument)
{
	dbeng::start_process();
	if (!dbeng::take_slot(DatumGetInt32(argument)))
		proc_exit(0);
	dbeng::run_job();
	proc_exit(0);
}
