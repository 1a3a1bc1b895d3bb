#include "snapshot/report_plain.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr int sparks = 32;
/* From the lowest to the highest; a space is a time without snapshots. */
constexpr char levels[] = "_.:-=+*#";
} // namespace

/* A value for each part of the interval, by the highest in it: a short peak is what one looks for. */
static const char *
spark_line(const Vector<Point> &points, double low, double high)
{
	double highest[sparks];
	std::fill(std::begin(highest), std::end(highest), unknown);
	for (const Point &point : points)
	{
		double &at = highest[std::min(static_cast<int>(point.x * sparks), sparks - 1)];
		at = std::isnan(at) ? point.high : std::max(at, point.high);
	}
	char *line = static_cast<char *>(palloc0(sparks + 1));
	constexpr int steps = sizeof(levels) - 2;
	for (int i = 0; i < sparks; i++)
	{
		double share = high > low ? (highest[i] - low) / (high - low) : 0;
		line[i] = std::isnan(highest[i]) ? ' ' : levels[std::clamp(static_cast<int>(share * steps + 0.5), 0, steps)];
	}
	return line;
}

static void
add_row(Table &table, const Chart &chart)
{
	const Series &series = *chart.series.front();
	table.cell(chart.title).cell(amount(chart.low, chart.unit)).cell(amount(chart.average, chart.unit));
	table.cell(amount(chart.high, chart.unit)).cell(moment(chart.high_at));
	table.cell(spark_line(series.points, chart.from_zero ? std::min(chart.low, 0.0) : chart.low, chart.high));
}

/* The sum of what is stacked, and a row for each of it. */
static void
add_stack(Table &table, const Chart &chart)
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
	table.cell(amount(chart.high, chart.unit)).cell(moment(chart.high_at)).cell(spark_line(*sums, 0, high));
	for (const Series *series : chart.series)
	{
		Local<Vector<Point>> points(series->points);
		for (Point &point : *points)
			point.high = point.mean;
		table.cell(format("  %s", series->name)).cell(nullptr).cell(amount(series->average, chart.unit));
		table.cell(nullptr).cell(nullptr).cell(spark_line(*points, 0, high));
	}
}

Table *
chart_table(const Section &section)
{
	auto *table = make<Table>();
	table->title = "Over time";
	table->note = nullptr;
	table->empty = "There are no points.";
	table->column("", false).column("low").column("average").column("high").column("high at", false);
	table->column("from begin to end", false);
	for (const Chart *chart : section.charts)
	{
		if (chart->stacked)
			add_stack(*table, *chart);
		else
			add_row(*table, *chart);
	}
	return table;
}

} // namespace report
} // namespace dbeng
