/*
 * usage.hpp: which indexes the plans of the workload use.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/*
 * How many statements of the workload have a plan with each of these indexes,
 * in their order; a partitioned index is used where one of its parts is. -1
 * each when there is no workload.
 */
void count_plans_using(const Catalog &catalog, std::span<const IndexEntry *const> indexes, Vector<int64> &counts);

} // namespace dbeng
