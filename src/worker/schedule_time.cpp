#include "worker/schedule_time.hpp"
#include "core/text.hpp"

namespace dbeng {

static constexpr TimestampTz unix_epoch = -int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;

int64
microseconds(const Interval &every)
{
	return every.time + (every.day + int64{DAYS_PER_MONTH} * every.month) * USECS_PER_DAY;
}

static TimestampTz
next_multiple(int64 every, TimestampTz after)
{
	int64 passed = after - unix_epoch;
	int64 periods = passed / every - (passed % every < 0 ? 1 : 0);
	return unix_epoch + (periods + 1) * every;
}

TimestampTz
next_time(int64 every_ms, TimestampTz after)
{
	return next_multiple(every_ms * 1000, after);
}

/* The moment of a local day and time; one that a change to summer time skips is moved as the server does. */
static TimestampTz
moment(int day, TimeADT at, pg_tz *zone)
{
	pg_tm local = {};
	fsec_t fraction;
	time2tm(at, &local, &fraction);
	j2date(day, &local.tm_year, &local.tm_mon, &local.tm_mday);
	int offset = DetermineTimeZoneOffset(&local, zone);
	TimestampTz result;
	if (tm2timestamp(&local, fraction, &offset, &result) != 0)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"));
	return result;
}

static pg_tm
local_time(TimestampTz time, pg_tz *zone)
{
	pg_tm local = {};
	int offset;
	fsec_t fraction;
	const char *abbreviation;
	if (timestamp2tm(time, &offset, &local, &fraction, &abbreviation, zone) != 0)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"));
	return local;
}

static int
local_day(TimestampTz time, pg_tz *zone)
{
	pg_tm local = local_time(time, zone);
	return date2j(local.tm_year, local.tm_mon, local.tm_mday);
}

static TimestampTz
next_day(const Schedule &schedule, TimestampTz after, pg_tz *zone)
{
	int first = local_day(schedule.since, zone);
	if (moment(first, schedule.at, zone) <= schedule.since)
		first++;
	int every = schedule.every.day;
	int periods = std::max(0, (local_day(after, zone) - first) / every);
	TimestampTz next = moment(first + periods * every, schedule.at, zone);
	return next > after ? next : moment(first + (periods + 1) * every, schedule.at, zone);
}

static TimestampTz
next_month(const Schedule &schedule, TimestampTz after, pg_tz *zone)
{
	pg_tm local = local_time(after, zone);
	int every = schedule.every.month;
	int month = (local.tm_year * MONTHS_PER_YEAR + local.tm_mon - 1) / every * every;
	auto first_of = [&schedule, zone](int number)
	{ return moment(date2j(number / MONTHS_PER_YEAR, number % MONTHS_PER_YEAR + 1, 1), schedule.at, zone); };
	TimestampTz next = first_of(month);
	return next > after ? next : first_of(month + every);
}

TimestampTz
next_time(const Schedule &schedule, TimestampTz after, pg_tz *zone)
{
	if (schedule.every.month > 0)
		return next_month(schedule, after, zone);
	if (schedule.every.day > 0 && schedule.every.time == 0)
		return next_day(schedule, after, zone);
	return next_multiple(microseconds(schedule.every), after);
}

static const char *
shown(const Interval &every)
{
	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(const_cast<Interval *>(&every))));
}

void
validate_schedule(const Interval &every, bool has_at)
{
	static constexpr int64 longest = 36525 * USECS_PER_DAY;
	bool finite = pg::is_finite(every) && std::abs(every.month) < 1200 && std::abs(every.day) <= 36525 &&
				  std::abs(every.time) <= longest;
	if (!finite || microseconds(every) < USECS_PER_SEC || every.month < 0 || every.day < 0 || every.time < 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("every must be an interval of at least one second, not %s", shown(every)),
				errdetail("A job runs again and again; the longest time between two runs is a hundred years."),
				errhint("For example '5 minutes', '1 day' or '1 month'."));
	if (every.month > 0 && (every.day != 0 || every.time != 0))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("every must not mix months with days: %s", shown(every)),
				errdetail("A job of months runs on the first of a month."),
				errhint("Give months ('3 months'), days ('7 days') or a time ('36 hours')."));
	if (has_at && every.time != 0)
		ereport(
			ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("at needs whole days or months, and every is %s", shown(every)),
			errdetail(
				"A time of day is for jobs that run at most once a day; this one runs at multiples of its interval."),
			errhint("Leave at out, or give every as '1 day', '7 days', '1 month'."));
}

int64
retry_delay(int64 every, int failures)
{
	int64 first = std::clamp<int64>(every, USECS_PER_SEC, USECS_PER_MINUTE);
	return std::min<int64>(first << std::clamp(failures - 1, 0, 12), USECS_PER_HOUR);
}

} // namespace dbeng
