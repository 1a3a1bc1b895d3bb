/*
 * report_chart.cpp: charts as SVG.
 *
 * The drawing has no text: it is stretched to whatever room there is, on a phone, a desk or paper. Axes and words
 * stand around it as HTML, placed by percentages.
 */
#include "snapshot/report_html.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr double width = 1000;
constexpr double height = 300;
constexpr int most_hovers = 48;
} // namespace

static double
across(double x)
{
	return x * width;
}

static double
down(double value, const Scale &scale)
{
	return height * (1 - (std::clamp(value, scale.low, scale.high) - scale.low) / (scale.high - scale.low));
}

static void
append_point(StringInfo out, char command, double x, double y)
{
	appendStringInfo(out, "%c%.1f,%.1f", command, x, y);
}

/* A line through the means; a new one where something is missing. */
static void
append_line(StringInfo out, const Series &series, const Scale &scale)
{
	appendStringInfo(out, "<path class=\"line %s\" d=\"", series.kind);
	for (std::size_t i = 0; i < series.points.size(); i++)
	{
		const Point &point = series.points[i];
		append_point(out, point.joined ? 'L' : 'M', across(point.x), down(point.mean, scale));
		/* A point that stands alone is drawn as a dot: a line of no length with round ends. */
		if (!point.joined && (i + 1 == series.points.size() || !series.points[i + 1].joined))
			appendStringInfoString(out, "h0");
	}
	appendStringInfoString(out, "\"/>");
}

/* What lies between two edges, for each piece that hangs together. */
template <class Upper, class Lower>
static void
append_area(StringInfo out, const Series &series, const char *kind, Upper upper, Lower lower)
{
	appendStringInfo(out, "<path class=\"%s\" d=\"", kind);
	std::size_t begin = 0;
	while (begin < series.points.size())
	{
		std::size_t end = begin + 1;
		while (end < series.points.size() && series.points[end].joined)
			end++;
		for (std::size_t i = begin; i < end; i++)
			append_point(out, i == begin ? 'M' : 'L', across(series.points[i].x), upper(series.points[i]));
		for (std::size_t i = end; i-- > begin;)
			append_point(out, 'L', across(series.points[i].x), lower(series.points[i]));
		appendStringInfoChar(out, 'Z');
		begin = end;
	}
	appendStringInfoString(out, "\"/>");
}

static void
append_curve(StringInfo out, const Chart &chart, const Scale &scale)
{
	const Series &series = *chart.series.front();
	auto floor = [](const Point &) { return height; };
	auto low = [&scale](const Point &point) { return down(point.low, scale); };
	auto mean = [&scale](const Point &point) { return down(point.mean, scale); };
	auto high = [&scale](const Point &point) { return down(point.high, scale); };
	if (chart.from_zero)
		append_area(out, series, "area", mean, floor);
	bool spread = std::any_of(series.points.begin(), series.points.end(),
							  [](const Point &point) { return point.high > point.low; });
	if (spread)
		append_area(out, series, "band", high, low);
	append_line(out, series, scale);
}

static double
step_width(const Chart &chart)
{
	return width / static_cast<double>(chart.series.front()->points.size());
}

/* Steps of equal width, each series on top of those before it. */
static void
append_stack(StringInfo out, const Chart &chart, const Scale &scale)
{
	std::size_t steps = chart.series.front()->points.size();
	double wide = step_width(chart);
	Local<Vector<double>> below;
	below->resize(steps, 0);
	for (const Series *series : chart.series)
	{
		appendStringInfo(out, "<path class=\"stack %s\" d=\"", series->kind);
		for (std::size_t i = 0; i < steps; i++)
		{
			double x = wide * static_cast<double>(i);
			double y = down((*below)[i] + series->points[i].mean, scale);
			append_point(out, i == 0 ? 'M' : 'L', x, y);
			append_point(out, 'L', x + wide, y);
		}
		for (std::size_t i = steps; i-- > 0;)
		{
			double x = wide * static_cast<double>(i);
			double y = down((*below)[i], scale);
			append_point(out, 'L', x + wide, y);
			append_point(out, 'L', x, y);
			(*below)[i] += series->points[i].mean;
		}
		appendStringInfoString(out, "Z\"><title>");
		html_escape(out, format("%s: %s on average", series->name, amount(series->average, chart.unit)));
		appendStringInfoString(out, "</title></path>");
	}
}

