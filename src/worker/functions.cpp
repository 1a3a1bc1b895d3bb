/*
 * functions.cpp: what worker.sql calls.
 */
#include "core/access.hpp"
#include "core/extension.hpp"
#include "core/process.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/settings.hpp"
#include "unit/jobs.hpp"
#include "worker/options.hpp"
#include "worker/process.hpp"
#include "worker/schedule_time.hpp"

namespace dbeng {

static const char *
current_role()
{
	return GetUserNameFromId(GetUserId(), false);
}

static void
require_writable(const char *what)
{
	PreventCommandDuringRecovery(what);
	PreventCommandIfReadOnly(what);
}

/* What this very statement has written counts too: SELECT dbeng.schedule(…), dbeng.run_now(…). */
template <class Visit>
static void
each_row_now(const char *sql, Visit visit)
{
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	each_row(sql, visit);
	PopActiveSnapshot();
}

static bool
is_blank(const char *text)
{
	return strspn(text, " \t\n\r") == strlen(text);
}

[[noreturn]] static void
refuse_duplicate(const char *name, const char *by)
{
	ereport(ERROR, errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("job \"%s\" already exists", name),
			errdetail("It was scheduled by %s.", by), errhint("SELECT dbeng.unschedule(%s);", literal(name)));
}

/* A name that a new job may have. */
static void
validate_name(const char *name)
{
	if (name == nullptr || is_blank(name))
		ereport(ERROR, errcode(name == nullptr ? ERRCODE_NULL_VALUE_NOT_ALLOWED : ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("job must not be %s", name == nullptr ? "NULL" : "empty"),
				errdetail("A job goes by its name in dbeng.jobs, unschedule() and run_now()."),
				errhint("For example 'nightly vacuum'."));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR, errcode(ERRCODE_NAME_TOO_LONG), errmsg("the name of job \"%s\" is too long", name),
				errdetail("It has %d bytes.", static_cast<int>(strlen(name))),
				errhint("%d bytes are possible.", NAMEDATALEN - 1));
	if (find_job(registered_jobs(), name) != nullptr)
		ereport(ERROR, errcode(ERRCODE_DUPLICATE_OBJECT), errmsg("job \"%s\" is built in", name),
				errdetail("Names of jobs are unique in a database."), errhint("Give it another name."));
	each_row_now(format("SELECT role::text FROM dbeng.job WHERE job = %s", literal(name)),
				 [name](const Row &row) { refuse_duplicate(name, format("role %s", row.text(1))); });
}

/* An error of the parser points into the command, not into the statement that calls us. */
static void
point_into_command(void *command)
{
	int position = geterrposition();
	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(static_cast<const char *>(command));
	}
	errcontext("command of a job");
}

static bool
needs_client(const Node *statement)
{
	if (!IsA(statement, CopyStmt))
		return false;
	const auto *copy = reinterpret_cast<const CopyStmt *>(statement);
	return copy->filename == nullptr;
}

static void
validate_command(const char *command)
{
	if (command == nullptr)
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("command must not be NULL"),
				errdetail("It is what the job runs."), errhint("For example 'VACUUM (ANALYZE) my_table'."));
	ErrorContextCallback callback = {error_context_stack, point_into_command, const_cast<char *>(command)};
	error_context_stack = &callback;
	::List *statements = raw_parser(command, RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;
	if (statements == NIL)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("command has no statement: \"%s\"", command),
				errdetail("It is what the job runs."), errhint("For example 'VACUUM (ANALYZE) my_table'."));
	ListCell *cell;
	foreach (cell, statements)
	{
		if (needs_client(lfirst_node(RawStmt, cell)->stmt))
			ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("a job cannot COPY from STDIN or to STDOUT: \"%s\"", command),
					errdetail("No client is connected where it runs."),
					errhint("Name a file or a program, or use INSERT … SELECT."));
	}
}

