/*
 * bounds.hpp: a partition's bounds, changed where they are.
 */
#pragma once

#include "partition/calendar.hpp"

namespace dbeng {

/*
 * From now on the partition has the keys from lower up to upper, and the default partition has what it had of them or gets what it loses. Whoever calls has
 * locked the parent, the partition and the default partition in ACCESS EXCLUSIVE, and sees to it that rows are where they belong and that no other
 * partition has these keys.
 */
void set_bounds(Oid parent, Oid partition, const KeyBound &lower, const KeyBound &upper);

/*
 * Says that where rows are is newer than every snapshot taken before this transaction commits: see old_snapshots.hpp. Needs a lock on the parent that no two
 * can have.
 */
void mark_layout(Oid parent);

} // namespace dbeng
