/*
 * compact.hpp: puts snapshots away.
 *
 *	each quarter	what changed goes from dbeng.snapshot to rows of dbeng.snapshot_minute: one for eight series and
 *					one hour, column by column
 *	each hour		dbeng.snapshot_state moves on, the changes are taken out of dbeng.snapshot
 *	each day		the day is summed up in dbeng.snapshot_5min and dbeng.snapshot_hour; what is too old is dropped
 */
#pragma once

#include "snapshot/store.hpp"

namespace dbeng {

/* What was taken before this quarter of an hour. Returns how many pieces were put away. */
int put_away(TimestampTz now);

/* Days that ended before now. Returns how many were summed up. */
int sum_up_days(TimestampTz now);

/* Once a day: names of what has no history any more. */
void forget_old_names(TimestampTz now);

/* Returns how many partitions were dropped. */
int drop_old_snapshots(TimestampTz now);

/* The time of each point of an hour's chunks is in a row of its own, at this block of the family clock. */
inline constexpr int32 times_block = -1;
void decode_times(ByteSpan bytes, TimestampTz hour, Vector<TimestampTz> &times);

inline constexpr int64 slot_5min = 5 * USECS_PER_MINUTE;

} // namespace dbeng
