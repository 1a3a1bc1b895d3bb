/*
 * maintain_call.cpp: maintenance on demand, and by the worker.
 */
#include "core/extension.hpp"
#include "core/procedure.hpp"
#include "core/text.hpp"
#include "partition/maintain.hpp"
#include "partition/set_argument.hpp"
#include "unit/job.hpp"

namespace dbeng {

static int64
patience_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1))
		return 0;
	const Interval *patience = PG_GETARG_INTERVAL_P(1);
	int64 microseconds = patience->time + (int64{patience->month} * DAYS_PER_MONTH + patience->day) * USECS_PER_DAY;
	if (!pg::is_finite(*patience) || microseconds < 0 || microseconds > USECS_PER_DAY)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("patience must be from 0 to a day, not %s",
					   DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(1)))),
				errdetail("So long it goes on trying while others are in the way."), errhint("patience => '1 minute'"));
	return microseconds / 1000;
}

/* All that the caller owns. */
static void
own_sets(Vector<Oid> &parents)
{
	Local<Vector<Oid>> all;
	managed_sets(*all);
	for (Oid parent : *all)
		if (pg::owns_relation(parent, GetUserId()))
			parents.push_back(parent);
}

static void
require_managed(Oid parent)
{
	SetSettings settings;
	if (!read_settings(parent, &settings))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("partitions of %s are not looked after", qualified(parent)),
				errdetail("dbeng.manage_partitions() was not called for it."),
				errhint("SELECT dbeng.manage_partitions(%s, '1 day');", literal(qualified(parent))));
}

static void
open_runs(std::span<const Oid> parents, Vector<SetRun> &runs)
{
	for (Oid parent : parents)
	{
		runs.push_back({});
		runs.back().parent = parent;
	}
}

static const char *
name_of(const SetRun &run)
{
	return run.name == nullptr ? format("the set with OID %u", run.parent) : run.name;
}

static void
call(FunctionCallInfo fcinfo)
{
	MemoryContext caller = CurrentMemoryContext;
	int64 patience = patience_argument(fcinfo);
	Local<Vector<Oid>> parents;
	EnsurePortalSnapshotExists();
	if (PG_ARGISNULL(0))
		own_sets(*parents);
	else
	{
		parents->push_back(set_argument(fcinfo, "maintain_partitions"));
		require_managed(parents->front());
	}
	bool nested = begin_procedure(fcinfo, "dbeng.maintain_partitions");
	Local<Vector<SetRun>> runs;
	open_runs({parents->data(), parents->size()}, *runs);
	maintain_sets({Doer::procedure, 0, nested}, *runs, patience);
	for (const SetRun &run : *runs)
		if (run.trouble != nullptr)
			ereport(WARNING, errmsg("partitions of %s: %s", name_of(run), run.trouble));
	end_procedure();
	MemoryContextSwitchTo(caller);
}

/* The sets that are due; nothing is kept of those whose parent is gone. */
static void
due_sets(Vector<Oid> &parents)
{
	MemoryContext context = CurrentMemoryContext;
	begin_transaction();
	MemoryContextSwitchTo(context);
	managed_sets(parents, true);
	bool gone = false;
	Identity owner = act_as_owner();
	each_row("SELECT FROM dbeng.partition_state t WHERE t.next_due <= now()"
			 " AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.parent) LIMIT 1",
			 [&gone](const Row &) { gone = true; });
	owner.restore();
	if (gone)
		forget_dropped_sets();
	commit_transaction();
	MemoryContextSwitchTo(context);
}

static void
run_job(JobReport &report)
{
	report.rows = 0;
	Local<Vector<Oid>> parents;
	due_sets(*parents);
	Local<Vector<SetRun>> runs;
	open_runs({parents->data(), parents->size()}, *runs);
	/* What is still in somebody's way then is due again when the next run begins. */
	maintain_sets({Doer::worker, 0, false}, *runs, std::max<int64>(partition_interval, 60) * 1000);
	for (const SetRun &run : *runs)
	{
		report.rows += run.done;
		if (run.trouble != nullptr && !run.elsewhere && report.message == nullptr)
			report.message = format("%s: %s", name_of(run), run.trouble);
	}
}

static int64
job_every()
{
	return int64{partition_interval} * 1000;
}

JOB(partitions){
	.title = "Partitions made ahead, expired ones put out, default partitions emptied",
	.every = job_every,
	.run = run_job,
	.separate = true,
	.unlogged = true,
	.transaction = false,
};

} // namespace dbeng

SQL_FUNCTION(dbeng_maintain_partitions)
{
	dbeng::call(fcinfo);
	PG_RETURN_VOID();
}
