/*
 * calendar.hpp: how long the partitions of a set are and where each begins,
 * whatever the key that is divided looks like.
 *
 * It counts in positions. Where the key tells an instant (timestamptz, epochs,
 * snowflakes, UUIDv7, ULID) a position is that instant in microseconds, as a
 * timestamptz has it; where it tells a wall clock (date, timestamp) it is the
 * microseconds of that, as a timestamp has them; where it is a number, it is the number.
 *
 * Months and days are those of the set's own time zone, never of the session's.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

enum class Encoding : uint8
{
	date,
	timestamp,
	timestamptz,
	number,
	seconds, /* since 1970, in an integer; so are the next three */
	milliseconds,
	microseconds,
	nanoseconds,
	snowflake,
	uuid, /* its first 48 bits are milliseconds since 1970: UUIDv7, or a ULID kept as uuid */
	ulid  /* as text, in capitals */
};

/* As dbeng.manage_partitions() takes and shows it; false: there is no such encoding. */
const char *encoding_name(Encoding encoding);
bool encoding_of_name(const char *name, Encoding *encoding);
/* What a key of this type holds unless somebody says otherwise; false: its type can hold none. */
bool encoding_of_type(Oid type, Encoding *encoding);

/* From when Twitter's snowflakes count: 2010-11-04 01:42:54.657 UTC. */
inline constexpr int64 twitter_epoch_ms = INT64CONST(1288834974657);
/* Milliseconds since 1970, and back. */
int64 epoch_milliseconds(TimestampTz moment);
TimestampTz epoch_moment(int64 milliseconds);

/* A month for 30 days. */
int64 interval_microseconds(const Interval &interval);

/* What a set's settings say of its calendar. */
struct CalendarRule
{
	Encoding encoding = Encoding::timestamptz;
	Interval step = {};		  /* of one field only: months, days, or a time; 0 for numbers */
	int64 number = 0;		  /* of numbers */
	const char *zone = "UTC"; /* a name of pg_timezone_names */
	int64 epoch_ms = 0;		  /* of snowflakes: milliseconds from 1970 to their own beginning */
	int shift = 22;			  /* of snowflakes: bits below the milliseconds */
	int64 anchor = 0;		  /* a position where some partition is to begin */
	bool anchored = false;	  /* without: 2000-01-01, a Monday where days make weeks, 0 for numbers */
};

/* From lower up to, not including, upper. */
struct Cell
{
	int64 lower;
	int64 upper;
};

/* One end of a partition. */
struct KeyBound
{
	enum class Kind : int8
	{
		minimum = -1,
		value = 0,
		maximum = 1
	};
	Kind kind;
	Datum value; /* of the key's type, in the memory context of whoever asked */
};

class Calendar
{
  public:
	/* NULL, or why no calendar can be made of this rule for keys of that type: a clause that follows "cannot be divided: ". */
	const char *make(const CalendarRule &rule, Oid type, int32 typmod, Oid collation);

	/* The same of the keys alone, whatever the step. */
	const char *check_key(const CalendarRule &rule, Oid type, int32 typmod, Oid collation);

	/* Does the clock say where the set stands? Not of numbers. */
	bool timed() const;
	/* The position of a moment; of timed calendars. */
	int64 position_of(TimestampTz moment) const;

	/* The position when the set's clock shows that; of timed calendars. */
	int64 position_of_wall(Timestamp wall) const;
	/* A position so much earlier by the set's clock; of timed calendars. */
	int64 earlier(int64 position, const Interval &by) const;

	/* The cell that a position is in. False: beyond what the type or the calendar can hold. */
	bool cell(int64 position, Cell *cell) const;
	/* The cells are without gap or overlap: the next begins where this one ends. */
	bool next(const Cell &cell, Cell *next) const;
	bool previous(const Cell &cell, Cell *previous) const;

	/* The least key at a position; minimum or maximum where the type has none so low or high. */
	KeyBound bound(int64 position) const;
	/* The position of a key, rounded down. False: infinite, NULL or not of this encoding. */
	bool position(Datum key, int64 *position) const;

	/* How keys are ordered: as the partition key has them. */
	int compare(Datum a, Datum b) const;
	int compare(const KeyBound &a, const KeyBound &b) const;

	/* As FOR VALUES takes it: MINVALUE, MAXVALUE or a quoted literal that no setting of the session changes. */
	const char *literal(const KeyBound &bound) const;
	/* What to call the partition that begins there: 2026_11, 2026_11_24, 2026_11_24_0700, 30000. */
	const char *label(int64 position) const;
	/* As a reader wants it: a time in the set's zone, or a number. */
	const char *text(int64 position) const;
	/* The same of a bound whose key tells a position, else the key as it is; NULL: minimum or maximum. */
	const char *bound_text(const KeyBound &bound) const;
	/* The key itself as text; NULL: minimum or maximum. */
	const char *key_text(const KeyBound &bound) const;
	/* What the clock showed at a position, without a zone: what position_of_wall() takes. */
	const char *wall_text(int64 position) const;

	const CalendarRule &rule() const { return rule_; }
	Oid type() const { return type_; }
	int32 typmod() const { return typmod_; }
	Oid collation() const { return collation_; }

  private:
	const char *value_text(Datum key) const;
	const char *check_type() const;
	const char *check_step() const;
	bool is_instant() const;
	int64 to_wall(int64 instant) const;
	int64 to_instant(int64 wall) const;
	int64 edge(int64 number) const;
	int64 near(int64 position) const;
	KeyBound::Kind reach(int64 position, int64 *key) const;

	CalendarRule rule_;
	Oid type_ = InvalidOid; /* of a domain: what it is made of */
	int32 typmod_ = -1;
	Oid collation_ = InvalidOid;
	pg_tz *zone_ = nullptr;
	FmgrInfo *comparison_ = nullptr;
	int64 anchor_ = 0;		/* a position */
	int64 anchor_wall_ = 0; /* what the clock showed there */
};

} // namespace dbeng
