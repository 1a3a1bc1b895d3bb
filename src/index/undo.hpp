/*
 * undo.hpp: the way back from fix_drop().
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/*
 * The statements that make a dropped index what it is now: its constraint, its parts and their names, its tablespace,
 * comments, statistics targets, the marks of CLUSTER and REPLICA IDENTITY, what it goes with. CONCURRENTLY wherever the
 * server can. NULL when it cannot be told: it is gone, or its table is locked by somebody changing it.
 */
const char *undo_text(const IndexEntry &index);

} // namespace dbeng
