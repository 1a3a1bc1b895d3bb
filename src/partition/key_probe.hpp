/*
 * key_probe.hpp: the least or the greatest key that a table has in a range,
 * found by an index, or by reading all of it where that is little.
 */
#pragma once

#include "partition/calendar.hpp"

namespace dbeng {

enum class Probe : uint8
{
	none,
	found,
	unknown, /* there is no index that tells, and much to read */
	locked	 /* by somebody */
};

/* Where a probe looks: from lower up to, not including, upper; NULLs are in no range. */
struct KeyRange
{
	KeyBound lower = {KeyBound::Kind::minimum, Datum{0}};
	KeyBound upper = {KeyBound::Kind::maximum, Datum{0}};
};

/*
 * Rows that the snapshot sees. The table is open; *found is copied into the caller's memory context, and may be NULL to know only whether there is one.
 */
Probe probe_key(Relation table, const char *column, const Calendar &calendar, const KeyRange &range, bool greatest,
				Snapshot snapshot, Datum *found);

/* The same under ACCESS SHARE, for which it does not wait, as the active snapshot sees it. */
Probe probe_key(Oid table, const char *column, const Calendar &calendar, const KeyRange &range, bool greatest,
				Datum *found);

/* Has the table an index that leads with this column and tells of every row? */
bool has_key_index(Relation table, const char *column, const Calendar &calendar);

} // namespace dbeng
