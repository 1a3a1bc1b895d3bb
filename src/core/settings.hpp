/*
 * settings.hpp: the server's settings as the configuration files (and ALTER
 * SYSTEM, ALTER DATABASE, ALTER ROLE for this session's role) leave them:
 * what RESET would give, not what this session has SET.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* The value as postgresql.conf would hold it, without unit; NULL when this server has no such setting. */
const char *setting(const char *name);
/* false also when there is no such setting. */
bool setting_on(const char *name);
/* A numeric setting, in its base unit; NaN when there is no such setting. */
double setting_number(const char *name);
/* A setting of size in bytes, of time in milliseconds; -1 keeps its meaning, and stands for no such setting. */
int64 setting_bytes(const char *name);
int64 setting_milliseconds(const char *name);
/* Is this name the only one in a comma-separated setting of names, or one of them? */
bool setting_lists(const char *name, const char *item);

} // namespace dbeng
