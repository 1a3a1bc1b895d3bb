#include "snapshot/report_plain.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr int sparks = 24;
/* From the lowest to the highest; a space is a time without snapshots. */
constexpr char levels[] = "_.:-=+*#";
} // namespace

/*
 * A value for each part of the interval, by the highest in it (the lowest where that counts): a short peak is what one
 * looks for.
 */
static const char *
spark_line(const Vector<Point> &points, double low, double high, bool low_counts)
{
	double values[sparks];
	std::fill(std::begin(values), std::end(values), unknown);
	int last = -1;
	for (const Point &point : points)
	{
		int i = std::min(static_cast<int>(point.x * sparks), sparks - 1);
		double value = low_counts ? point.low : point.high;
		/* Points further apart than the characters: the last one holds until the next. */
		if (point.joined && last >= 0 && i > last)
			std::fill(values + last + 1, values + i, values[last]);
		values[i] = std::isnan(values[i]) ? value
					: low_counts		  ? std::min(values[i], value)
										  : std::max(values[i], value);
		last = i;
	}
	char *line = static_cast<char *>(palloc0(sparks + 1));
	constexpr int steps = sizeof(levels) - 2;
	for (int i = 0; i < sparks; i++)
	{
		double share = high > low && !std::isnan(values[i]) ? (values[i] - low) / (high - low) : 0;
		auto level = static_cast<int>(std::lround(share * steps));
		line[i] = std::isnan(values[i]) ? ' ' : levels[std::clamp(level, 0, steps)];
	}
	return line;
}

static void
add_row(Table &table, const Interval &interval, const Chart &chart)
{
	const Series &series = *chart.series.front();
	table.cell(chart.title).cell(amount(chart.low, chart.unit)).cell(amount(chart.average, chart.unit));
	table.cell(amount(chart.high, chart.unit));
	table.cell(moment_within(interval, chart.low_counts ? chart.low_at : chart.high_at));
	table.cell(spark_line(series.points, chart.from_zero ? std::min(chart.low, 0.0) : chart.low, chart.high,
						  chart.low_counts));
}

/* The sum of what is stacked, and a row for each of it. */
static void
add_stack(Table &table, const Interval &interval, const Chart &chart)
{
	Local<Vector<Point>> sums;
	double high = 0;
	for (std::size_t i = 0; i < chart.series.front()->points.size(); i++)
	{
		double sum = 0;
		for (const Series *series : chart.series)
			sum += series->points[i].mean;
		sums->push_back({chart.series.front()->points[i].x, sum, sum, sum, true});
		high = std::max(high, sum);
	}
	table.cell("Active sessions").cell(amount(chart.low, chart.unit)).cell(amount(chart.average, chart.unit));
	table.cell(amount(chart.high, chart.unit)).cell(moment_within(interval, chart.high_at));
	table.cell(spark_line(*sums, 0, high, false));
	for (const Series *series : chart.series)
	{
		Local<Vector<Point>> points(series->points);
		for (Point &point : *points)
			point.high = point.mean;
		table.cell(format("of that %s", series->name)).cell(nullptr).cell(amount(series->average, chart.unit));
		table.cell(nullptr).cell(nullptr).cell(spark_line(*points, 0, high, false));
	}
}

Table *
chart_table(const Interval &interval, const Section &section)
{
	auto *table = make<Table>();
	table->title = "Over time";
	table->note =
		"at: when it was highest, or lowest for a ratio or score. The drawing shows peaks: # is the highest, _ the lowest.";
	table->empty = "There are no points.";
	table->flexible_column("measure").column("low").column("average").column("high").column("at", false);
	table->column("from begin to end", false);
	for (const Chart *chart : section.charts)
	{
		if (chart->stacked)
			add_stack(*table, interval, *chart);
		else
			add_row(*table, interval, *chart);
	}
	return table;
}

} // namespace report
} // namespace dbeng
