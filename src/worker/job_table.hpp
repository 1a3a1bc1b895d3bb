/*
 * job_table.hpp: the jobs, where they stand and their runs, in dbeng.job,
 * dbeng.job_state and dbeng.job_run.
 *
 * All of it within a transaction with a snapshot; what is written is written
 * as the extension's owner.
 */
#pragma once

#include "unit/jobs.hpp"

namespace dbeng {

struct PlannedJob
{
	const char *name;
	const RegisteredJob *built_in; /* NULL: a user's */
	Oid role;					   /* a user's */
	TimestampTz due;			   /* DT_NOEND: never by itself */
	bool running;
};

/* Every enabled job. What says of itself when it is due is checked against the clock and corrected. */
std::span<const PlannedJob> read_jobs();

/* What a process needs to run a user's job; command is NULL when it is gone or switched off. */
struct JobCommand
{
	const char *command = nullptr;
	const char *search_path = nullptr;
};
JobCommand read_command(const char *job);

enum class RunStatus : uint8
{
	succeeded,
	failed,
	cancelled,
	crashed
};

struct RunEnd
{
	RunStatus status = RunStatus::succeeded;
	int64 rows = -1;
	const char *message = nullptr;
	bool again = false; /* at once: it had to make way */
};

/* Records that this process runs a job. False: another does. */
bool begin_run(const char *job, Oid role);
/* Records how the run ended, and when the next one is. */
void end_run(const char *job, const RunEnd &end);
/* Records a run that never came to begin. */
void record_failure(const char *job, Oid role, const char *message);
/* Records the runs whose process has died. */
void record_crashes();

} // namespace dbeng
