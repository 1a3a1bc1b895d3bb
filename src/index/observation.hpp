/*
 * observation.hpp: how long an index has been watched.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* When the index's file was made: it has been there at least since. 0 where the file system does not tell. */
TimestampTz built_at(const IndexEntry &index);

inline int64
days_between(TimestampTz from, TimestampTz to)
{
	return from >= to ? 0 : (to - from) / USECS_PER_DAY;
}

} // namespace dbeng
