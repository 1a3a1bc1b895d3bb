/*
 * report.hpp: what a report consists of.
 *
 *	collect: SQL over the snapshots' functions  →  these structs  →  a renderer for each format
 *
 * Whatever comes from the database has passed through harmless(): one line, without control characters. A renderer
 * adds the escapes of its own format and nothing else.
 */
#pragma once

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {
namespace report {

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/* A T in the current memory context that nobody destroys. */
template <class T>
T *
make()
{
	return ::new (palloc(sizeof(T))) T();
}

enum class Unit : uint8
{
	count,
	per_second,
	percent,
	bytes,
	bytes_per_second,
	milliseconds,
	ms_per_second,
	seconds,
	score
};

enum class Tone : uint8
{
	plain,
	muted,
	strong, /* worth a look, not bad in itself */
	good,
	bad
};

struct Cell
{
	const char *text; /* NULL: nothing to say */
	Tone tone;
	double share;  /* 0 to 1: how long a bar beside it is; NaN: none */
	int statement; /* the number of a statement that the text is of; 0: none */
};

struct Column
{
	const char *title;
	bool right;	   /* numbers */
	bool flexible; /* may be cut to fit */
};

struct Table
{
	const char *id;
	const char *title;
	const char *note;  /* what to read in it; NULL: the title tells */
	const char *empty; /* what to say instead of a table without rows */
	Vector<Column> columns;
	Vector<Cell> cells;

	Table &column(const char *name, bool right = true);
	Table &flexible_column(const char *name);
	Table &cell(const char *text, Tone tone = Tone::plain);
	Table &bar(const char *text, double share);
	std::size_t rows() const { return columns.empty() ? 0 : cells.size() / columns.size(); }
	const Cell &at(std::size_t row, std::size_t column) const { return cells[row * columns.size() + column]; }
};

/* What was measured within a small part of the interval; x is 0 at its begin and 1 at its end. */
struct Point
{
	double x;
	double mean, low, high;
	bool joined; /* nothing is missing between this point and the one before */
};

struct Series
{
	const char *name;
	const char *kind; /* what its colour stands for */
	double average;
	Vector<Point> points;
};

struct Chart
{
	const char *id;
	const char *title;
	Unit unit;
	bool stacked;	 /* the series add up; each point is a step of equal width */
	bool low_counts; /* what is low is what to look at: a ratio, a score */
	bool from_zero;
	bool wide;
	double low, average, high;
	TimestampTz low_at, high_at;
	Vector<Series *> series;
	Series *before; /* the interval it is compared with; NULL: none */
};

struct Section
{
	const char *id;
	const char *title;
	const char *explanation;
	const char *missing; /* why there is nothing in it */
	Vector<Chart *> charts;
	Vector<Table *> tables;

	Table &table(const char *table_id, const char *name, const char *note, const char *empty);
};

struct Gap
{
	TimestampTz from, to;
};

struct Mark
{
	TimestampTz at;
	const char *why;
};

struct Interval
{
	TimestampTz asked_from, asked_to;
	TimestampTz from, to;	 /* the same, without a beginning or end that no snapshot is in */
	TimestampTz first, last; /* the snapshots in it */
	int64 snapshots;
	double seconds; /* covered: from first to last without the gaps */
	Vector<Gap> gaps;
	Vector<Mark> marks; /* where counters began anew, and why */

	double place(TimestampTz at) const
	{
		return static_cast<double>(at - from) / static_cast<double>(std::max<int64>(to - from, 1));
	}
	bool gap_between(TimestampTz a, TimestampTz b) const;
};

struct Sentence
{
	const char *text;
	Tone tone;
};

/* A figure at the top: "Commits  1,204,332  +12 %". */
struct Figure
{
	const char *name;
	const char *value;
	const char *change;
	const char *detail;
};

struct Fact
{
	const char *name;
	const char *value;
};

struct StatementSide
{
	double calls, ms, rows, hit, read, temp, wal, io_ms;
	bool there;
};

struct Statement
{
	int64 queryid;
	const char *text;
	const char *roles;
	StatementSide now, before;
	int number; /* S1, S2 … in the order in which the report comes to them; 0: not in it */
	int64 by_time, by_calls, by_read, by_temp, by_wal, by_change;
};

/* What the sections found, for the sentences and figures at the top. */
struct Highlights
{
	double score_begin = unknown, score_end = unknown;
	const char *rating = nullptr;
	const char *moved_dimension = nullptr; /* the one that moved most, "security" */
	double moved_by = 0;
	int64 findings_new = 0, findings_gone = 0, findings_open = 0, findings_critical = 0;
	const char *worst_new = nullptr;
	double statement_ms = unknown, statement_ms_before = unknown;
	double calls = unknown, calls_before = unknown;
	const Statement *changed_most = nullptr;
	double sessions_average = unknown, sessions_high = unknown, sessions_before = unknown;
	TimestampTz sessions_high_at = 0;
	double waiting_share = unknown;
	const char *top_wait = nullptr;
	double top_wait_share = 0;
	double bytes_begin = unknown, bytes_end = unknown, growth_before = unknown;
	const char *grown_most = nullptr;
	double grown_by = 0;
	double commits = unknown, commits_before = unknown, rollbacks = unknown;
	double deadlocks = unknown, conflicts = unknown, temp_bytes = unknown, temp_bytes_before = unknown;
	double hit_pct = unknown, hit_pct_before = unknown;
	double wal_bytes = unknown, wal_bytes_before = unknown; /* per second */
	double checkpoints_timed = unknown, checkpoints_requested = unknown;
	double lock_waits_high = unknown;
	TimestampTz lock_waits_high_at = 0;
	double connections_used_high = unknown;
	int64 unused_indexes = 0;
	double unused_bytes = 0;
	int64 settings = 0;
	const char *setting = nullptr; /* the first few */
	const char *fills_first = nullptr;
	TimestampTz full_at = 0;
};

struct Report
{
	const char *title;
	const char *database;
	bool difference; /* of two intervals the user named */
	bool compared;	 /* before is covered well enough to compare with */
	double scale;	 /* the length of now in lengths of before */
	double block_size;
	Interval now, before;
	const char *before_name;
	Highlights found;
	Vector<Fact> facts;
	Vector<Sentence> summary;
	Vector<Figure> figures;
	Vector<Section *> sections;
	Vector<Statement *> statements; /* those with a number, in its order */

	Section &section(const char *id, const char *name, const char *explanation);
};

/* Runs work; what is missing or not allowed becomes the returned message. */
template <class Work>
const char *
attempt(Work work)
{
	return guarded([](void *it) { (*static_cast<Work *>(it))(); }, &work);
}

/* The sections, in their order. */
void collect_health(Report &report);
void collect_load(Report &report);
void collect_statements(Report &report);
void collect_tables(Report &report);
void collect_indexes(Report &report);
void collect_waits(Report &report);
void collect_databases(Report &report);
void collect_checkpoints(Report &report);
void collect_settings(Report &report);
void collect_forecast(Report &report);
/* What the others found, in sentences and figures; last. */
void summarize(Report &report);

/* Reads the snapshots of an interval whose from and to are set. */
void load_interval(Interval &interval);

/* One metric over both intervals; NULL when there are no points. */
Chart *load_metric(const Report &report, const char *metric, const char *title, Unit unit, double factor = 1);

text *render_text(const Report &report);
text *render_markdown(const Report &report);
text *render_html(const Report &report);

/* report_words.cpp: amounts, times and texts as a reader expects them. */

/* One line: white space is one space, a control or direction character is '?'. NULL stays NULL. */
const char *harmless(const char *text);
/* At most so many columns of a terminal, ended by "..." where something is cut. */
const char *clipped(const char *text, int columns);
int columns_of(const char *text);
/* Of the first character alone. */
int columns_of_first(const char *text);
const char *amount(double value, Unit unit);
const char *count_text(double value);
const char *bytes_text(double value);
const char *ms_text(double value);
const char *seconds_text(double value);
const char *percent_text(double value);
/* "+12 %", "x 3.4", "new" …; empty where nothing changed. */
const char *change_text(double now, double before, bool was_there = true);
/* In the session's time zone: "2026-03-02 14:05", "14:05". */
const char *moment(TimestampTz at);
/* As short as an interval allows: "14:05" in one of a day, "2 Mar 14:05" in longer ones. */
const char *moment_within(const Interval &interval, TimestampTz at);
const char *clock_text(TimestampTz at);
const char *zone_name();
/* A literal of a moment for a query. */
const char *moment_literal(TimestampTz at);
/* "from, to" of an interval as arguments of a function. */
const char *arguments(const Interval &interval);

/* Marks of an axis from low to high, with room at its ends. */
struct Scale
{
	double low, high, step;

	int marks() const { return static_cast<int>(std::lround((high - low) / step)) + 1; }
	double mark(int i) const { return low + i * step; }
};
Scale scale_of(double low, double high, Unit unit, bool from_zero);
const char *axis_label(double value, const Scale &scale, Unit unit);

struct Tick
{
	TimestampTz at;
	const char *label;
};
void time_ticks(Vector<Tick> &ticks, TimestampTz from, TimestampTz to, int most);

/* What a value, and its change against before, take in a table: one to three columns. */
void measure_columns(Table &table, const Report &report, const char *title);
void measure_cells(Table &table, const Report &report, double now, double before, bool was_there, Unit unit,
				   double share = unknown);

} // namespace report
} // namespace dbeng
