/*
 * module.cpp: the library's table of contents: what it sets up when it is loaded.
 */
#include "core/pg.hpp"
#include "health/assessment.hpp"

static void
define_settings()
{
	DefineCustomIntVariable("dbeng.max_findings", "Findings shown per check, 0 = all.",
							"dbeng.findings() says in one more row how many others there are.", &dbeng::max_findings,
							20, 0, INT_MAX, PGC_USERSET, 0, nullptr, nullptr, nullptr);
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
