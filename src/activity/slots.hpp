/*
 * slots.hpp: replication slots and the WAL they keep.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Slot
{
	const char *name;
	const char *type;	/* physical, logical */
	const char *status; /* wal_status: reserved extended unreserved lost; NULL when it keeps no WAL */
	const char *why;	/* for a lost one, 17 and later, else NULL */
	int64 retained;		/* bytes of WAL behind the present position */
	bool active;
};

/* In CurrentMemoryContext. */
std::span<const Slot> replication_slots();

} // namespace dbeng
