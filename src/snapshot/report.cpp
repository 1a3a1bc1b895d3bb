/*
 * report.cpp: dbeng.report() and dbeng.report_difference(): arguments, intervals, then the sections in their order.
 */
#include "core/access.hpp"
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

namespace {
enum class Format
{
	text,
	markdown,
	html
};

/* All snapshots there are. */
struct Stored
{
	TimestampTz first, last;
	int64 count;
};

/* An interval as the user names it: the arguments at these places of the call. */
struct Asked
{
	int from, to;
	const char *from_name;
	const char *to_name;
	const char *otherwise; /* what can be done beside exchanging them, or naming others */
};
constexpr Asked asked_report = {0, 1, "from_at", "to_at", "leave out both for the last day"};
constexpr Asked asked_a = {0, 1, "from_a", "to_a", "say '-infinity' and 'infinity' for all there is"};
constexpr Asked asked_b = {2, 3, "from_b", "to_b", "say '-infinity' and 'infinity' for all there is"};

/* How much of the interval before must have snapshots for a comparison to mean something. */
constexpr double least_covered = 0.5;
constexpr int most_listed = 5;
} // namespace

static const char *
written(TimestampTz at)
{
	return pstrdup(timestamptz_to_str(at));
}

static Format
format_argument(FunctionCallInfo fcinfo, int number)
{
	const char *name = text_argument(fcinfo, number);
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("format must not be NULL"),
				errdetail("A report is written as text, markdown or html."),
				errhint("Leave it out for text, or say format => 'html'."));
	if (pg_strcasecmp(name, "text") == 0)
		return Format::text;
	if (pg_strcasecmp(name, "markdown") == 0)
		return Format::markdown;
	if (pg_strcasecmp(name, "html") == 0)
		return Format::html;
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no report format \"%s\"", name),
			errdetail("A report is written as text, markdown or html."), errhint("Say format => 'html'."));
}

/* The ends of all that is stored; an error when that is nothing. */
static Stored
read_stored()
{
	Stored stored = {};
	each_row("SELECT min(taken_at), max(taken_at), count(*) FROM dbeng.snapshots",
			 [&stored](const Row &row) {
				 stored = {row.time(1), row.time(2), row.integer(3)};
			 });
	if (stored.count == 0)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("there are no snapshots to report on"),
				errdetail("dbeng.snapshots is empty in database \"%s\".", get_database_name(MyDatabaseId)),
				errhint("The worker takes them when dbeng is in shared_preload_libraries or dbeng.start_workers() was "
						"called; SELECT dbeng.snapshot() takes one by hand, and a report needs two."));
	return stored;
}

static TimestampTz
moment_argument(FunctionCallInfo fcinfo, int number, const char *name, const Asked &asked, const Stored &stored)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", name),
				errdetail("A report is of an interval between two moments; there are snapshots from %s to %s.",
						  written(stored.first), written(stored.last)),
				errhint("Name a moment, or %s.", asked.otherwise));
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(number);
	if (TIMESTAMP_IS_NOBEGIN(at))
		return stored.first;
	return TIMESTAMP_IS_NOEND(at) ? stored.last : at;
}

static void
interval_argument(Interval &interval, FunctionCallInfo fcinfo, const Asked &asked, const Stored &stored)
{
	interval.from = moment_argument(fcinfo, asked.from, asked.from_name, asked, stored);
	interval.to = moment_argument(fcinfo, asked.to, asked.to_name, asked, stored);
}

static void
check_interval(const Interval &interval, const Asked &asked, const Stored &stored)
{
	if (interval.from >= interval.to)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s must be before %s, but %s is not before %s", asked.from_name, asked.to_name,
					   written(interval.from), written(interval.to)),
				errdetail("There are snapshots from %s to %s.", written(stored.first), written(stored.last)),
				errhint("Exchange the two, or %s.", asked.otherwise));
	if (interval.snapshots == 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("there is no snapshot from %s to %s", written(interval.from), written(interval.to)),
				errdetail("There are %s snapshots from %s to %s.", grouped(stored.count), written(stored.first),
						  written(stored.last)),
				errhint("Choose an interval within those, or '-infinity' and 'infinity' for all."));
}

static void
add_fact(Report &report, const char *name, const char *value)
{
	report.facts.push_back({name, value});
}

/* "2 restarts: a, b and 3 more" */
template <class Items, class Tell>
static const char *
listed(const Items &items, Tell tell)
{
	StringInfoData list;
	initStringInfo(&list);
	std::size_t shown = 0;
	for (const auto &item : items)
	{
		if (shown == most_listed)
			break;
		appendStringInfo(&list, "%s%s", shown++ == 0 ? "" : "; ", tell(item));
	}
	if (items.size() > shown)
		appendStringInfo(&list, "; and %s more", grouped(static_cast<int64>(items.size() - shown)));
	return list.data;
}

