/*
 * index_size.hpp: how large an index would be that does not exist.
 */
#pragma once

#include "planner/imagined.hpp"

namespace dbeng {

/*
 * Estimates the size of what CREATE INDEX would build, of a partitioned table
 * the sum over its partitions. From the statistics of ANALYZE for btree, hash
 * and BRIN; GIN and GiST (and expressions without statistics) read some blocks
 * of the table. share: how many of the rows the predicate lets through, 0 to 1.
 */
IndexSize estimate_index_size(const ImaginedIndex &index, double share);

} // namespace dbeng