/* Times without snapshots, and moments at which counters began anew. */
static void
append_events(StringInfo out, const Interval &interval)
{
	for (const Gap &gap : interval.gaps)
	{
		double from = across(interval.place(gap.from));
		double to = across(interval.place(gap.to));
		appendStringInfo(out, "<rect class=\"gap\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%.0f\"/>", from,
						 to - from, height);
	}
	for (const Mark &mark : interval.marks)
	{
		double x = across(interval.place(mark.at));
		appendStringInfo(out, "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%.0f\"/>", x, x, height);
	}
}

/* Invisible strips over the drawing that tell what is under them. */
static void
append_hovers(StringInfo out, const Interval &interval, const Chart &chart)
{
	int strips = chart.stacked ? static_cast<int>(chart.series.front()->points.size()) : most_hovers;
	double wide = width / strips;
	for (int i = 0; i < strips; i++)
	{
		double from = static_cast<double>(i) / strips;
		double to = static_cast<double>(i + 1) / strips;
		auto at = [&interval](double x)
		{ return interval.from + static_cast<int64>(static_cast<double>(interval.to - interval.from) * x); };
		StringInfoData words;
		initStringInfo(&words);
		appendStringInfo(&words, "%s to %s", moment(at(from)), clock_text(at(to)));
		if (chart.stacked)
		{
			for (const Series *series : chart.series)
			{
				double mean = series->points[static_cast<std::size_t>(i)].mean;
				if (mean > 0)
					appendStringInfo(&words, "\n%s %s", series->name, amount(mean, chart.unit));
			}
		}
		else
		{
			double sum = 0;
			double high = 0;
			double low = 0;
			int count = 0;
			for (const Point &point : chart.series.front()->points)
			{
				if (point.x < from || point.x >= to)
					continue;
				low = count == 0 ? point.low : std::min(low, point.low);
				high = count == 0 ? point.high : std::max(high, point.high);
				sum += point.mean;
				count++;
			}
			if (count == 0)
				continue;
			appendStringInfo(&words, "\naverage %s", amount(sum / count, chart.unit));
			if (high > low)
				appendStringInfo(&words, "\n%s",
								 format("lowest %s, highest %s", amount(low, chart.unit), amount(high, chart.unit)));
		}
		appendStringInfo(out, "<rect class=\"hover\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%.0f\"><title>",
						 wide * i, wide, height);
		html_escape(out, words.data);
		appendStringInfoString(out, "</title></rect>");
	}
}

static void
append_grid(StringInfo out, const Scale &scale)
{
	for (int i = 0; i < scale.marks(); i++)
	{
		double y = down(scale.mark(i), scale);
		appendStringInfo(out, "<line class=\"grid\" x1=\"0\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>", width, y, y);
	}
}

static void
append_axes(StringInfo out, const Interval &interval, const Chart &chart, const Scale &scale)
{
	appendStringInfoString(out, "<div class=\"y\" aria-hidden=\"true\">");
	for (int i = 0; i < scale.marks(); i++)
	{
		appendStringInfo(out, "<span style=\"top:%.1f%%\">", 100 * down(scale.mark(i), scale) / height);
		html_escape(out, axis_label(scale.mark(i), scale, chart.unit));
		appendStringInfoString(out, "</span>");
	}
	appendStringInfoString(out, "</div><div class=\"x\" aria-hidden=\"true\">");
	Local<Vector<Tick>> ticks;
	time_ticks(*ticks, interval.from, interval.to, chart.wide ? 14 : 9);
	bool odd = false;
	for (const Tick &tick : *ticks)
	{
		double place = 100 * interval.place(tick.at);
		/* The last one has no room on its right. */
		appendStringInfo(out, "<span class=\"%s%s\" style=\"left:%.2f%%\">", odd ? "odd" : "even",
						 place > 96 ? " last" : "", place);
		html_escape(out, tick.label);
		appendStringInfoString(out, "</span>");
		odd = !odd;
	}
	appendStringInfoString(out, "</div>");
}

