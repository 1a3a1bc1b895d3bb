#include "snapshot/history.hpp"

#include "core/text.hpp"

namespace dbeng {

static Argument
time_argument(TimestampTz at)
{
	return {TIMESTAMPTZOID, TimestampTzGetDatum(at), false};
}

/* Says what there is instead of what was asked for. */
static void
refuse_empty_range(TimestampTz from, TimestampTz to)
{
	TimestampTz first = 0;
	TimestampTz last = 0;
	each_row("SELECT least((SELECT min(taken_at) FROM dbeng.snapshot), (SELECT min(period) FROM dbeng.snapshot_hour)),"
			 " greatest((SELECT max(taken_at) FROM dbeng.snapshot), (SELECT max(period) FROM dbeng.snapshot_hour))",
			 [&](const Row &row)
			 {
				 first = row.time(1);
				 last = row.time(2);
			 });
	if (last == 0)
		ereport(
			ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("there are no snapshots yet"),
			errdetail("A worker takes them when dbeng is in shared_preload_libraries, or after dbeng.start_workers()."),
			errhint("SELECT dbeng.snapshot(); takes one now; two are needed to see a change."));
	const char *from_text = pstrdup(timestamptz_to_str(from));
	const char *to_text = pstrdup(timestamptz_to_str(to));
	const char *first_text = pstrdup(timestamptz_to_str(first));
	const char *last_text = pstrdup(timestamptz_to_str(last));
	ereport(
		ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		errmsg("no snapshot was taken after %s and until %s", from_text, to_text),
		errdetail("There are snapshots from %s to %s.", first_text, last_text),
		errhint(
			"Choose a range that holds some: SELECT taken_at FROM dbeng.snapshots ORDER BY taken_at DESC LIMIT 20;"));
}

History::History(TimestampTz from, TimestampTz to, bool needed)
	: from_(from), to_(to), detail_from_(DT_NOEND), fine_from_(DT_NOEND)
{
	if (from > to)
	{
		const char *from_text = pstrdup(timestamptz_to_str(from));
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("from_at %s is after to_at %s", from_text, timestamptz_to_str(to)),
				errdetail("The range begins after its first argument and ends with its second."),
				errhint("Exchange the two."));
	}
	/* Whole days: what is in their sums is in their detail too, and must be read of one only. */
	detail_from_ = oldest_partition("snapshot_minute");
	if (detail_from_ == DT_NOEND)
		detail_from_ = oldest_partition("snapshot");
	fine_from_ = std::min(oldest_partition("snapshot_5min"), detail_from_);
	bool any = false;
	if (from < detail_from_)
	{
		Argument range[] = {time_argument(day_of(from)), time_argument(to)};
		each_row(
			"SELECT EXISTS (SELECT FROM dbeng.snapshot_hour WHERE family = 0 AND block = 0 AND period >= $1 AND period < $2)",
			range, [&any](const Row &row) { any = row.flag(1); });
	}

	/* A part of an hour can hold a snapshot whose clock had been set back; its times say which it is. */
	Argument hours[] = {time_argument(hour_of(from)), time_argument(to)};
	Local<Vector<Hour>> found;
	each_row(
		"SELECT period, part, data FROM dbeng.snapshot_minute WHERE family = 0 AND block = -1 AND period >= $1 AND period <= $2"
		" ORDER BY period, part",
		hours,
		[&](const Row &row)
		{
			Local<Vector<TimestampTz>> times;
			decode_times(bytes_of(row, 3), row.time(1), *times);
			bool whole = true;
			bool some = false;
			for (TimestampTz at : *times)
			{
				bool inside = at > from_ && at <= to_;
				whole = whole && inside;
				some = some || inside;
			}
			if (some)
				found->push_back(Hour{row.time(1), row.integer(2), {times->data(), times->size()}, whole});
		});
	hours_ = {found->data(), found->size()};

	Argument recent[] = {time_argument(from), time_argument(to)};
	Local<Vector<StoredSnapshot>> snapshots;
	each_row(
		"SELECT snapshot_id, taken_at, epoch, changes FROM dbeng.snapshot, dbeng.snapshot_progress"
		" WHERE snapshot_id > chunks_at AND changes IS NOT NULL AND taken_at > $1 AND taken_at <= $2 ORDER BY taken_at",
		recent,
		[&](const Row &row)
		{
			snapshots->push_back(
				StoredSnapshot{row.integer(1), row.time(2), static_cast<int32>(row.integer(3)), bytes_of(row, 4)});
		});
	recent_ = {snapshots->data(), snapshots->size()};
	if (needed && !any && hours_.empty() && recent_.empty())
		refuse_empty_range(from, to);
}

const History::Hour *
History::hour(TimestampTz period, int64 part) const
{
	auto at = std::lower_bound(hours_.begin(), hours_.end(), std::pair(period, part),
							   [](const Hour &entry, const std::pair<TimestampTz, int64> &wanted)
							   { return std::pair(entry.hour, entry.part) < wanted; });
	return at != hours_.end() && at->hour == period && at->part == part ? &*at : nullptr;
}

void
History::points(Vector<HistoryPoint> &points) const
{
	visit(
		Family::clock, 0,
		[&points](int32, TimestampTz at, const Values &values) {
			points.push_back(HistoryPoint{at, values[clock_field::elapsed]});
		},
		[](int32, const Values &) { return false; });
	std::sort(points.begin(), points.end(), [](const HistoryPoint &a, const HistoryPoint &b) { return a.at < b.at; });
}

void
sum_up(const History &history, Family family, SeriesSums &sums, int32 block)
{
	history.visit(
		family, block, [&sums](int32 series, TimestampTz, const Values &values) { sums.add(series, values); },
		[&sums](int32 series, const Values &values)
		{
			sums.add(series, values);
			return true;
		});
}

GaugeValues::GaugeValues(TimestampTz at, Family family, int32 only) : state_(family)
{
	state_->read(only);
	TimestampTz state_time = read_progress().state_time;
	if (state_time == at)
		return;
	backwards_ = at < state_time;
	History between(std::min(at, state_time), std::max(at, state_time), false);
	sum_up(between, family, *moved_, only < 0 ? -1 : block_of(only));
}

History
history_arguments(FunctionCallInfo fcinfo, int from, int to)
{
	if (PG_ARGISNULL(from) || PG_ARGISNULL(to))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("%s must not be NULL", PG_ARGISNULL(from) ? "from_at" : "to_at"),
				errdetail("A range of time has a beginning and an end."), errhint("Leave both out for the last day."));
	/* Infinite is from the first, until the last. */
	TimestampTz begin = PG_GETARG_TIMESTAMPTZ(from);
	TimestampTz end = PG_GETARG_TIMESTAMPTZ(to);
	constexpr TimestampTz earliest = MIN_TIMESTAMP + USECS_PER_DAY;
	constexpr TimestampTz latest = END_TIMESTAMP - 2 * USECS_PER_DAY;
	return History(std::clamp(begin, earliest, latest), std::clamp(end, earliest, latest));
}

} // namespace dbeng
