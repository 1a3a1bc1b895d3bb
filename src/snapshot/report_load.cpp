/*
 * report_load.cpp: the load over time, in charts.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

namespace {
/* As many points as a chart is given, whatever the number of snapshots: more cannot be told apart. */
constexpr int most_points = 144;

struct Bucket
{
	double sum, low, high, place;
	int64 count;
	TimestampTz first, last, low_at, high_at;
};

/* Waits of one kind: a colour, and a place in the stack. */
struct WaitKind
{
	const char *type;
	const char *kind;
};
constexpr WaitKind wait_kinds[] = {{"CPU", "cpu"}, {"IO", "io"},		 {"Lock", "lock"},	{"LWLock", "lwlock"},
								   {"IPC", "ipc"}, {"Client", "client"}, {"other", "other"}};
} // namespace

static void
read_metric(Vector<Bucket> &buckets, const char *metric, const Interval &interval, double factor)
{
	buckets.resize(most_points, Bucket{});
	each_row(format("SELECT taken_at, value FROM dbeng.metric_history(%s, %s)"
					" WHERE value IS NOT NULL ORDER BY taken_at",
					literal(metric), arguments(interval)),
			 [&](const Row &row)
			 {
				 TimestampTz at = row.time(1);
				 double value = row.number(2) * factor;
				 double place = interval.place(at);
				 if (!std::isfinite(value) || place < 0 || place > 1)
					 return;
				 Bucket &bucket = buckets[std::min(static_cast<std::size_t>(place * most_points),
												   static_cast<std::size_t>(most_points - 1))];
				 if (bucket.count == 0)
					 bucket.first = at;
				 if (bucket.count == 0 || value > bucket.high)
				 {
					 bucket.high = value;
					 bucket.high_at = at;
				 }
				 if (bucket.count == 0 || value < bucket.low)
				 {
					 bucket.low = value;
					 bucket.low_at = at;
				 }
				 bucket.sum += value;
				 bucket.place += place;
				 bucket.last = at;
				 bucket.count++;
			 });
}

static Series *
make_series(const Vector<Bucket> &buckets, const Interval &interval, const char *name, const char *kind)
{
	auto *series = make<Series>();
	series->name = name;
	series->kind = kind;
	double sum = 0;
	TimestampTz before = 0;
	for (const Bucket &bucket : buckets)
	{
		if (bucket.count == 0)
			continue;
		auto count = static_cast<double>(bucket.count);
		double mean = bucket.sum / count;
		bool joined = !series->points.empty() && !interval.gap_between(before, bucket.first);
		series->points.push_back({bucket.place / count, mean, bucket.low, bucket.high, joined});
		sum += mean;
		before = bucket.last;
	}
	if (series->points.empty())
		return nullptr;
	series->average = sum / static_cast<double>(series->points.size());
	return series;
}

static bool
starts_at_zero(Unit unit, const char *metric)
{
	/* What moves little at a high level shows nothing from zero. */
	return unit != Unit::percent && unit != Unit::score && strcmp(metric, "database_bytes") != 0;
}

Chart *
load_metric(const Report &report, const char *metric, const char *title, Unit unit, double factor)
{
	Local<Vector<Bucket>> buckets;
	read_metric(*buckets, metric, report.now, factor);
	Series *series = make_series(*buckets, report.now, title, "main");
	if (series == nullptr)
		return nullptr;

	auto *chart = make<Chart>();
	chart->id = metric;
	chart->title = title;
	chart->unit = unit;
	chart->from_zero = starts_at_zero(unit, metric);
	chart->low_counts = strcmp(metric, "cache_hit_ratio") == 0;
	chart->average = series->average;
	bool first = true;
	for (const Bucket &bucket : *buckets)
	{
		if (bucket.count == 0)
			continue;
		if (first || bucket.low < chart->low)
		{
			chart->low = bucket.low;
			chart->low_at = bucket.low_at;
		}
		if (first || bucket.high > chart->high)
		{
			chart->high = bucket.high;
			chart->high_at = bucket.high_at;
		}
		first = false;
	}
	chart->series.push_back(series);

	if (report.compared)
	{
		buckets->clear();
		read_metric(*buckets, metric, report.before, factor);
		chart->before = make_series(*buckets, report.before, report.before_name, "before");
	}
	return chart;
}

static std::size_t
kind_of(const char *event_type)
{
	std::size_t i = 0;
	while (i + 1 < std::size(wait_kinds) && strcmp(wait_kinds[i].type, event_type) != 0)
		i++;
	return i;
}

