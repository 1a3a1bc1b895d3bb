/*
 * log_partitions.hpp: the log in months. A partition a month (UTC), the
 * present one and three more, and behind them a default one that takes what
 * no month does, so that no write ever fails for want of a partition.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct LogPartition
{
	Oid relation;
	TimestampTz from; /* DT_NOBEGIN, DT_NOEND: without a bound */
	TimestampTz to;
	bool is_default;
};

/* The month (UTC) that a time is in, by its beginning; what is no time in years is its own month. */
TimestampTz month_begin(TimestampTz at);
TimestampTz next_month(TimestampTz month);

/* By time, the default one last. */
void log_partitions(Vector<LogPartition> &partitions);

/* Makes the months that there should be and that are not; returns how many. As the extension's owner. */
int make_months(TimestampTz now);

/* The default partition, empty. */
void make_default_partition();

/* dbeng.audit_retention: minutes; 0: for ever. */
extern int audit_retention;

} // namespace dbeng
