/*
 * index_size.hpp: how large an index would be that does not exist.
 */
#pragma once

#include "planner/imagined.hpp"

namespace dbeng {

/* What CREATE INDEX is told beside the keys. */
struct IndexOptions
{
	bool unique = false;
	bool deduplicate = true;
	int fillfactor = 0; /* 0: the method's own */
	int pages_per_range = 128;
	double rows = -1; /* of the table, where that is known better than by its size; not of a partitioned one */
};

/*
 * Estimates the size of what CREATE INDEX would build, of a partitioned table
 * the sum over its partitions. From the statistics of ANALYZE for btree, hash
 * and BRIN; GIN and GiST (and expressions without statistics) read some blocks
 * of the table. share: how many of the rows the predicate lets through, 0 to 1.
 *
 * What was read is kept until the transaction ends or changes something. No
 * table is waited for: one that another session has locked is not read.
 */
IndexSize estimate_index_size(const ImaginedIndex &index, double share, const IndexOptions &options = {});

} // namespace dbeng
