/*
 * sessions.cpp: dbeng.connections and dbeng.stop_long_running().
 */
#include "activity/connections.hpp"
#include "core/access.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "core/text.hpp"
#include "unit/wording.hpp"

namespace dbeng {

static void
show_connections(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.connections");
	Rows rows(fcinfo);
	Session session;
	ConnectionUse use = connection_use();
	each_row(
		"SELECT coalesce(state, CASE WHEN grouping(state) = 1 THEN 'total' ELSE 'starting' END), count(*),"
		" extract(epoch FROM max(clock_timestamp() - CASE WHEN state IS NULL THEN backend_start ELSE state_change END))::float8,"
		" (array_agg(pid ORDER BY CASE WHEN state IS NULL THEN backend_start ELSE state_change END))[1]"
		" FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY GROUPING SETS ((state), ())"
		" ORDER BY grouping(state), 2 DESC, 1",
		[&rows, &use](const Row &row)
		{
			auto count = row.integer(2);
			double seconds = row.number(3);
			rows.text(row.text(1)).bigint(count).integer(MaxConnections);
			rows.numeric(100 * static_cast<double>(count) / static_cast<double>(std::max<int64>(use.limit, 1)), 1);
			rows.interval(std::isnan(seconds) ? -1 : static_cast<int64>(std::max(seconds, 0.0) * USECS_PER_SEC));
			if (row.null(4))
				rows.null();
			else
				rows.integer(static_cast<int32>(row.integer(4)));
			rows.bigint(use.limit).end();
		});
	session.end();
}

namespace {
struct Running
{
	int pid;
	Oid role;
	const char *user; /* NULL: none */
	const char *state;
	int64 duration; /* microseconds */
	const char *query;
	const char *application;
	const char *database;
	const char *backend_type;
	/* By which it is known again. */
	const char *backend_start;
	const char *transaction_start;
	const char *query_start;
};

struct Stopping
{
	const Running *running;
	bool terminate;
	bool done;
};
} // namespace

static const char *
copied(const char *text)
{
	return text == nullptr ? nullptr : pstrdup(text);
}

static void
read_running(Vector<Running> &all, int64 older_than)
{
	each_row(
		format(
			"SELECT l.pid, a.usesysid, l.user_name, l.state, (extract(epoch FROM l.duration) * 1000000)::int8, l.query,"
			" l.application_name, l.database, l.backend_type, a.backend_start, a.xact_start, a.query_start"
			" FROM dbeng.long_running l JOIN pg_stat_activity a USING (pid)"
			" WHERE l.duration > " INT64_FORMAT " * interval '1 microsecond' ORDER BY l.duration DESC, l.pid",
			older_than),
		[&all](const Row &row)
		{
			all.push_back({static_cast<int>(row.integer(1)), static_cast<Oid>(row.integer(2)), copied(row.text(3)),
						   copied(row.text(4)), row.integer(5), copied(row.text(6)), copied(row.text(7)),
						   copied(row.text(8)), copied(row.text(9)), copied(row.text(10)), copied(row.text(11)),
						   copied(row.text(12))});
		});
}

/* Why it is left alone; NULL when it is not. */
static const char *
spared(const Running &session, bool terminate)
{
	Oid caller = GetUserId();
	if (session.pid == MyProcPid)
		return "it is your own session";
	if (session.backend_type == nullptr || strcmp(session.backend_type, "client backend") != 0)
		return format("%s: only clients' sessions are stopped",
					  session.backend_type == nullptr ? "not a client's session" : session.backend_type);
	if (!superuser() && superuser_arg(session.role))
		return "only a superuser may stop a superuser's session";
	if (!superuser() && !has_privs_of_role(caller, session.role) && !has_privs_of_role(caller, ROLE_PG_SIGNAL_BACKEND))
		return format("it is another role's: GRANT pg_signal_backend TO %s", quoted(GetUserNameFromId(caller, false)));
	if (!terminate && session.state != nullptr && strncmp(session.state, "idle in transaction", 19) == 0)
		return "it runs nothing that could be cancelled: only terminate ends it";
	return nullptr;
}

static const char *
is_still(const char *column, const char *value)
{
	return format("%s IS NOT DISTINCT FROM %s::timestamptz", column, value == nullptr ? "NULL" : literal(value));
}

/* Signals it if it is what it was when it was looked at: by now its process may serve somebody else. */
static void
stop_one(void *argument)
{
	auto *stopping = static_cast<Stopping *>(argument);
	const Running &session = *stopping->running;
	each_row("SELECT pg_stat_clear_snapshot()", [](const Row &) {});
	each_row(format("SELECT %s(pid) FROM pg_stat_get_activity(%d) WHERE %s AND %s AND %s",
					stopping->terminate ? "pg_terminate_backend" : "pg_cancel_backend", session.pid,
					is_still("backend_start", session.backend_start), is_still("xact_start", session.transaction_start),
					is_still("query_start", session.query_start)),
			 [stopping](const Row &row) { stopping->done = row.flag(1); });
}

/* The server's own measure for comparing intervals, in which a month has 30 days; 'infinity' (17 and later) is very long. */
static int64
microseconds(const Interval &interval)
{
	double days = static_cast<double>(interval.day) + static_cast<double>(interval.month) * DAYS_PER_MONTH;
	double sum = static_cast<double>(interval.time) + days * static_cast<double>(USECS_PER_DAY);
	return static_cast<int64>(std::clamp(sum, -9e18, 9e18));
}

static void
stop_long_running(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.stop_long_running()");
	static constexpr const char *names[] = {"older_than", "how", "dry_run"};
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", names[i]),
					errdetail("Nothing was stopped."),
					errhint("SELECT * FROM dbeng.stop_long_running('5 minutes', 'cancel', dry_run => true);"));
	int64 older_than = microseconds(*PG_GETARG_INTERVAL_P(0));
	if (older_than < 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("older_than must not be negative: \"%s\"",
					   DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(0)))),
				errdetail("Nothing was stopped."), errhint("Name how long a session may run, such as '5 minutes'."));
	const char *how = text_argument(fcinfo, 1);
	bool terminate = strcmp(how, "terminate") == 0;
	if (!terminate && strcmp(how, "cancel") != 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("there is no way \"%s\" to stop a session", how), errdetail("Nothing was stopped."),
				errhint("'cancel' ends the statement, 'terminate' the session with its transaction."));
	bool dry_run = PG_GETARG_BOOL(2);

	Rows rows(fcinfo);
	Session session;
	Local<Vector<Running>> all;
	read_running(*all, older_than);
	for (const Running &running : *all)
	{
		CHECK_FOR_INTERRUPTS();
		const char *why_not = spared(running, terminate);
		const char *action = why_not == nullptr ? how : "none";
		const char *outcome = why_not;
		if (why_not == nullptr && dry_run)
			outcome = "dry run";
		else if (why_not == nullptr)
		{
			Stopping stopping = {&running, terminate, false};
			const char *error = guarded(stop_one, &stopping);
			outcome = error != nullptr ? error
					  : stopping.done  ? "signalled"
									   : "it has ended or gone on meanwhile: left alone";
		}
		rows.integer(running.pid).text(running.user).text(running.state).interval(running.duration).text(action);
		rows.text(outcome).text(running.query).text(running.application).text(running.database);
		rows.text(running.backend_type).end();
	}
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_connections)
{
	dbeng::show_connections(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_stop_long_running)
{
	dbeng::stop_long_running(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_duration)
{
	const Interval &length = *PG_GETARG_INTERVAL_P(0);
	return CStringGetTextDatum(dbeng::duration(std::max<int64>(dbeng::microseconds(length), 0)));
}

SQL_FUNCTION(dbeng_excerpt)
{
	return CStringGetTextDatum(dbeng::excerpt(dbeng::text_argument(fcinfo, 0), std::max(PG_GETARG_INT32(1), 0)));
}
