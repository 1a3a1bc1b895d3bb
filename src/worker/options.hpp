/*
 * options.hpp: the settings of launcher and workers; module.cpp defines them.
 */
#pragma once

#include "core/memory.hpp"
#include "core/options.hpp"

namespace dbeng {

extern char *databases; /* dbeng.databases: '*' or a list of names */
extern int max_workers; /* dbeng.max_workers: processes besides the launcher */

/* Is the text '*' or a list of names? */
bool check_databases(char **value, void **extra, GucSource source);

/* dbeng.databases taken apart; empty: every one. In CurrentMemoryContext. */
::List *listed_databases();

} // namespace dbeng
