/*
 * expiry.hpp: partitions that leave their set: detached, and then kept, moved
 * or dropped.
 */
#pragma once

#include "partition/partition_set.hpp"
#include "partition/steps.hpp"

namespace dbeng {

/*
 * One try at an action of a plan: finalize_detach, detach, move, drop. What is begun is written down first, so that a crash at any moment
 * leaves nothing half done for long.
 */
Outcome expire(const Steps &steps, const PartitionSet &set, const PlannedAction &action, bool insistent);

} // namespace dbeng
