/*
 * standbys.hpp: the standbys connected to this server.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Standbys
{
	int64 streaming; /* receive a physical stream and replay it */
	int64 without_slot;
};

Standbys connected_standbys();

} // namespace dbeng
