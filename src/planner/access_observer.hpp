/*
 * access_observer.hpp: fills TableAccess from what the planner has made of a
 * statement when it comes to one of its tables.
 */
#pragma once

#include "planner/table_access.hpp"

namespace dbeng {

/* To be called from set_rel_pathlist_hook. */
void observe_access(const Catalog &catalog, PlannerInfo *root, RelOptInfo *rel, const RangeTblEntry *entry,
					Vector<TableAccess> &accesses);

} // namespace dbeng
