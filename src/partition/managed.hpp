/*
 * managed.hpp: all sets with what maintenance has noted of them, for those who look at many.
 */
#pragma once

#include "catalog/catalog.hpp"
#include "partition/partition_set.hpp"

namespace dbeng {

struct ManagedSet
{
	SetSettings settings;
	TimestampTz next_due = 0; /* 0: maintenance has noted nothing yet */
	TimestampTz last_run = 0;
	const char *last_error = nullptr;
	int failures = 0;
	double ids_per_second = 0;
};

/* In the caller's memory context, by the parent's OID; dropped ones are left out. */
void read_managed(Vector<ManagedSet> &sets);

/* NULL: it is none. */
const ManagedSet *find_managed(const Vector<ManagedSet> &sets, Oid parent);

/* What PartitionSet::look() does, by the model: no lock, no relcache. NULL, or what is wrong. */
const char *look_in(const RelationEntry &parent, PartitionSet &set);

} // namespace dbeng
