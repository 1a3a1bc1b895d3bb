/*
 * replication.hpp: how far behind standbys are, or this server is as one.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Lag
{
	const char *name;
	double seconds; /* NaN when not known */
	int64 bytes;
};

struct Replication
{
	std::span<const Lag> lags; /* one a connection; on a standby this server is the first */
	double wanted;			   /* seconds it is told to stay behind */

	/* The one farthest behind, by more than that many seconds; NULL when there is none. */
	const Lag *worst(double limit, int64 *behind) const;
};

/* In CurrentMemoryContext. */
Replication read_replication(bool in_recovery);

} // namespace dbeng
