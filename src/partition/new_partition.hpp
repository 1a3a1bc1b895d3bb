/*
 * new_partition.hpp: making a partition beside its set and attaching it.
 */
#pragma once

#include "partition/partition_set.hpp"

namespace dbeng {

/*
 * Makes a table that is in everything like the set's partitions should be. What the parent can say is as the parent says: columns, defaults,
 * generated columns, CHECK constraints, indexes, statistics and their targets, row security and policies, replica identity, comments, tablespace.
 * What it cannot say, or leaves open, is as the newest partition has it: storage options, access method, privileges, indexes and
 * constraints of its own, CLUSTER, publications that name it, logged or not. Row triggers and foreign keys of the parent come when it is
 * attached. To be called as the owner; locks nothing of the set above ACCESS SHARE. Returns its OID; not attached yet.
 */
Oid make_beside(const PartitionSet &set, const char *name);

/*
 * Attaches it. Takes SHARE UPDATE EXCLUSIVE on the parent and, where there is one, ACCESS EXCLUSIVE on the default partition, in
 * that order and as long as lock_timeout lets it wait. Raises (check_violation) where the default partition has rows of that range.
 */
void attach(const PartitionSet &set, Oid partition, const KeyBound &lower, const KeyBound &upper);
void attach_default(const PartitionSet &set, Oid partition);

/* Would attach() have to read all of a large default partition under its lock, for want of an index on the key? */
bool lacks_index_for_attach(const PartitionSet &set);

} // namespace dbeng
