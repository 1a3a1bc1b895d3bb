#include "worker/job_table.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "worker/schedule_time.hpp"

namespace dbeng {

namespace {
/* When a job runs by its schedule alone. */
struct Timing
{
	bool known = false; /* there is such a job */
	bool unlogged = false;
	int64 every = 0;				/* microseconds */
	TimestampTz regular = DT_NOEND; /* the next time after now; DT_NOEND: switched off */
};
} // namespace

static Timing
timing_of(const RegisteredJob &job, TimestampTz now)
{
	Timing timing;
	int64 every = job.job->every();
	timing.known = true;
	timing.unlogged = job.job->unlogged;
	if (every > 0)
	{
		timing.every = every * 1000;
		timing.regular = next_time(every, now);
	}
	return timing;
}

static Timing
timing_of(const char *name, TimestampTz now)
{
	if (const RegisteredJob *job = find_job(registered_jobs(), name))
		return timing_of(*job, now);
	Timing timing;
	each_row(format("SELECT (extract(epoch FROM every) * 1000000)::bigint,"
					" dbeng._next_run(every, at, scheduled_at, clock_timestamp())"
					" FROM dbeng.job WHERE job = %s",
					literal(name)),
			 [&timing](const Row &row)
			 {
				 timing.known = true;
				 timing.every = row.integer(1);
				 if (!row.null(2))
					 timing.regular = row.time(2);
			 });
	return timing;
}

static void
set_due(const char *name, TimestampTz due)
{
	Argument arguments[] = {Argument::text(name), Argument::time(due)};
	execute("INSERT INTO dbeng.job_state AS s (job, next_run) VALUES ($1, $2)"
			" ON CONFLICT (job) DO UPDATE SET next_run = excluded.next_run",
			arguments);
}

/* When it is due: as recorded, unless the clock was set back, its schedule changed, or nothing is recorded. */
static TimestampTz
settle_due(const char *name, const Row &state, const Timing &timing)
{
	bool recorded = !state.null(1);
	int64 failures = state.integer(3);
	TimestampTz due = state.time(1);
	if (timing.regular != DT_NOEND)
	{
		/* A failed one may wait beyond its regular time, by no more than the longest delay. */
		TimestampTz latest = timing.regular + (failures > 0 ? USECS_PER_HOUR : 0);
		if (!recorded || due > latest)
		{
			due = timing.regular;
			set_due(name, due);
		}
	}
	else
		due = DT_NOEND;
	return state.null(2) ? due : std::min(due, state.time(2));
}

std::span<const PlannedJob>
read_jobs()
{
	Identity caller = act_as_owner();
	MemoryContext context = CurrentMemoryContext;
	Local<Vector<PlannedJob>> jobs;
	TimestampTz now = GetCurrentTimestamp();

	each_row("SELECT s.next_run, s.requested_at, s.failures, j.job, j.role::oid,"
			 " (extract(epoch FROM j.every) * 1000000)::bigint,"
			 " dbeng._next_run(j.every, j.at, j.scheduled_at, clock_timestamp()), r.job IS NOT NULL"
			 " FROM dbeng.job j LEFT JOIN dbeng.job_state s USING (job)"
			 " LEFT JOIN dbeng.job_run r ON r.job = j.job AND r.status = 'running'"
			 " WHERE j.enabled ORDER BY j.job_id",
			 [&jobs, context](const Row &row)
			 {
				 Timing timing;
				 timing.known = true;
				 timing.every = row.integer(6);
				 if (!row.null(7))
					 timing.regular = row.time(7);
				 const char *name = MemoryContextStrdup(context, row.text(4));
				 TimestampTz due = settle_due(name, row, timing);
				 jobs->push_back({name, nullptr, static_cast<Oid>(row.integer(5)), due, row.flag(8)});
			 });
	for (const RegisteredJob &job : registered_jobs())
	{
		Timing timing = timing_of(job, now);
		each_row(format("SELECT s.next_run, s.requested_at, s.failures, EXISTS (SELECT FROM dbeng.job_run r"
						" WHERE r.job = b.job AND r.status = 'running')"
						" FROM (SELECT %s AS job) b LEFT JOIN dbeng.job_state s USING (job)",
						literal(job.name)),
				 [&jobs, &job, &timing](const Row &row)
				 {
					 TimestampTz due = settle_due(job.name, row, timing);
					 jobs->push_back({job.name, &job, InvalidOid, due, row.flag(4)});
				 });
	}
	caller.restore();
	return {jobs->data(), jobs->size()};
}

JobCommand
read_command(const char *job)
{
	Identity caller = act_as_owner();
	MemoryContext context = CurrentMemoryContext;
	JobCommand command;
	each_row(format("SELECT command, search_path FROM dbeng.job WHERE job = %s AND enabled", literal(job)),
			 [&command, context](const Row &row)
			 {
				 command.command = MemoryContextStrdup(context, row.text(1));
				 command.search_path = MemoryContextStrdup(context, row.text(2));
			 });
	caller.restore();
	return command;
}

static const char *
status_name(RunStatus status)
{
	static constexpr const char *names[] = {"succeeded", "failed", "cancelled", "crashed"};
	return names[static_cast<int>(status)];
}

static Argument
role_argument(Oid role)
{
	return {REGROLEOID, ObjectIdGetDatum(role), !OidIsValid(role)};
}

/* A run that is often, and of which only failures are kept, need not wait for the disk. */
static void
commit_soon(bool unlogged)
{
	if (unlogged)
		set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

bool
begin_run(const char *job, Oid role)
{
	Identity caller = act_as_owner();
	TimestampTz now = GetCurrentTimestamp();
	Timing timing = timing_of(job, now);
	commit_soon(timing.unlogged);
	Argument run[] = {Argument::text(job), Argument::time(now), role_argument(role), Argument::integer(MyProcPid),
					  Argument::time(MyStartTimestamp)};
	bool begun = execute("INSERT INTO dbeng.job_run (job, started_at, status, role, pid, process_started_at)"
						 " VALUES ($1, $2, 'running', $3, $4, $5)"
						 " ON CONFLICT (job) WHERE status = 'running' DO NOTHING",
						 run) > 0;
	if (begun && timing.known)
	{
		Argument state[] = {Argument::text(job), Argument::time(now), Argument::time(timing.regular)};
		execute("INSERT INTO dbeng.job_state AS s (job, next_run, last_run) VALUES ($1, $3, $2)"
				" ON CONFLICT (job) DO UPDATE SET next_run = $3, last_run = $2, requested_at = NULL",
				state);
	}
	caller.restore();
	return begun;
}

/* Where the job stands after a run. */
static void
record_state(const char *job, const RunEnd &end)
{
	TimestampTz now = GetCurrentTimestamp();
	Timing timing = timing_of(job, now);
	if (!timing.known)
		return;
	bool failed = end.status == RunStatus::failed || end.status == RunStatus::crashed;
	int64 failures = 0;
	each_row(format("SELECT failures FROM dbeng.job_state WHERE job = %s", literal(job)),
			 [&failures](const Row &row) { failures = row.integer(1); });
	/* Somebody's cancel says nothing of the job. */
	if (end.status == RunStatus::succeeded)
		failures = 0;
	else if (failed)
		failures++;
	TimestampTz due = timing.regular;
	if (failed && due != DT_NOEND)
	{
		TimestampTz retry = now + retry_delay(timing.every, static_cast<int>(std::min<int64>(failures, 100)));
		due = timing.every > USECS_PER_HOUR ? std::min(due, retry) : std::max(due, retry);
	}
	if (end.again)
		due = now;
	Argument state[] = {Argument::text(job), Argument::text(status_name(end.status)),
						Argument::text(end.status == RunStatus::succeeded ? nullptr : end.message),
						Argument::bigint(failures), Argument::time(due)};
	execute("UPDATE dbeng.job_state SET last_status = $2, last_error = $3, failures = $4, next_run = $5 WHERE job = $1",
			state);
}

/* Of the process with that number and start. */
static void
finish(const char *job, const RunEnd &end, int pid, TimestampTz process_started_at)
{
	const RegisteredJob *built_in = find_job(registered_jobs(), job);
	bool unlogged = built_in != nullptr && built_in->job->unlogged;
	commit_soon(unlogged);
	Argument run[] = {Argument::text(job),
					  Argument::integer(pid),
					  Argument::time(process_started_at),
					  Argument::text(status_name(end.status)),
					  {INT8OID, Int64GetDatum(end.rows), end.rows < 0},
					  Argument::text(end.message)};
	std::span<const Argument> arguments = run;
	uint64 found = unlogged && end.status == RunStatus::succeeded
					   ? execute("DELETE FROM dbeng.job_run WHERE job = $1 AND status = 'running' AND pid = $2"
								 " AND process_started_at = $3",
								 arguments.first(3))
					   : execute("UPDATE dbeng.job_run SET status = $4, finished_at = clock_timestamp(), rows = $5,"
								 " message = $6 WHERE job = $1 AND status = 'running' AND pid = $2"
								 " AND process_started_at = $3",
								 arguments);
	if (found > 0)
		record_state(job, end);
}

void
end_run(const char *job, const RunEnd &end)
{
	Identity caller = act_as_owner();
	finish(job, end, MyProcPid, MyStartTimestamp);
	caller.restore();
}

void
record_failure(const char *job, Oid role, const char *message)
{
	if (!begin_run(job, role))
		return;
	RunEnd end;
	end.status = RunStatus::failed;
	end.message = message;
	end_run(job, end);
}

void
record_crashes()
{
	struct Dead
	{
		const char *job;
		int pid;
		TimestampTz process_started_at;
	};
	MemoryContext context = CurrentMemoryContext;
	Local<Vector<Dead>> dead;
	each_row(
		"SELECT job, pid, process_started_at FROM dbeng.job_run r WHERE status = 'running'"
		" AND NOT EXISTS (SELECT FROM pg_stat_get_activity(coalesce(r.pid, 0)) a"
		" WHERE a.backend_start = r.process_started_at)",
		[&dead, context](const Row &row) {
			dead->push_back({MemoryContextStrdup(context, row.text(1)), static_cast<int>(row.integer(2)), row.time(3)});
		});
	/* Looked at as the superuser that a worker is: an owner who is none would see nobody. */
	Identity caller = act_as_owner();
	for (const Dead &run : *dead)
	{
		RunEnd end;
		end.status = RunStatus::crashed;
		end.message = "its process ended before it did: it was terminated, it crashed, or the server stopped";
		finish(run.job, end, run.pid, run.process_started_at);
	}
	caller.restore();
}

} // namespace dbeng