static void
add_interval(Report &report, const char *name, const char *prefix, const Interval &interval)
{
	add_fact(report, name,
			 format("%s to %s (%s)", moment(interval.asked_from), moment(interval.asked_to),
					seconds_text(static_cast<double>(interval.asked_to - interval.asked_from) / USECS_PER_SEC)));
	if (interval.snapshots == 0)
		add_fact(report, format("%ssnapshots", prefix), "none");
	else
		add_fact(report, format("%ssnapshots", prefix),
				 format("%s, from %s to %s, covering %s", grouped(interval.snapshots), moment(interval.first),
						moment(interval.last), seconds_text(interval.seconds)));
	if (!interval.gaps.empty())
		add_fact(report, format("%sgaps", prefix),
				 listed(interval.gaps,
						[](const Gap &gap)
						{
							return format("%s to %s (%s)", moment(gap.from), clock_text(gap.to),
										  seconds_text(static_cast<double>(gap.to - gap.from) / USECS_PER_SEC));
						}));
	if (!interval.marks.empty())
		add_fact(report, format("%scounters began anew", prefix),
				 listed(interval.marks, [](const Mark &mark) { return format("%s: %s", moment(mark.at), mark.why); }));
}

static void
add_facts(Report &report)
{
	const char *version = "";
	const char *extension = "";
	each_row("SELECT current_setting('server_version'), current_setting('block_size')::int,"
			 " (SELECT extversion FROM pg_extension WHERE extname = 'dbeng')",
			 [&](const Row &row)
			 {
				 version = harmless(row.text(1));
				 report.block_size = static_cast<double>(row.integer(2));
				 extension = harmless(row.text(3));
			 });
	add_fact(report, "database", report.database);
	add_fact(report, "server",
			 format("PostgreSQL %s, dbeng %s%s", version, extension, RecoveryInProgress() ? ", a standby" : ""));
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	add_fact(report, "written", format("%s, all times in %s", moment(now), zone_name()));
	if (report.difference)
	{
		add_interval(report, "A", "A: ", report.before);
		add_interval(report, "B", "B: ", report.now);
	}
	else
		add_interval(report, "interval", "", report.now);
	if (report.difference && !report.compared)
		add_fact(report, "compared", "not at all: each interval needs two snapshots");
	else if (report.difference)
		add_fact(report, "compared", "sums of A are taken to the length of B before they are compared");
	else if (report.compared)
		add_fact(report, "changes",
				 format("against %s, %s to %s", report.before_name, moment(report.before.asked_from),
						moment(report.before.asked_to)));
	else
		add_fact(report, "changes",
				 format("not shown: snapshots cover too little of %s, %s to %s", report.before_name,
						moment(report.before.asked_from), moment(report.before.asked_to)));
}

static const char *
length_before(int64 microseconds)
{
	if (microseconds == USECS_PER_DAY)
		return "the day before";
	if (microseconds == 7 * USECS_PER_DAY)
		return "the week before";
	if (microseconds == USECS_PER_HOUR)
		return "the hour before";
	return format("the %s before", seconds_text(static_cast<double>(microseconds) / USECS_PER_SEC));
}

static text *
render(const Report &report, Format format)
{
	switch (format)
	{
		case Format::markdown:
			return render_markdown(report);
		case Format::html:
			return render_html(report);
		case Format::text:
			break;
	}
	return render_text(report);
}

static text *
write(Report &report, Format format)
{
	/* Nothing is known of how many rows the functions return: compiling for the worst would take longer than all else. */
	int level = NewGUCNestLevel();
	pin_setting("jit", "off");
	report.database = harmless(get_database_name(MyDatabaseId));
	add_facts(report);
	collect_health(report);
	collect_load(report);
	collect_statements(report);
	collect_tables(report);
	collect_indexes(report);
	collect_waits(report);
	collect_databases(report);
	collect_checkpoints(report);
	collect_settings(report);
	collect_forecast(report);
	summarize(report);
	AtEOXact_GUC(true, level);
	return render(report, format);
}

static text *
show_report(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.report()");
	Format format = format_argument(fcinfo, 2);
	Stored stored = read_stored();
	auto &report = *make<Report>();
	report.title = "Database report";
	interval_argument(report.now, fcinfo, asked_report, stored);
	load_interval(report.now);
	check_interval(report.now, asked_report, stored);
	TimestampTz begin = report.now.asked_from;
	int64 length = report.now.asked_to - begin;
	report.before.from = begin - MIN_TIMESTAMP > length ? begin - length : MIN_TIMESTAMP;
	report.before.to = begin;
	report.before_name = length_before(length);
	load_interval(report.before);
	report.compared = report.now.seconds > 0 && report.before.seconds >= least_covered * report.now.seconds;
	report.scale = report.compared ? report.now.seconds / report.before.seconds : 1;
	return write(report, format);
}

static text *
show_difference(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.report_difference()");
	Format format = format_argument(fcinfo, 4);
	Stored stored = read_stored();
	auto &report = *make<Report>();
	report.title = "Difference of two intervals";
	report.difference = true;
	report.before_name = "A";
	interval_argument(report.before, fcinfo, asked_a, stored);
	interval_argument(report.now, fcinfo, asked_b, stored);
	load_interval(report.before);
	check_interval(report.before, asked_a, stored);
	load_interval(report.now);
	check_interval(report.now, asked_b, stored);
	report.compared = report.now.seconds > 0 && report.before.seconds > 0;
	report.scale = report.compared ? report.now.seconds / report.before.seconds : 1;
	return write(report, format);
}

} // namespace report
} // namespace dbeng

SQL_FUNCTION(dbeng_report)
{
	PG_RETURN_TEXT_P(dbeng::report::show_report(fcinfo));
}

SQL_FUNCTION(dbeng_report_difference)
{
	PG_RETURN_TEXT_P(dbeng::report::show_difference(fcinfo));
}
