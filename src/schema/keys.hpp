/*
 * keys.hpp: what stands for a primary key where there is none.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* The best unique index over NOT NULL columns alone; NULL when there is none. */
const IndexEntry *stand_in_key(const RelationEntry &table);

/*
 * A partitioned table without a key because the natural one lacks the
 * partition key: it has a numbered column, or its partitions have keys of
 * their own.
 */
bool lacks_partition_key(const RelationEntry &table);

} // namespace dbeng
