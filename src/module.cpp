/*
 * module.cpp: the library's table of contents: what it sets up when it is loaded.
 */
#include "audit/context.hpp"
#include "audit/log_partitions.hpp"
#include "core/options.hpp"
#include "health/assessment.hpp"
#include "index/unused.hpp"
#include "partition/maintain.hpp"
#include "partition/old_snapshots.hpp"
#include "planner/planning.hpp"
#include "planner/sampler.hpp"
#include "row/counter_cache.hpp"
#include "row/path.hpp"
#include "row/soft_delete.hpp"
#include "row/versioning.hpp"
#include "snapshot/settings.hpp"
#include "worker/options.hpp"
#include "worker/process.hpp"

static void
define_settings()
{
	DefineCustomIntVariable("dbeng.max_findings", "Findings shown per check, 0 = all.",
							"dbeng.findings() says in one more row how many others there are.", &dbeng::max_findings,
							20, 0, INT_MAX, PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomIntVariable("dbeng.unused_after", "How long an index has to go without a scan to be called unused.",
							"The threshold \"days\" of the check idx-unused goes before it where it is configured.",
							&dbeng::unused_after, 30 * 24 * 60, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MIN, nullptr, nullptr,
							nullptr);
	DefineCustomIntVariable("dbeng.snapshot_interval",
							"Time between two snapshots of the statistics, 0 = none are taken.", nullptr,
							&dbeng::snapshot_interval, 60, 0, 3600, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
	DefineCustomIntVariable("dbeng.wait_sample_interval", "Time between two looks at what sessions wait for, 0 = none.",
							nullptr, &dbeng::wait_sample_interval, 1000, 0, 60000, PGC_SIGHUP, GUC_UNIT_MS, nullptr,
							nullptr, nullptr);
	DefineCustomIntVariable("dbeng.snapshot_retention", "How long every snapshot is kept.", nullptr,
							&dbeng::snapshot_retention, 7 * 24 * 60, 24 * 60, INT_MAX, PGC_SIGHUP, GUC_UNIT_MIN,
							nullptr, nullptr, nullptr);
	DefineCustomIntVariable("dbeng.snapshot_5min_retention", "How long sums of five minutes are kept.", nullptr,
							&dbeng::snapshot_5min_retention, 30 * 24 * 60, 24 * 60, INT_MAX, PGC_SIGHUP, GUC_UNIT_MIN,
							nullptr, nullptr, nullptr);
	DefineCustomIntVariable("dbeng.snapshot_hour_retention", "How long sums of an hour are kept.", nullptr,
							&dbeng::snapshot_hour_retention, 400 * 24 * 60, 24 * 60, INT_MAX, PGC_SIGHUP, GUC_UNIT_MIN,
							nullptr, nullptr, nullptr);
	DefineCustomBoolVariable("dbeng.enabled", "Do workers run jobs.", nullptr, &dbeng::workers_enabled, true,
							 PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
	DefineCustomStringVariable("dbeng.databases", "Databases that workers look after, * = every one that has dbeng.",
							   "A list of names; templates are looked after only when named.", &dbeng::databases, "*",
							   PGC_SIGHUP, GUC_LIST_INPUT, dbeng::check_databases, nullptr, nullptr);
	DefineCustomIntVariable("dbeng.max_workers", "Processes of dbeng besides the launcher, on the whole server.",
							"One of them is always left to jobs.", &dbeng::max_workers, 4, 2, dbeng::max_job_slots,
							PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
	DefineCustomIntVariable("dbeng.lock_timeout", "How long maintenance waits for a lock before it tries again later.",
							nullptr, &dbeng::lock_timeout, 25, 1, 60000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr,
							nullptr);
	DefineCustomIntVariable(
		"dbeng.partition_interval",
		"Time between two looks at sets of partitions that are due, 0 = the worker leaves partitions alone.",
		"CALL dbeng.maintain_partitions() works whatever it is.", &dbeng::partition_interval, 60, 0, 86400, PGC_SIGHUP,
		GUC_UNIT_S, nullptr, nullptr, nullptr);
	DefineCustomIntVariable("dbeng.audit_retention", "How long the audit log is kept, 0 = for ever.",
							"A month of it is dropped when all of it is older.", &dbeng::audit_retention, 0, 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MIN, nullptr, nullptr, nullptr);
	/* For bulk loads and what comes from elsewhere; versions keep changes from being lost, not people from lying. */
	DefineCustomBoolVariable("dbeng.keep_versions", "Are versions and times of change written as they are given.",
							 "On tables of dbeng.enable_versioning(), in this session.", &dbeng::keep_versions, false,
							 PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomBoolVariable("dbeng.keep_paths", "Are paths of rows written as they are given.",
							 "On tables of dbeng.enable_path(), in this session.", &dbeng::keep_paths, false,
							 PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomBoolVariable("dbeng.keep_counters", "Are counts of children written as they are given.",
							 "On tables of dbeng.enable_counter_cache(), in this session.", &dbeng::keep_counters,
							 false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
	/* A superuser may leave out a role or a database whose constants are nobody's business. */
	DefineCustomBoolVariable("dbeng.sample_constants", "Is one example of each statement's constants kept.",
							 "ALTER ROLE and ALTER DATABASE can switch it for one of them.", &dbeng::sample_constants,
							 false, PGC_SUSET, 0, dbeng::check_sample_constants, dbeng::assign_sample_constants,
							 nullptr);
	DefineCustomIntVariable(
		"dbeng.sample_constants_interval",
		"How long an example of a statement's constants is kept before a newer one takes its place.", nullptr,
		&dbeng::sample_constants_interval, 600, 1, 24 * 60 * 60, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
	/* Who may set them could say who he is by any setting. */
	DefineCustomStringVariable(
		"dbeng.audit_user_setting",
		"The setting in which an application tells who its user is: changed_by in the audit log.", nullptr,
		&dbeng::audit_user_setting, "app.user_id", PGC_SUSET, 0, nullptr, nullptr, nullptr);
	DefineCustomStringVariable("dbeng.audit_context_setting",
							   "The setting in which an application tells what it is doing: context in the audit log.",
							   nullptr, &dbeng::audit_context_setting, "app.context", PGC_SUSET, 0, nullptr, nullptr,
							   nullptr);
	DefineCustomBoolVariable("dbeng.hard_delete", "Does DELETE delete for good from tables that keep their rows.",
							 "Only of who owns the table; for everybody else DELETE is an error then.",
							 &dbeng::hard_delete, false, PGC_USERSET, 0, nullptr, dbeng::assign_hard_delete, nullptr);
	DefineCustomIntVariable(
		"dbeng.soft_delete_retention",
		"How long deleted rows are kept by tables that keep them, 0 = until they are purged by hand.", nullptr,
		&dbeng::soft_delete_retention, 0, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MIN, nullptr, nullptr, nullptr);
	/* The server takes a setting of that kind only while it starts. */
	if (process_shared_preload_libraries_in_progress)
		DefineCustomIntVariable("dbeng.sample_constants_size", "Shared memory for examples of statements' constants.",
								nullptr, &dbeng::sample_constants_size, 8192, 128, MAX_KILOBYTES / 2, PGC_POSTMASTER,
								GUC_UNIT_KB, nullptr, nullptr, nullptr);
	MarkGUCPrefixReserved("dbeng");
}

extern "C" {
#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "dbeng", .version = "1.0.0");
#else
PG_MODULE_MAGIC;
#endif

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	define_settings();
	dbeng::install_planner_hooks();
	dbeng::install_soft_delete_hooks();
	dbeng::install_old_snapshots();
	if (!process_shared_preload_libraries_in_progress)
		return;
	/* pg_upgrade wants the databases for itself. */
	if (IsBinaryUpgrade)
		return;
	dbeng::reserve_worker_slots();
	dbeng::register_launcher();
	dbeng::install_sampler();
}
}
