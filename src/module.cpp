/*
 * module.cpp: the library's table of contents: what it sets up when it is loaded.
 */
#include "core/pg.hpp"
#include "health/assessment.hpp"
#include "snapshot/settings.hpp"

static void
define_settings()
{
	DefineCustomIntVariable("dbeng.max_findings", "Findings shown per check, 0 = all.",
							"dbeng.findings() says in one more row how many others there are.", &dbeng::max_findings,
							20, 0, INT_MAX, PGC_USERSET, 0, nullptr, nullptr, nullptr);
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
}
}
