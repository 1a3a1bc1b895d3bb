#include "unit/jobs.hpp"

/* The linker's brackets around the section; weak, so that a library without a job links too. */
extern "C" {
extern const dbeng::JobUnit *const __start_dbeng_jobs[] __attribute__((weak, visibility("hidden")));
extern const dbeng::JobUnit *const __stop_dbeng_jobs[] __attribute__((weak, visibility("hidden")));
extern const dbeng::Tick *const __start_dbeng_ticks[] __attribute__((weak, visibility("hidden")));
extern const dbeng::Tick *const __stop_dbeng_ticks[] __attribute__((weak, visibility("hidden")));
}

namespace dbeng {

static const char *
name_of(const char *unit)
{
	char *name = pstrdup(unit);
	std::replace(name, name + strlen(name), '_', ' ');
	return name;
}

std::span<const RegisteredJob>
registered_jobs()
{
	const JobUnit *const *unit = __start_dbeng_jobs;
	auto count = static_cast<std::size_t>(__stop_dbeng_jobs - unit);
	if (count == 0)
		return {};
	auto *jobs = static_cast<RegisteredJob *>(palloc(count * sizeof(RegisteredJob)));
	for (std::size_t i = 0; i < count; i++)
		jobs[i] = {name_of(unit[i]->name), unit[i]->job};
	std::sort(jobs, jobs + count,
			  [](const RegisteredJob &a, const RegisteredJob &b) { return strcmp(a.name, b.name) < 0; });
	return {jobs, count};
}

std::span<const Tick *const>
registered_ticks()
{
	return {__start_dbeng_ticks, __stop_dbeng_ticks};
}

const RegisteredJob *
find_job(std::span<const RegisteredJob> jobs, const char *name)
{
	for (const RegisteredJob &job : jobs)
	{
		if (strcmp(job.name, name) == 0)
			return &job;
	}
	return nullptr;
}

} // namespace dbeng
