#include "core/extension.hpp"
#include "core/process.hpp"
#include "core/query.hpp"
#include "unit/job.hpp"

namespace dbeng {

static int64
every_hour()
{
	return SECS_PER_HOUR * INT64CONST(1000);
}

/* Deletes old runs, a bounded number a transaction. */
static void
remove_old_runs(JobReport &report)
{
	constexpr uint64 batch = 10000;
	uint64 removed = batch;
	report.rows = 0;
	while (removed == batch && !database_is_wanted())
	{
		begin_transaction();
		Identity caller = act_as_owner();
		Argument arguments[] = {Argument::bigint(batch)};
		removed = execute("DELETE FROM dbeng.job_run WHERE ctid = ANY (ARRAY(SELECT ctid FROM dbeng.job_run"
						  " WHERE started_at < clock_timestamp() - interval '30 days' AND status <> 'running'"
						  " ORDER BY started_at LIMIT $1))",
						  arguments);
		caller.restore();
		commit_transaction();
		report.rows += static_cast<int64>(removed);
		CHECK_FOR_INTERRUPTS();
	}
}

JOB(retention){
	.title = "Removal of the runs of jobs that are older than 30 days",
	.every = every_hour,
	.run = remove_old_runs,
	.transaction = false,
};

} // namespace dbeng
