#include "core/extension.hpp"
#include "core/settings.hpp"
#include "core/worker_slots.hpp"
#include "unit/check.hpp"

namespace dbeng {

static constexpr int often = 3;

namespace {
enum class Trouble : uint8
{
	none,
	no_launcher,   /* the server had no slot for it when it started */
	server_limit,  /* max_worker_processes */
	own_limit,	   /* dbeng.max_workers */
	other_version, /* the library was replaced, the extension not updated */
	fails		   /* again and again */
};

struct Observation
{
	Trouble trouble;
	int restarts;
};
} // namespace

static Observation
observe(const WorkerSlot &slot, bool within_own_limit)
{
	if (slot.state == WorkerState::waiting && slot.pid == 0)
		return {within_own_limit ? Trouble::server_limit : Trouble::own_limit, slot.restarts};
	if (slot.state == WorkerState::other_version)
		return {Trouble::other_version, slot.restarts};
	if (slot.state == WorkerState::failed && slot.restarts >= often)
		return {Trouble::fails, slot.restarts};
	return {Trouble::none, 0};
}

static void
describe(Finding &finding, const Observation &seen)
{
	int processes = static_cast<int>(setting_number("max_worker_processes"));
	int own = static_cast<int>(setting_number("dbeng.max_workers"));
	finding.evidence("max_worker_processes", processes);
	finding.evidence("dbeng.max_workers", own);
	switch (seen.trouble)
	{
		case Trouble::no_launcher:
			finding.message("dbeng is preloaded but its launcher does not run: max_worker_processes is %d", processes);
			finding.fix("ALTER SYSTEM SET max_worker_processes = %d", processes + own + 1);
			break;
		case Trouble::server_limit:
			finding.message("the worker of this database waits for a process: all %d of max_worker_processes are taken",
							processes);
			finding.fix("ALTER SYSTEM SET max_worker_processes = %d", processes + own);
			break;
		case Trouble::own_limit:
			finding.message(
				"the worker of this database waits for a process: dbeng.max_workers is %d, for all databases", own);
			finding.fix("ALTER SYSTEM SET \"dbeng.max_workers\" = %d", own + 1);
			finding.fix("SELECT pg_reload_conf()");
			break;
		case Trouble::other_version:
			finding.message("the worker of this database waits: the library is of version %s, the extension is not",
							library_version);
			finding.fix("ALTER EXTENSION dbeng UPDATE");
			break;
		default:
			finding.message("the worker of this database has failed %d times; the server's log says why",
							seen.restarts);
			break;
	}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* Who has not asked for workers misses none. */
	if (catalog.in_recovery || !setting_on("dbeng.enabled") || !has_worker_slots())
		return;
	bool preloaded = setting_lists("shared_preload_libraries", "dbeng");
	int own = static_cast<int>(setting_number("dbeng.max_workers"));
	bool up = TimestampDifferenceExceeds(PgStartTime, GetCurrentTimestamp(), 60000);
	bool judged = false;
	Observation seen = with_workers(
		[preloaded, own, up, &judged](Workers &workers) -> Observation
		{
			if (workers.launcher_pid == 0)
			{
				/* Between two launchers there is none for a second. */
				judged = preloaded && up && workers.launcher_started_at == 0;
				return {judged ? Trouble::no_launcher : Trouble::none, 0};
			}
			const WorkerSlot *slot = workers.worker_of(MyDatabaseId);
			judged = slot != nullptr;
			if (!judged)
				return {Trouble::none, 0};
			return observe(*slot, workers.worker_processes() < own - 1 && workers.processes() < own);
		});
	if (!judged)
		return;
	verdict.judged();
	if (seen.trouble != Trouble::none)
		verdict.failed("dbeng worker", [seen](Finding &finding) { describe(finding, seen); });
}

CHECK(mon_workers){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "No worker for this database",
	.rationale =
		"Snapshots and jobs are the work of a background process for each database. Without a slot for it nothing "
		"runs and no history is kept. It is judged where dbeng is preloaded or start_workers() was called, and "
		"dbeng.enabled is on.",
	.judge = judge,
};

} // namespace dbeng
