#include "core/host.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"
#include "core/worker_slots.hpp"
#include "snapshot/settings.hpp"
#include "snapshot/store.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Expected
{
	bool preloaded;
	bool pending; /* preloaded at the next start */
	bool running; /* the launcher */
};
} // namespace

/* Is a worker meant to look after this database? */
static bool
looked_after(const Catalog &catalog)
{
	const char *list = setting("dbeng.databases");
	if (list == nullptr || strchr(list, '*') == nullptr)
		return setting_lists("dbeng.databases", catalog.database.name);
	bool is_template = false;
	each_row("SELECT datistemplate FROM pg_database WHERE datname = current_database()",
			 [&is_template](const Row &row) { is_template = row.flag(1); });
	return !is_template;
}

static Expected
what_is_expected()
{
	Expected expected = {setting_lists("shared_preload_libraries", "dbeng"), false, false};
	each_row("SELECT (SELECT pending_restart FROM pg_settings WHERE name = 'shared_preload_libraries'),"
			 " EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'dbeng launcher')",
			 [&expected](const Row &row)
			 {
				 expected.pending = row.flag(1);
				 expected.running = row.flag(2);
			 });
	return expected;
}

/* When dbeng came into this database, as far as its empty tables' files tell. */
static TimestampTz
installed_at()
{
	int64 written = -1;
	each_row("SELECT pg_relation_filepath('dbeng.snapshot_progress')",
			 [&written](const Row &row)
			 {
				 if (!row.null(1))
					 written = file_written(format("%s/%s", DataDir, row.text(1)));
			 });
	return written < 0 ? 0 : time_t_to_timestamptz(static_cast<pg_time_t>(written));
}

/* What this database's worker says of itself; NULL without. Only where its memory is there anyway. */
static const char *
worker_state()
{
	return with_workers(
		[](Workers &workers) -> const char *
		{
			const WorkerSlot *slot = workers.worker_of(MyDatabaseId);
			return slot == nullptr ? nullptr : worker_state_name(slot->state);
		});
}

static void
fix_preload(Finding &finding)
{
	StringInfoData list;
	initStringInfo(&list);
	const char *now = setting("shared_preload_libraries");
	if (now != nullptr && *now != '\0')
	{
		::List *libraries;
		if (!SplitDirectoriesString(pstrdup(now), ',', &libraries))
			return;
		ListCell *cell;
		foreach (cell, libraries)
			appendStringInfo(&list, "%s, ", literal(static_cast<const char *>(lfirst(cell))));
	}
	finding.fix("ALTER SYSTEM SET shared_preload_libraries = %s'dbeng'", list.data);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* Switched off, somebody wanted it so. A standby takes none. */
	if (catalog.in_recovery || !setting_on("dbeng.enabled") || snapshot_interval <= 0 || !looked_after(catalog))
		return;
	verdict.judged();
	TimestampTz last = last_snapshot().taken_at;
	int64 limit = std::max(static_cast<int64>(verdict.threshold("intervals")) * snapshot_interval,
						   static_cast<int64>(verdict.threshold("seconds"))) *
				  USECS_PER_SEC;
	if (catalog.now - last <= limit)
		return;
	Expected expected = what_is_expected();
	bool served = expected.preloaded || expected.running;
	/* A worker has had no time yet, or somebody without one takes them himself, as seldom as he likes. */
	if (served ? catalog.now - std::max({last, installed_at(), catalog.server_start}) <= limit
			   : catalog.now - last <= std::max(limit, 2 * USECS_PER_DAY))
		return;
	const char *state = served ? worker_state() : nullptr;
	verdict.failed(
		"snapshots",
		[last, age = catalog.now - last, served, expected, state](Finding &finding)
		{
			const char *when =
				last == 0 ? "no snapshot was ever taken" : format("the last snapshot is %s old", duration(age));
			const char *every = duration(static_cast<int64>(snapshot_interval) * USECS_PER_SEC);
			if (served)
				finding.message("%s, expected every %s; this database's worker: %s (dbeng.workers, the server's log)",
								when, every, state == nullptr ? "there is none" : state);
			else if (expected.pending)
				finding.message("%s; shared_preload_libraries was changed and waits for a restart", when);
			else
				finding.message(
					"%s: dbeng is not in shared_preload_libraries, no worker takes one; that needs a restart, "
					"until then dbeng.start_workers() does",
					when);
			if (last != 0)
				finding.evidence("last_snapshot", timestamptz_to_str(last));
			finding.evidence("interval_seconds", snapshot_interval);
			finding.evidence("preloaded", expected.preloaded);
			if (state != nullptr)
				finding.evidence("worker", state);
			if (!served && !expected.pending)
				fix_preload(finding);
		},
		{.severity = served ? Severity::warning : Severity::notice, .escalate = true});
}

CHECK(mon_snapshots){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "No snapshots",
	.rationale =
		"Without snapshots nobody can look up what the server did last night, how fast the disk fills, or which index "
		"was used before the counters began anew. The last one must not be older than five intervals, and five "
		"minutes. A notice where dbeng was never preloaded; nothing where dbeng.enabled is off or dbeng.snapshot_interval is 0.",
	.thresholds = {{"intervals", 5}, {"seconds", 300}},
	.judge = judge,
};

} // namespace dbeng
