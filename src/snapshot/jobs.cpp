/*
 * jobs.cpp: what the workers do for snapshots, and dbeng.snapshot().
 */
#include "core/access.hpp"
#include "core/text.hpp"
#include "snapshot/compact.hpp"
#include "snapshot/recorder.hpp"
#include "snapshot/settings.hpp"
#include "snapshot/waits.hpp"
#include "unit/job.hpp"

namespace dbeng {

int snapshot_interval = 60;

static int64
snapshot_every()
{
	return static_cast<int64>(snapshot_interval) * 1000;
}

static void
run_snapshot(JobReport &report)
{
	TakenSnapshot taken = take_snapshot(false);
	if (taken.snapshot_id == 0)
		report.message = "another session was taking one";
	report.rows = taken.relations;
}

static int64
rollup_every()
{
	return snapshot_interval > 0 ? int64{5} * 60 * 1000 : 0;
}

/* Puts away what is finished. Returns how many pieces. */
static int64
roll_up(TimestampTz now)
{
	int64 done = 0;
	int level = NewGUCNestLevel();
	pin_surroundings();
	as_owner(
		[&]
		{
			PushActiveSnapshot(GetLatestSnapshot());
			done = put_away(now);
			int days = sum_up_days(now);
			if (days > 0)
				forget_old_names(now);
			done += days + drop_old_snapshots(now);
			PopActiveSnapshot();
		});
	AtEOXact_GUC(true, level);
	return done;
}

static void
run_rollup(JobReport &report)
{
	report.rows = roll_up(GetCurrentTimestamp());
}

static int64
sample_every()
{
	return snapshot_interval > 0 ? wait_sample_interval : 0;
}

JOB(snapshot){
	.title = "Snapshot of the statistics",
	.every = snapshot_every,
	.run = run_snapshot,
	.unlogged = true,
};

JOB(snapshot_rollup){
	.title = "Putting snapshots away, summing them up, dropping what is too old",
	.every = rollup_every,
	.run = run_rollup,
	.unlogged = true,
};

TICK(wait_sampling){
	.every = sample_every,
	.run = sample_waits,
};

} // namespace dbeng

SQL_FUNCTION(dbeng_snapshot)
{
	using namespace dbeng;
	require_writer("dbeng.snapshot()", "snapshot", ACL_INSERT);
	int64 number = take_snapshot(true).snapshot_id;
	/* Where no worker puts them away, who takes them does. */
	TimestampTz now = GetCurrentTimestamp();
	if (read_progress().state_time < now - 2 * USECS_PER_HOUR)
	{
		CommandCounterIncrement();
		roll_up(now);
	}
	PG_RETURN_INT64(number);
}
