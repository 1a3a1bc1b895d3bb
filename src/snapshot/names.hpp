/*
 * names.hpp: what series are called.
 */
#pragma once

#include "snapshot/history.hpp"

namespace dbeng {

struct NamedSeries
{
	int32 series;
	char kind;
	bool dropped;	   /* by now */
	Oid object;		   /* as it was then: another object's now, perhaps, if it was dropped or the tables are a copy */
	Oid object_now;	   /* InvalidOid when dropped */
	Oid table;		   /* as of object */
	TimestampTz since; /* that object was it from here */
	TimestampTz until; /* to here; DT_NOEND: it still is */
	int64 key;
	const char *schema; /* NULL where the family has none */
	const char *name;
};

/* A family's series that were there at some moment of a range, by number, by the name they had last in it. */
std::span<const NamedSeries> named_series(const History &history, Family family);

/* Were two there under these OIDs at the same time? OIDs are used again. */
inline bool
side_by_side(const NamedSeries &a, const NamedSeries &b)
{
	return a.since < b.until && b.since < a.until;
}

/* The server's own, and dbeng's. */
bool is_system_schema(const char *schema);

} // namespace dbeng
