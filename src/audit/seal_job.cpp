/*
 * seal_job.cpp: the worker seals, a batch a transaction.
 */
#include "audit/key_index.hpp"
#include "audit/log.hpp"
#include "audit/sealing.hpp"
#include "core/extension.hpp"
#include "core/options.hpp"
#include "core/process.hpp"
#include "core/query.hpp"
#include "unit/job.hpp"

namespace dbeng {

/* One transaction of the job; returns how many chunks it sealed. */
static int64
seal_once(const char *&trouble)
{
	int64 sealed = 0;
	auto work = [&sealed]
	{
		/* Seals are large where single rows are changed, and few where nothing is. */
		constexpr int least_chunks = 100;
		constexpr int64 longest_wait = 5 * USECS_PER_MINUTE;
		if (OidIsValid(audit_log().log))
			sealed = seal_log(false, least_chunks, longest_wait, false);
	};
	MemoryContext context = CurrentMemoryContext;
	begin_transaction();
	Identity identity = act_as_owner();
	int level = NewGUCNestLevel();
	pin_setting("lock_timeout", format("%dms", lock_timeout));
	trouble = guarded([](void *closure) { (*static_cast<decltype(work) *>(closure))(); }, &work);
	if (trouble != nullptr)
		trouble = MemoryContextStrdup(context, trouble);
	AtEOXact_GUC(true, level);
	identity.restore();
	commit_transaction();
	MemoryContextSwitchTo(context);
	return trouble == nullptr ? sealed : 0;
}

/* The last run has left something. */
static bool more = false;

static void
seal_waiting(JobReport &report)
{
	TimestampTz begun = GetCurrentTimestamp();
	report.rows = 0;
	do
	{
		int64 sealed = seal_once(report.message);
		report.rows += sealed;
		more = sealed > 0;
	} while (more && !database_is_wanted() && GetCurrentTimestamp() - begun < 5 * USECS_PER_SEC);
	if (report.rows == 0)
		return;
	MemoryContext context = CurrentMemoryContext;
	begin_transaction();
	Identity identity = act_as_owner();
	merge_key_segments();
	identity.restore();
	commit_transaction();
	MemoryContextSwitchTo(context);
}

static int64
seal_every()
{
	return (more ? 1 : SECS_PER_MINUTE) * INT64CONST(1000);
}

JOB(audit_seals){
	.title = "Seals over what is final in the audit log",
	.every = seal_every,
	.run = seal_waiting,
	.unlogged = true,
	.transaction = false,
};

} // namespace dbeng
