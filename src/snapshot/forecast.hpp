/*
 * forecast.hpp: how the file systems of the server fill up.
 */
#pragma once

#include "snapshot/history.hpp"

namespace dbeng {

/* A straight line through what was seen. */
struct Trend
{
	double per_day; /* NaN: too little is known */
	int64 observed; /* microseconds */
};

struct DiskTrend
{
	const char *name; /* data directory, pg_wal, tablespace … */
	int64 total;	  /* bytes, at the end of the history */
	int64 free;
	Trend used;
	double growing; /* share of the time, in eighths, in which it grew: a single load is no trend */
};

/* Those that snapshots saw last, in the current memory context. */
void disk_trends(const History &history, std::span<const HistoryPoint> points, Vector<DiskTrend> &trends);

/* When what is free is used up; 0: not in a hundred years. */
TimestampTz full_at(double free, double per_day, TimestampTz now);

} // namespace dbeng
