/*
 * table_advice.hpp: what the workload would have one table indexed by.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/* The statements that make the indexes, as the fix of a finding about the table; none without a workload or advice. */
void fix_by_workload(Finding &finding, const Catalog &catalog, const RelationEntry &table);

} // namespace dbeng
