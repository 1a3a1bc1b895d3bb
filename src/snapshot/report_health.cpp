/*
 * report_health.cpp: the score at the beginning and the end, and the findings that moved it.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr int most_findings = 30;

/* The order of dbeng.health(). */
constexpr const char *dimensions = "'{schema design,indexing,query quality,migration safety,security,monitoring,"
								   "backup & recovery,overall}'::text[]";

/* The states that are compared: the beginning and end of the interval, or the ends of two. */
struct Moments
{
	TimestampTz begin, end;
	const char *begin_name;
	const char *end_name;
};
} // namespace

static Moments
moments_of(const Report &report)
{
	if (report.difference)
		return {report.before.to, report.now.to, "end of A", "end of B"};
	return {report.now.from, report.now.to, "begin", "end"};
}

/* The last state not later than a moment; for the beginning, else the first within the interval. */
static const char *
state_query(const Moments &moments, bool begin)
{
	const char *at = moment_literal(begin ? moments.begin : moments.end);
	const char *end = moment_literal(moments.end);
	return format("SELECT DISTINCT ON (dimension) dimension, weight, score, rating, coverage_pct"
				  " FROM dbeng.health_history WHERE taken_at <= %s ORDER BY dimension, (taken_at <= %s) DESC,"
				  " CASE WHEN taken_at <= %s THEN -1 ELSE 1 END * extract(epoch FROM taken_at)",
				  begin ? end : at, at, at);
}

static const char *
signed_score(double difference)
{
	/* What rounds to nothing is nothing. */
	return std::fabs(difference) < 0.05 ? "=" : format("%+.1f", difference);
}

static void
add_scores(Report &report, Section &section, const Moments &moments)
{
	Highlights &found = report.found;
	Table &table = section.table("health-scores", "Score by dimension", nullptr,
								 "The score was not recorded yet: the worker records it each hour.");
	table.column("dimension", false).column("weight").column(moments.begin_name).column(moments.end_name);
	table.column("change").column("rating", false).column("coverage");
	each_row(format("SELECT e.dimension, e.weight, b.score, e.score, e.rating, e.coverage_pct"
					" FROM (%s) e LEFT JOIN (%s) b ON b.dimension = e.dimension"
					" ORDER BY array_position(%s, e.dimension), e.dimension",
					state_query(moments, false), state_query(moments, true), dimensions),
			 [&](const Row &row)
			 {
				 const char *dimension = harmless(row.text(1));
				 double begin = row.number(3);
				 double end = row.number(4);
				 bool overall = dimension != nullptr && strcmp(dimension, "overall") == 0;
				 double moved = end - begin;
				 if (overall)
				 {
					 found.score_begin = begin;
					 found.score_end = end;
					 found.rating = harmless(row.text(5));
				 }
				 else if (std::fabs(moved) > std::fabs(found.moved_by))
				 {
					 found.moved_by = moved;
					 found.moved_dimension = dimension;
				 }
				 table.cell(dimension).cell(count_text(row.number(2)));
				 table.cell(std::isnan(begin) ? nullptr : format("%.1f", begin));
				 if (std::isnan(end))
					 table.cell("unknown", Tone::muted);
				 else
					 table.bar(format("%.1f", end), end / (overall ? 100 : 10));
				 table.cell(std::isnan(moved) ? nullptr : signed_score(moved), moved < -0.05  ? Tone::bad
																			   : moved > 0.05 ? Tone::good
																							  : Tone::muted);
				 table.cell(harmless(row.text(5))).cell(percent_text(row.number(6)));
			 });
}

static void
add_history(Report &report, Section &section)
{
	/* Two points, or always the same: the table says it all. */
	auto *chart = make<Chart>();
	auto *series = make<Series>();
	chart->id = "score";
	chart->title = "Overall score";
	chart->unit = Unit::score;
	chart->low_counts = true;
	chart->wide = true;
	series->name = chart->title;
	series->kind = "main";
	TimestampTz before = 0;
	each_row(format("SELECT taken_at, score FROM dbeng.health_history WHERE dimension = 'overall' AND score IS NOT NULL"
					" AND taken_at >= %s AND taken_at <= %s ORDER BY taken_at",
					moment_literal(report.now.from), moment_literal(report.now.to)),
			 [&](const Row &row)
			 {
				 TimestampTz at = row.time(1);
				 double score = row.number(2);
				 bool first = series->points.empty();
				 bool joined = !first && !report.now.gap_between(before, at);
				 series->points.push_back({report.now.place(at), score, score, score, joined});
				 series->average += score;
				 if (first || score < chart->low)
				 {
					 chart->low = score;
					 chart->low_at = at;
				 }
				 if (first || score > chart->high)
				 {
					 chart->high = score;
					 chart->high_at = at;
				 }
				 before = at;
			 });
	if (series->points.size() < 3 || chart->low == chart->high)
		return;
	series->average /= static_cast<double>(series->points.size());
	chart->average = series->average;
	chart->series.push_back(series);
	section.charts.push_back(chart);
}

