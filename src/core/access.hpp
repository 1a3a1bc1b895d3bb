/*
 * access.hpp: who may call what, and arguments that may be NULL.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Raises unless the caller has the privileges of pg_monitor; what is the function or view he asked for. */
void require_monitor(const char *what);

/* Raises on a read-only server, in a read-only transaction, and without the privileges on dbeng's table. */
void require_writer(const char *what, const char *table, AclMode privileges);

/* A text argument; NULL for NULL. */
const char *text_argument(FunctionCallInfo fcinfo, int number);

} // namespace dbeng