/* Makes of the chart of active sessions one of what they did: each step the average of a part of the interval. */
static void
stack_by_wait(const Report &report, Chart &chart)
{
	auto steps = static_cast<std::size_t>(std::clamp<int64>(report.now.snapshots / 5, 1, 48));
	int64 width = std::max<int64>((report.now.to - report.now.from) / static_cast<int64>(steps), 1);
	Local<Vector<Series *>> stack;
	for (const WaitKind &kind : wait_kinds)
	{
		auto *series = make<Series>();
		series->name = kind.type;
		series->kind = kind.kind;
		for (std::size_t i = 0; i < steps; i++)
			series->points.push_back({(static_cast<double>(i) + 0.5) / static_cast<double>(steps), 0, 0, 0, i > 0});
		stack->push_back(series);
	}
	each_row(format("SELECT step, w.event_type, sum(w.average_sessions)::float8"
					" FROM generate_series(0, %d) step,"
					" LATERAL dbeng.wait_activity(%s + step * interval '" INT64_FORMAT " us',"
					" %s + (step + 1) * interval '" INT64_FORMAT " us') w GROUP BY 1, 2",
					static_cast<int>(steps) - 1, moment_literal(report.now.from), width,
					moment_literal(report.now.from), width),
			 [&](const Row &row)
			 {
				 auto step = static_cast<std::size_t>(row.integer(1));
				 const char *type = row.text(2);
				 double sessions = row.number(3);
				 if (step < steps && type != nullptr && std::isfinite(sessions))
					 (*stack)[kind_of(type)]->points[step].mean += sessions;
			 });
	chart.series.clear();
	for (Series *series : *stack)
	{
		for (const Point &point : series->points)
			series->average += point.mean / static_cast<double>(steps);
		if (series->average > 0)
			chart.series.push_back(series);
	}
	chart.stacked = !chart.series.empty();
}

static void
add_sessions(Report &report, Section &section)
{
	Chart *chart = nullptr;
	section.missing = attempt([&] { chart = load_metric(report, "active_sessions", "Active sessions", Unit::count); });
	if (chart == nullptr)
		return;
	report.found.sessions_average = chart->average;
	report.found.sessions_high = chart->high;
	report.found.sessions_high_at = chart->high_at;
	if (chart->before != nullptr)
		report.found.sessions_before = chart->before->average;

	Series *plain = chart->series.front();
	const char *missing = attempt([&] { stack_by_wait(report, *chart); });
	if (missing != nullptr || !chart->stacked)
	{
		chart->series.clear();
		chart->series.push_back(plain);
		chart->stacked = false;
	}
	chart->title = chart->stacked ? "Active sessions by what they did" : chart->title;
	chart->wide = true;
	section.charts.push_back(chart);
}

/* The average rate of a chart and of the one before. */
static void
remember(const Chart *chart, double &now, double &before)
{
	now = chart->average;
	if (chart->before != nullptr)
		before = chart->before->average;
}

static const char *
how_drawn(const Report &report)
{
	double part = static_cast<double>(report.now.to - report.now.from) / USECS_PER_SEC / most_points;
	double distance = report.now.seconds / static_cast<double>(std::max<int64>(report.now.snapshots - 1, 1));
	const char *line = part > 1.5 * distance
						   ? format("The line is the average of %s, the band around it from the lowest "
									"to the highest snapshot",
									seconds_text(part))
						   : "The line goes from snapshot to snapshot";
	return report.compared ? format("%s, the dashed line is %s.", line, report.before_name) : format("%s.", line);
}

void
collect_load(Report &report)
{
	struct Metric
	{
		const char *metric;
		const char *title;
		Unit unit;
		double factor;
		bool only_if_any; /* not worth a place when it is zero all the time */
	};
	const Metric metrics[] = {
		{"statement_ms", "Time in statements", Unit::ms_per_second, 1, false},
		{"statement_calls", "Statements", Unit::per_second, 1, false},
		{"commits", "Commits", Unit::per_second, 1, false},
		{"connections", "Connections", Unit::count, 1, false},
		{"cache_hit_ratio", "Cache hit ratio", Unit::percent, 1, false},
		{"blocks_read", "Read into the cache", Unit::bytes_per_second, report.block_size, false},
		{"wal_bytes", "WAL written", Unit::bytes_per_second, 1, false},
		{"temp_bytes", "Temporary files", Unit::bytes_per_second, 1, false},
		{"database_bytes", "Database size", Unit::bytes, 1, false},
		{"oldest_transaction_age", "Oldest transaction", Unit::seconds, 1, true},
		{"replication_lag", "Replication lag", Unit::seconds, 1, true},
		{"replication_slot_retained_wal", "WAL retained by slots", Unit::bytes, 1, true},
	};
	Section &section = report.section("load", "Load over time", how_drawn(report));
	add_sessions(report, section);
	Highlights &found = report.found;
	for (const Metric &metric : metrics)
	{
		Chart *chart = nullptr;
		const char *missing =
			attempt([&] { chart = load_metric(report, metric.metric, metric.title, metric.unit, metric.factor); });
		if (missing != nullptr && section.missing == nullptr)
			section.missing = missing;
		if (chart == nullptr || (metric.only_if_any && chart->high == 0))
			continue;
		if (strcmp(metric.metric, "database_bytes") == 0)
		{
			const Vector<Point> &points = chart->series.front()->points;
			found.bytes_begin = points.front().mean;
			found.bytes_end = points.back().mean;
			if (chart->before != nullptr)
				found.growth_before = chart->before->points.back().mean - chart->before->points.front().mean;
		}
		else if (strcmp(metric.metric, "wal_bytes") == 0)
			remember(chart, found.wal_bytes, found.wal_bytes_before);
		section.charts.push_back(chart);
	}
	if (!section.charts.empty())
		section.missing = nullptr;
	attempt(
		[&]
		{
			Chart *used = load_metric(report, "connections_used", "Connections used", Unit::percent);
			if (used != nullptr)
				found.connections_used_high = used->high;
		});
}

} // namespace report
} // namespace dbeng