static int64
schedule(FunctionCallInfo fcinfo)
{
	require_writable("dbeng.schedule()");
	const char *name = text_argument(fcinfo, 0);
	const char *command = text_argument(fcinfo, 2);
	Oid role = GetUserId();
	Identity caller = act_as_owner();
	validate_name(name);
	caller.restore();
	if (PG_ARGISNULL(1))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("every must not be NULL"),
				errdetail("It is the time between two runs."),
				errhint("For example '5 minutes', '1 day' or '1 month'."));
	Interval every = *PG_GETARG_INTERVAL_P(1);
	validate_schedule(every, !PG_ARGISNULL(3));
	validate_command(command);

	TimestampTz now = GetCurrentTimestamp();
	Schedule planned = {every, PG_ARGISNULL(3) ? 0 : PG_GETARG_TIMEADT(3), now};
	/* The workers know nothing of the caller's time zone. */
	const char *zone_name = setting("TimeZone");
	pg_tz *zone = zone_name == nullptr ? nullptr : pg_tzset(zone_name);
	TimestampTz due = next_time(planned, now, zone == nullptr ? session_timezone : zone);
	const char *search_path = GetConfigOption("search_path", false, false);

	act_as_owner();
	Oid sequence = get_relname_relid("job_job_id_seq", get_namespace_oid("dbeng", false));
	int64 id = nextval_internal(sequence, false);
	Argument job[] = {Argument::text(name),
					  Argument::bigint(id),
					  {REGROLEOID, ObjectIdGetDatum(role), false},
					  {INTERVALOID, PG_GETARG_DATUM(1), false},
					  {TIMEOID, PG_GETARG_DATUM(3), PG_ARGISNULL(3)},
					  Argument::text(command),
					  Argument::text(search_path),
					  Argument::time(now)};
	if (execute("INSERT INTO dbeng.job (job, job_id, role, every, at, command, search_path, scheduled_at)"
				" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
				job) == 0)
		refuse_duplicate(name, "another session at the same time");
	Argument state[] = {Argument::text(name), Argument::time(due)};
	execute("INSERT INTO dbeng.job_state (job, next_run) VALUES ($1, $2)"
			" ON CONFLICT (job) DO UPDATE SET next_run = excluded.next_run, requested_at = NULL, last_run = NULL,"
			" last_status = NULL, last_error = NULL, failures = 0",
			state);
	caller.restore();
	tell_worker_at_commit();
	warn_without_worker(format("job \"%s\"", name));
	return id;
}

/* The job an argument names, whom it belongs to; raises when the caller has no right to it. */
static const char *
job_argument(FunctionCallInfo fcinfo, const char *what, bool built_in_too)
{
	const char *name = text_argument(fcinfo, 0);
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("job must not be NULL"),
				errdetail("It is the name of a job."), errhint("SELECT job FROM dbeng.jobs;"));
	Oid owner = InvalidOid;
	bool built_in = find_job(registered_jobs(), name) != nullptr;
	if (built_in && !built_in_too)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("job \"%s\" is built in", name),
				errdetail("Only what dbeng.schedule() made can be unscheduled."),
				errhint("Its interval is a setting, and dbeng.enabled switches all of them off."));
	if (built_in)
		owner = find_extension().owner;
	else
	{
		Identity caller = act_as_owner();
		each_row_now(format("SELECT role::oid FROM dbeng.job WHERE job = %s", literal(name)),
					 [&owner](const Row &row) { owner = static_cast<Oid>(row.integer(1)); });
		caller.restore();
	}
	if (!OidIsValid(owner))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no job \"%s\"", name),
				errdetail("Neither was it scheduled in this database nor is it built in."),
				errhint("SELECT job FROM dbeng.jobs;"));
	if (!superuser() && !has_privs_of_role(GetUserId(), owner))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied for %s of job \"%s\"", what, name),
				errdetail("Role \"%s\" does not have the privileges of the role whose job it is, %s.", current_role(),
						  GetUserNameFromId(owner, true) == nullptr ? "which is gone"
																	: quoted(GetUserNameFromId(owner, true))),
				errhint("That role, its members and superusers may."));
	return name;
}

static void
unschedule(FunctionCallInfo fcinfo)
{
	require_writable("dbeng.unschedule()");
	const char *name = job_argument(fcinfo, "dbeng.unschedule()", false);
	Identity caller = act_as_owner();
	Argument arguments[] = {Argument::text(name)};
	execute("DELETE FROM dbeng.job WHERE job = $1", arguments);
	execute("DELETE FROM dbeng.job_state WHERE job = $1", arguments);
	caller.restore();
	tell_worker_at_commit();
}

static void
run_now(FunctionCallInfo fcinfo)
{
	require_writable("dbeng.run_now()");
	const char *name = job_argument(fcinfo, "dbeng.run_now()", true);
	Identity caller = act_as_owner();
	Argument arguments[] = {Argument::text(name)};
	execute("INSERT INTO dbeng.job_state AS s (job, next_run, requested_at) VALUES ($1, 'infinity', clock_timestamp())"
			" ON CONFLICT (job) DO UPDATE SET requested_at = excluded.requested_at",
			arguments);
	caller.restore();
	tell_worker_at_commit();
	warn_without_worker(format("job \"%s\"", name));
}

static void
show_built_in_jobs(FunctionCallInfo fcinfo)
{
	Rows rows(fcinfo);
	for (const RegisteredJob &job : registered_jobs())
	{
		int64 every = job.job->every();
		rows.text(job.name).text(job.job->title).interval(every > 0 ? every * 1000 : -1).end();
	}
}