static void
add_findings(Report &report, Section &section, const Moments &moments)
{
	Highlights &found = report.found;
	/* What the very first look found is not news. */
	const char *begin =
		format("greatest(%s, (SELECT min(first_seen) FROM dbeng.finding_history))", moment_literal(moments.begin));
	const char *end = moment_literal(moments.end);
	Table &table = section.table(
		"health-findings", "Findings new and gone",
		"What dbeng.findings() said at the end and not at the beginning, and the reverse; brief: in between only.",
		"No finding came or went.");
	table.column("", false).column("severity", false).flexible_column("object").flexible_column("finding");
	table.column("check", false).column("at", false);
	const char *at_begin = format("first_seen <= %s AND coalesce(gone_at > %s, true)", begin, begin);
	const char *at_end = format("first_seen <= %s AND coalesce(gone_at > %s, true)", end, end);
	each_row(
		format(
			"WITH f AS (SELECT *, %s AS at_begin, %s AS at_end FROM dbeng.finding_history),"
			" k AS (SELECT *, CASE WHEN at_end AND NOT at_begin THEN 'new' WHEN at_begin AND NOT at_end THEN 'gone'"
			" WHEN NOT at_begin AND NOT at_end AND first_seen > %s AND gone_at <= %s THEN 'brief' END AS kind"
			" FROM f)"
			" SELECT kind, severity, object, message, check_id, first_seen, gone_at, count(*) OVER (PARTITION BY kind)"
			" FROM k WHERE kind IS NOT NULL ORDER BY array_position('{new,gone}'::text[], kind),"
			" array_position('{critical,warning,notice}'::text[], severity), first_seen DESC, check_id, object",
			at_begin, at_end, begin, end),
		[&](const Row &row)
		{
			const char *kind = row.text(1);
			bool is_new = strcmp(kind, "new") == 0;
			bool is_gone = strcmp(kind, "gone") == 0;
			const char *object = harmless(row.text(3));
			const char *message = harmless(row.text(4));
			if (is_new)
			{
				found.findings_new = row.integer(8);
				if (found.worst_new == nullptr)
					found.worst_new = object == nullptr ? message : format("%s: %s", object, message);
			}
			else if (is_gone)
				found.findings_gone = row.integer(8);
			if (table.rows() >= most_findings)
			{
				table.note = format("The first %d, new ones first.", most_findings);
				return;
			}
			table.cell(kind, is_new ? Tone::bad : is_gone ? Tone::good : Tone::muted);
			table.cell(harmless(row.text(2))).cell(object).cell(message).cell(harmless(row.text(5)));
			TimestampTz at = is_gone ? row.time(7) : row.time(6);
			table.cell(report.difference ? moment(at) : moment_within(report.now, at));
		});
	each_row(
		format("SELECT count(*), count(*) FILTER (WHERE severity = 'critical') FROM dbeng.finding_history WHERE %s",
			   at_end),
		[&](const Row &row)
		{
			found.findings_open = row.integer(1);
			found.findings_critical = row.integer(2);
		});
}

void
collect_health(Report &report)
{
	Section &section = report.section(
		"health", "Health", "The score of dbeng.health(), and what moved it. Overall is of 100, a dimension of 10.");
	Moments moments = moments_of(report);
	section.missing = attempt([&] { add_scores(report, section, moments); });
	if (section.missing != nullptr)
		section.tables.clear();
	attempt([&] { add_history(report, section); });
	std::size_t tables = section.tables.size();
	if (attempt([&] { add_findings(report, section, moments); }) != nullptr)
		section.tables.resize(tables);
}

} // namespace report
} // namespace dbeng
