/*
 * connections.hpp: how many of the connections ordinary users may have are taken.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct ConnectionUse
{
	int64 used;
	int64 idle;
	int64 limit; /* without those kept for superusers and, 16 and later, for privileged roles */
	double percent;
};

ConnectionUse connection_use();

} // namespace dbeng