static Scale
scale_of_chart(const Chart &chart)
{
	double low = chart.low;
	double high = chart.high;
	if (chart.stacked)
	{
		low = high = 0;
		for (std::size_t i = 0; i < chart.series.front()->points.size(); i++)
		{
			double sum = 0;
			for (const Series *series : chart.series)
				sum += series->points[i].mean;
			high = std::max(high, sum);
		}
	}
	if (chart.before != nullptr)
	{
		for (const Point &point : chart.before->points)
		{
			low = std::min(low, point.mean);
			high = std::max(high, point.mean);
		}
	}
	return scale_of(low, high, chart.unit, chart.from_zero || chart.stacked);
}

static void
append_words(StringInfo out, const Interval &interval, const Chart &chart)
{
	appendStringInfoString(out, "<figcaption><b>");
	html_escape(out, chart.title);
	appendStringInfoString(out, "</b> ");
	appendStringInfoString(out, "<span class=\"figures\">average <b>");
	html_escape(out, amount(chart.average, chart.unit));
	appendStringInfo(out, "</b>, %s <b>", chart.low_counts ? "lowest" : "highest");
	html_escape(out, amount(chart.low_counts ? chart.low : chart.high, chart.unit));
	appendStringInfo(out, "</b> at %s</span></figcaption>",
					 moment_within(interval, chart.low_counts ? chart.low_at : chart.high_at));
}

void
html_chart(StringInfo out, const Report &report, const Chart &chart)
{
	Scale scale = scale_of_chart(chart);
	appendStringInfoString(out, chart.wide ? "<figure class=\"chart wide\" id=\"chart-"
										   : "<figure class=\"chart\" id=\"chart-");
	html_escape(out, chart.id);
	appendStringInfoString(out, "\">");
	append_words(out, report.now, chart);
	appendStringInfo(out,
					 "<div class=\"plot\"><svg role=\"img\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" "
					 "aria-label=\"",
					 width, height);
	html_escape(out, format("%s: lowest %s, average %s, highest %s at %s", chart.title, amount(chart.low, chart.unit),
							amount(chart.average, chart.unit), amount(chart.high, chart.unit), moment(chart.high_at)));
	appendStringInfoString(out, "\">");
	append_grid(out, scale);
	if (chart.stacked)
		append_stack(out, chart, scale);
	else
		append_curve(out, chart, scale);
	if (chart.before != nullptr)
		append_line(out, *chart.before, scale);
	append_events(out, report.now);
	append_hovers(out, report.now, chart);
	appendStringInfoString(out, "</svg>");
	append_axes(out, report.now, chart, scale);
	appendStringInfoString(out, "</div>");
	if (chart.stacked)
	{
		appendStringInfoString(out, "<ul class=\"legend\">");
		for (const Series *series : chart.series)
		{
			appendStringInfo(out, "<li><i class=\"%s\"></i>", series->kind);
			html_escape(out, series->name);
			appendStringInfoString(out, " <span>");
			html_escape(out, amount(series->average, chart.unit));
			appendStringInfoString(out, "</span></li>");
		}
		if (chart.before != nullptr)
		{
			appendStringInfoString(out, "<li><i class=\"dashed\"></i>");
			html_escape(out, report.before_name);
			appendStringInfoString(out, " <span>");
			html_escape(out, amount(chart.before->average, chart.unit));
			appendStringInfoString(out, "</span></li>");
		}
		appendStringInfoString(out, "</ul>");
	}
	appendStringInfoString(out, "</figure>\n");
}

} // namespace report
} // namespace dbeng
