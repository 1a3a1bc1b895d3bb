/*
 * new_partition.hpp: making a partition beside its set and attaching it.
 */
#pragma once

#include "partition/partition_set.hpp"

namespace dbeng {

/*
 * Makes a table that is in everything like the set's partitions should be: columns, identity's meaning, defaults, constraints, indexes, owner,
 * privileges, row security, storage options, tablespace, access method, statistics targets, extended statistics, replica identity, comments,
 * publications that name the parent's partitions. Locks nothing of the set above ACCESS SHARE. Returns its OID; not attached yet.
 */
Oid make_beside(const PartitionSet &set, const char *name);

/*
 * Attaches it. Takes SHARE UPDATE EXCLUSIVE on the parent and, where there is one, ACCESS EXCLUSIVE on the default partition, in
 * that order and as long as lock_timeout lets it wait. Raises where the default partition has rows of that range.
 */
void attach(const PartitionSet &set, Oid partition, const KeyBound &lower, const KeyBound &upper);
void attach_default(const PartitionSet &set, Oid partition);

} // namespace dbeng
