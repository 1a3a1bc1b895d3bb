#include "partition/time_ranges.hpp"

#include "catalog/expression.hpp"
#include "core/text.hpp"

namespace dbeng {

static Timestamp
from_datum(Oid type, Datum datum)
{
	if (type != DATEOID)
		return DatumGetTimestamp(datum);
	DateADT date = DatumGetDateADT(datum);
	if (DATE_IS_NOBEGIN(date))
		return DT_NOBEGIN;
	return DATE_IS_NOEND(date) ? DT_NOEND : static_cast<Timestamp>(date) * USECS_PER_DAY;
}

static bool
read_bound(Oid type, List *datums, Timestamp *time)
{
	if (list_length(datums) != 1)
		return false;
	auto *bound = linitial_node(PartitionRangeDatum, datums);
	if (bound->kind == PARTITION_RANGE_DATUM_MINVALUE)
		*time = DT_NOBEGIN;
	else if (bound->kind == PARTITION_RANGE_DATUM_MAXVALUE)
		*time = DT_NOEND;
	else if (bound->value == nullptr || !IsA(bound->value, Const) || castNode(Const, bound->value)->constisnull ||
			 castNode(Const, bound->value)->consttype != type)
		return false;
	else
		*time = from_datum(type, castNode(Const, bound->value)->constvalue);
	return true;
}

/* Ranges of what tells an instant, such as a UUIDv7. */
bool
TimeRanges::read_encoded(const Catalog &catalog, const RelationEntry &table, const SetSettings &settings)
{
	PartitionSet set;
	set.settings = settings;
	if (look_in(table, set) != nullptr || !set.calendar.timed())
		return false;
	encoded_ = true;
	type_ = TIMESTAMPTZOID;
	for (const SetPartition &partition : *set.partitions)
	{
		TimeRange range = {catalog.relation(partition.relation), DT_NOBEGIN, DT_NOEND};
		if ((partition.lower.kind == KeyBound::Kind::value &&
			 !set.calendar.position(partition.lower.value, &range.lower)) ||
			(partition.upper.kind == KeyBound::Kind::value &&
			 !set.calendar.position(partition.upper.value, &range.upper)))
			return false;
		ranges_->push_back(range);
	}
	return true;
}

bool
TimeRanges::read(const Catalog &catalog, const RelationEntry &table, const ManagedSet *managed)
{
	const PartitionKey *key = table.partition_key;

	ranges_->clear();
	encoded_ = false;
	if (key == nullptr || key->strategy != PARTITION_STRATEGY_RANGE || key->columns.size() != 1)
		return false;
	const ColumnEntry *column = table.column(key->columns[0]);
	type_ = column != nullptr ? catalog.base_type(column->type) : InvalidOid;
	default_ = catalog.relation(key->default_partition);
	if (type_ != DATEOID && type_ != TIMESTAMPOID && type_ != TIMESTAMPTZOID)
		return managed != nullptr && read_encoded(catalog, table, managed->settings);
	for (const RelationEntry *partition : table.children)
	{
		if (partition == default_ || partition->partition_bound == nullptr)
			continue;
		auto *spec = castNode(PartitionBoundSpec, expression_tree(partition->partition_bound));
		TimeRange range = {partition, 0, 0};
		if (spec->is_default)
			continue;
		if (!read_bound(type_, spec->lowerdatums, &range.lower) || !read_bound(type_, spec->upperdatums, &range.upper))
			return false;
		ranges_->push_back(range);
	}
	std::sort(ranges_->begin(), ranges_->end(),
			  [](const TimeRange &a, const TimeRange &b) { return a.lower < b.lower; });
	return true;
}

static Timestamp
to_local(TimestampTz time)
{
	return DatumGetTimestamp(DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(time)));
}

Timestamp
TimeRanges::now(const Catalog &catalog) const
{
	return type_ == TIMESTAMPTZOID ? catalog.now : to_local(catalog.now);
}

/* The number of a month since the year 0, if the time is its first moment; else -1. */
static int
month_begun(Timestamp time)
{
	struct pg_tm at;
	fsec_t fraction;

	if (timestamp2tm(time, nullptr, &at, &fraction, nullptr, nullptr) != 0 || at.tm_mday != 1 || at.tm_hour != 0 ||
		at.tm_min != 0 || at.tm_sec != 0 || fraction != 0)
		return -1;
	return at.tm_year * MONTHS_PER_YEAR + at.tm_mon - 1;
}

static Timestamp
begin_of_month(int month)
{
	struct pg_tm at = {};
	Timestamp time;

	at.tm_year = month / MONTHS_PER_YEAR;
	at.tm_mon = month % MONTHS_PER_YEAR + 1;
	at.tm_mday = 1;
	return tm2timestamp(&at, 0, nullptr, &time) == 0 ? time : DT_NOEND;
}

bool
TimeRanges::step(const TimeRange &range, TimeStep *step) const
{
	if (TIMESTAMP_NOT_FINITE(range.lower) || TIMESTAMP_NOT_FINITE(range.upper))
		return false;
	*step = {};
	for (bool local : {false, true})
	{
		if (local && type_ != TIMESTAMPTZOID)
			break;
		int from = month_begun(local ? to_local(range.lower) : range.lower);
		int to = month_begun(local ? to_local(range.upper) : range.upper);
		if (from < 0 || to < 0)
			continue;
		step->months = to - from;
		step->local = local;
		return true;
	}
	/* A day of 23 or 25 hours is no measure for the next one. */
	step->microseconds = range.upper - range.lower;
	return step->microseconds % USECS_PER_DAY == 0 ||
		   (step->microseconds % USECS_PER_HOUR == 0 && step->microseconds <= USECS_PER_DAY / 2);
}

Timestamp
TimeRanges::advance(Timestamp from, const TimeStep &step) const
{
	if (step.months == 0)
		return from + step.microseconds;
	Timestamp to = begin_of_month(month_begun(step.local ? to_local(from) : from) + step.months);
	if (!step.local)
		return to;
	int overflow = 0;
	return timestamp2timestamptz_opt_overflow(to, &overflow);
}

const char *
TimeRanges::text(Timestamp time) const
{
	struct pg_tm at;
	fsec_t fraction;

	if (TIMESTAMP_NOT_FINITE(time) || timestamp2tm(time, nullptr, &at, &fraction, nullptr, nullptr) != 0)
		return TIMESTAMP_IS_NOBEGIN(time) ? "-infinity" : "infinity";
	const char *day = format("%04d-%02d-%02d", at.tm_year, at.tm_mon, at.tm_mday);
	if (at.tm_hour == 0 && at.tm_min == 0 && at.tm_sec == 0)
		return day;
	return format("%s %02d:%02d:%02d%s", day, at.tm_hour, at.tm_min, at.tm_sec, type_ == TIMESTAMPTZOID ? "+00" : "");
}

const char *
TimeRanges::sql_literal(Timestamp time) const
{
	const char *plain = text(time);

	if (type_ == TIMESTAMPTZOID && strchr(plain, ':') == nullptr)
		plain = format("%s 00:00:00+00", plain);
	return literal(plain);
}

} // namespace dbeng
