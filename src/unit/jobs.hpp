/*
 * jobs.hpp: every JOB of the library.
 */
#pragma once

#include "unit/job.hpp"

namespace dbeng {

struct RegisteredJob
{
	const char *name; /* of the unit job_runs: "job runs" */
	const Job *job;
};

/* All of them, sorted by name. */
std::span<const RegisteredJob> registered_jobs();

/* Every TICK. */
std::span<const Tick *const> registered_ticks();

/* NULL when no built-in job has that name. */
const RegisteredJob *find_job(std::span<const RegisteredJob> jobs, const char *name);

} // namespace dbeng
