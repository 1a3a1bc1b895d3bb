#include "worker/built_in.hpp"
#include "core/extension.hpp"
#include "core/process.hpp"
#include "worker/job_table.hpp"

namespace dbeng {

static void
run(const RegisteredJob &job)
{
	MemoryContext context = CurrentMemoryContext;
	begin_transaction();
	bool begun = begin_run(job.name, InvalidOid);
	commit_transaction();
	MemoryContextSwitchTo(context);
	if (!begun)
		return;

	JobReport report;
	if (!job.job->transaction)
	{
		job.job->run(report);
		begin_transaction();
		MemoryContextSwitchTo(context);
	}
	else
	{
		begin_transaction();
		MemoryContextSwitchTo(context);
		Identity caller = act_as_owner();
		job.job->run(report);
		caller.restore();
	}
	/* What it did and that it did it are one. */
	RunEnd end;
	end.rows = report.rows;
	end.message = report.message;
	end_run(job.name, end);
	commit_transaction();
	MemoryContextSwitchTo(context);
}

static bool
record(const RegisteredJob &job, const Mishap &mishap, bool made_way)
{
	MemoryContext context = CurrentMemoryContext;
	bool recorded = false;
	const Mishap *again = catching(
		[&]
		{
			/* Another cancel has come too late; an error lets them through again. */
			HOLD_CANCEL_INTERRUPTS();
			begin_transaction();
			MemoryContextSwitchTo(context);
			/* DROP EXTENSION took job and tables away: nothing is wrong. */
			if (find_extension().installed())
			{
				RunEnd end;
				end.status = mishap.cancelled ? RunStatus::cancelled : RunStatus::failed;
				end.message = made_way ? made_way_message : format("%s (SQLSTATE %s)", mishap.message, mishap.sqlstate);
				end.again = made_way;
				end_run(job.name, end);
				recorded = true;
			}
			commit_transaction();
			RESUME_CANCEL_INTERRUPTS();
		});
	if (recorded && !mishap.cancelled)
		ereport(LOG, errmsg("dbeng job \"%s\" failed: %s", job.name, mishap.message),
				mishap.detail == nullptr ? 0 : errdetail("%s", mishap.detail));
	if (again == nullptr)
		return true;
	ereport(LOG, errmsg("dbeng could not record how job \"%s\" ended: %s", job.name, again->message));
	return false;
}

bool
run_built_in(const RegisteredJob &job, bool (*made_way)())
{
	pgstat_report_activity(STATE_RUNNING, format("dbeng job %s: %s", job.name, job.job->title));
	const Mishap *mishap = catching([&job] { run(job); });
	bool recorded = mishap == nullptr || record(job, *mishap, mishap->cancelled && made_way());
	pgstat_report_activity(STATE_IDLE, nullptr);
	return recorded;
}

} // namespace dbeng