static void
show_workers(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.workers");
	Rows rows(fcinfo);
	if (!has_worker_slots())
		return;
	auto *now = static_cast<Workers *>(palloc(sizeof(Workers)));
	with_workers([now](Workers &workers) { memcpy(static_cast<void *>(now), &workers, sizeof(Workers)); });
	if (now->launcher_pid != 0)
		rows.integer(now->launcher_pid)
			.null()
			.text(workers_enabled ? "running" : "stopped")
			.null()
			.time(now->launcher_started_at)
			.integer(now->launcher_restarts)
			.text("launcher")
			.time(now->launcher_started_at)
			.end();
	auto process = [&rows](int pid, Oid database, WorkerState state, const char *job, TimestampTz started_at,
						   int restarts, const char *kind, TimestampTz since)
	{
		const char *name = get_database_name(database);
		if (name == nullptr)
			return;
		if (pid == 0)
			rows.null();
		else
			rows.integer(pid);
		rows.name(name).text(worker_state_name(state)).text(*job == '\0' ? nullptr : job);
		rows.time(pid == 0 ? 0 : started_at).integer(restarts).text(kind).time(since).end();
	};
	for (const WorkerSlot &slot : now->workers)
	{
		if (OidIsValid(slot.database))
			process(slot.pid, slot.database, slot.state, slot.job, slot.started_at, slot.restarts, "worker",
					slot.since);
	}
	for (const JobSlot &slot : now->jobs)
	{
		if (slot.used && slot.state != WorkerState::ended)
			process(slot.pid, slot.database, slot.state, slot.job, slot.started_at, 0, "job", slot.started_at);
	}
}

static int
start_workers()
{
	PreventCommandDuringRecovery("dbeng.start_workers()");
	Oid owner = find_extension().owner;
	if (!superuser() && !(OidIsValid(owner) && has_privs_of_role(GetUserId(), owner)))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for dbeng.start_workers()"),
				errdetail("Role \"%s\" is neither a superuser nor a member of the extension's owner.", current_role()),
				errhint("Ask a superuser, or have dbeng in shared_preload_libraries: then they start by themselves."));
	if (!workers_enabled)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("dbeng.enabled is off"),
				errdetail("No worker runs while it is."),
				errhint("ALTER SYSTEM SET dbeng.enabled = on; SELECT pg_reload_conf();"));
	bool running = with_workers(
		[](Workers &workers)
		{
			workers.scan = true;
			if (WorkerSlot *slot = workers.worker_of(MyDatabaseId))
				slot->probe = true;
			wake(workers.launcher_latch);
			return workers.launcher_pid != 0;
		});
	if (running)
		return 0;
	BackgroundWorkerHandle *handle =
		start_background("dbeng_launcher_main", "dbeng launcher", "dbeng launcher", Datum{0}, 1);
	if (handle == nullptr)
		ereport(ERROR, errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				errmsg("there is no slot for another background process"),
				errdetail("max_worker_processes is %s, and all are taken.", setting("max_worker_processes")),
				errhint("ALTER SYSTEM SET max_worker_processes = %d; and restart the server.",
						max_worker_processes + max_workers + 1));
	return 1;
}

static Datum
next_run(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	Interval every = *PG_GETARG_INTERVAL_P(0);
	int64 length = microseconds(every);
	TimestampTz since = PG_GETARG_TIMESTAMPTZ(2);
	TimestampTz after = PG_GETARG_TIMESTAMPTZ(3);
	/* What schedule() lets nobody enter, somebody may have written into the table. */
	if (!pg::is_finite(every) || every.month < 0 || every.day < 0 || every.month > 1200 || every.day > 36525 ||
		length < USECS_PER_SEC || length > 36525 * USECS_PER_DAY || TIMESTAMP_NOT_FINITE(since) ||
		TIMESTAMP_NOT_FINITE(after))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(
		next_time({every, PG_ARGISNULL(1) ? 0 : PG_GETARG_TIMEADT(1), since}, after, session_timezone));
}

} // namespace dbeng

SQL_FUNCTION(dbeng_schedule)
{
	PG_RETURN_INT64(dbeng::schedule(fcinfo));
}

SQL_FUNCTION(dbeng_unschedule)
{
	dbeng::unschedule(fcinfo);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_run_now)
{
	dbeng::run_now(fcinfo);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_built_in_jobs)
{
	dbeng::show_built_in_jobs(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_workers)
{
	dbeng::show_workers(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_start_workers)
{
	PG_RETURN_INT32(dbeng::start_workers());
}

SQL_FUNCTION(dbeng_next_run)
{
	return dbeng::next_run(fcinfo);
}

SQL_FUNCTION(dbeng_announce)
{
	dbeng::tell_launcher_at_commit();
	PG_RETURN_VOID();
}
