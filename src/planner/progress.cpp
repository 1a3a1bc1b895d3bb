#include "planner/progress.hpp"

#include "core/access.hpp"
#include "core/rows.hpp"

namespace dbeng {

/* Of the numbers that the type can hold the one that is free; another extension may take it too, so there is a mark. */
static constexpr auto advising = static_cast<ProgressCommandType>(PROGRESS_COMMAND_COPY + 1);
static constexpr int64 mark = 0x4442454E;
static constexpr int phase_at = 0;
static constexpr int done_at = 1;
static constexpr int total_at = 2;
static constexpr int mark_at = 3;

/* Not where advice is a small part of something else. */
static bool telling = false;
/* What is told: phase, done, total, mark. */
static int64 told[] = {0, 0, 0, mark};
static const int places[] = {phase_at, done_at, total_at, mark_at};

/* The server forgets it whenever a subtransaction is rolled back, as after every statement that was planned. */
static void
tell()
{
	pgstat_progress_start_command(advising, InvalidOid);
	pgstat_progress_update_multi_param(std::size(places), places, told);
}

void
progress_phase(Phase phase, int64 total)
{
	telling = true;
	told[phase_at] = static_cast<int64>(phase);
	told[done_at] = 0;
	told[total_at] = total;
	tell();
}

void
progress_step()
{
	CHECK_FOR_INTERRUPTS();
	if (!telling)
		return;
	told[done_at]++;
	tell();
}

void
progress_end()
{
	telling = false;
	pgstat_progress_end_command();
}

static const char *
name_of(int64 phase)
{
	switch (static_cast<Phase>(phase))
	{
		case Phase::reading:
			return "reading the catalogs and the workload";
		case Phase::studying:
			return "planning statements with candidates";
		case Phase::choosing:
			return "choosing among candidates";
	}
	return nullptr;
}

static void
show_progress(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.advisor_progress");
	Rows rows(fcinfo);
	int sessions = pgstat_fetch_stat_numbackends();
	for (int i = 1; i <= sessions; i++)
	{
		const LocalPgBackendStatus *session = pg::local_status(i);
		if (session == nullptr || session->backendStatus.st_progress_command != advising)
			continue;
		const int64 *values = session->backendStatus.st_progress_param;
		if (values[mark_at] != mark)
			continue;
		char *database = get_database_name(session->backendStatus.st_databaseid);
		rows.integer(session->backendStatus.st_procpid).name(database).text(name_of(values[phase_at]));
		rows.bigint(values[done_at]).bigint(values[total_at]).end();
	}
}

} // namespace dbeng

SQL_FUNCTION(dbeng_advisor_progress)
{
	dbeng::show_progress(fcinfo);
	return Datum{0};
}
