/*
 * set_argument.hpp: what procedures on a partitioned table take, and refuse.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* The first argument, a partitioned table that the caller owns; what is the procedure's name. Raises. */
Oid set_argument(FunctionCallInfo fcinfo, const char *what);

/* The second, how many rows a transaction moves. */
int batch_argument(FunctionCallInfo fcinfo);

} // namespace dbeng
