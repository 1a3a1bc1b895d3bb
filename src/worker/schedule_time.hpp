/*
 * schedule_time.hpp: when a job runs.
 *
 * A job that runs every so many seconds, minutes or hours does so at whole
 * multiples of that since 1970, in UTC: every five minutes is at :00, :05 …,
 * whenever it was scheduled and whatever it missed. One that runs every so
 * many days does so at a time of day, on the first day that it can after it
 * was scheduled and every so many days from there; every so many months: on
 * the first of the month. Days and months are the server's time zone's: a day
 * of 23 or 25 hours has one run.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Schedule
{
	Interval every;
	TimeADT at;		   /* days and months only; midnight where none was given */
	TimestampTz since; /* when it was scheduled */
};

/* The first time after that; the schedule is valid. */
TimestampTz next_time(const Schedule &schedule, TimestampTz after, pg_tz *zone);
/* The same for a built-in job. */
TimestampTz next_time(int64 every_ms, TimestampTz after);

/* Raises for an interval and a time that make no schedule. */
void validate_schedule(const Interval &every, bool has_at);

/* Its length, a month being 30 days. */
int64 microseconds(const Interval &every);

/* After how many microseconds a job that failed so many times in a row is tried again. */
int64 retry_delay(int64 every, int failures);

} // namespace dbeng
