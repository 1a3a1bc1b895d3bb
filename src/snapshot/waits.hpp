/*
 * waits.hpp: what this database's sessions wait for, sampled between two
 * snapshots by the process that takes them.
 */
#pragma once

#include "snapshot/observe.hpp"

namespace dbeng {

/* Looks at every session of this database that is at work, now. */
void sample_waits();

/* Gives what was counted since the last call, as changes of samples by name, and how often was looked. */
int64 take_wait_samples(SeriesNames &names, Vector<int64> &samples);

} // namespace dbeng
