/*
 * time_ranges.hpp: the partitions of a table that is divided by time.
 *
 * Times of a timestamptz key are points in time, those of a timestamp or date
 * key are what the clock on the wall showed; now() below is of the same kind.
 */
#pragma once

#include "partition/managed.hpp"

namespace dbeng {

struct TimeRange
{
	const RelationEntry *partition;
	Timestamp lower; /* DT_NOBEGIN for MINVALUE */
	Timestamp upper; /* DT_NOEND for MAXVALUE */
};

/* What partitions are long: whole months, or a number of microseconds. */
struct TimeStep
{
	int months;
	int64 microseconds;
	bool local; /* months of the session's time zone; of a timestamptz key */
};

class TimeRanges
{
  public:
	/*
	 * False when the table is not divided by ranges of one date or timestamp column, nor by a column that dbeng.manage_partitions() was told
	 * tells a time.
	 */
	bool read(const Catalog &catalog, const RelationEntry &table, const ManagedSet *managed);

	/* Are bounds not as FOR VALUES has them? */
	bool encoded() const { return encoded_; }
	std::span<const TimeRange> ranges() const { return {ranges_->data(), ranges_->size()}; } /* by lower bound */
	const RelationEntry *default_partition() const { return default_; }
	Timestamp now(const Catalog &catalog) const;
	Oid type() const { return type_; }

	/* Is a range of a regular length, and which? */
	bool step(const TimeRange &range, TimeStep *step) const;
	Timestamp advance(Timestamp from, const TimeStep &step) const;

	/* As FOR VALUES wants it: '2026-01-01 00:00:00+00'. */
	const char *sql_literal(Timestamp time) const;
	/* As a reader wants it: "2026-01-01". */
	const char *text(Timestamp time) const;

  private:
	bool read_encoded(const Catalog &catalog, const RelationEntry &table, const SetSettings &settings);

	bool encoded_ = false;
	Oid type_ = InvalidOid;
	const RelationEntry *default_ = nullptr;
	Local<Vector<TimeRange>> ranges_;
};

} // namespace dbeng
