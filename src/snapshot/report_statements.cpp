/*
 * report_statements.cpp: the statements that cost most, and those that changed most.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr int most_rows = 10;
constexpr int most_text = 4000; /* characters of one statement */

struct Ranking
{
	int64 Statement::*place;
	double StatementSide::*measure;
};

/* Sums over all statements. */
struct Totals
{
	StatementSide now, before;
};
} // namespace

/* The statements of one interval, those of all roles and nesting levels together. */
static const char *
side_query(const Interval &interval)
{
	return format("SELECT queryid, sum(calls)::float8 AS calls, sum(total_ms) AS ms, sum(rows)::float8 AS rows,"
				  " sum(blocks_hit)::float8 AS hit, sum(blocks_read)::float8 AS read,"
				  " sum(temp_blocks)::float8 AS temp, sum(wal_bytes)::float8 AS wal, sum(io_ms) AS io_ms,"
				  " max(left(query, %d)) AS query, string_agg(DISTINCT role::text, ', ') AS roles"
				  " FROM dbeng.query_activity(%s) GROUP BY queryid",
				  most_text, arguments(interval));
}

static StatementSide
read_side(const Row &row, int column)
{
	auto value = [&](int i)
	{
		double number = row.number(column + i);
		return std::isnan(number) ? 0 : number;
	};
	return {value(0), value(1), value(2), value(3), value(4), value(5), value(6), value(7), !row.null(column)};
}

static void
read_statements(const Report &report, Vector<Statement *> &statements, Totals &totals)
{
	constexpr const char *measures[] = {"calls", "ms", "rows", "hit", "read", "temp", "wal", "io_ms"};
	StringInfoData columns;
	StringInfoData sums;
	initStringInfo(&columns);
	initStringInfo(&sums);
	for (const char *side : {"n", "b"})
		for (const char *measure : measures)
		{
			appendStringInfo(&columns, ", %s.%s AS %s_%s", side, measure, side, measure);
			appendStringInfo(&sums, ", sum(%s_%s) OVER ()", side, measure);
		}
	const char *before = report.compared ? side_query(report.before) : format("%s LIMIT 0", side_query(report.before));
	each_row(format("WITH n AS MATERIALIZED (%s), b AS MATERIALIZED (%s),"
					" both_sides AS (SELECT coalesce(n.queryid, b.queryid) AS queryid,"
					" coalesce(n.query, b.query) AS query, coalesce(n.roles, b.roles) AS roles%s"
					" FROM n FULL JOIN b ON b.queryid = n.queryid),"
					" ranked AS (SELECT *, row_number() OVER (ORDER BY n_ms DESC NULLS LAST, queryid) AS by_time,"
					" row_number() OVER (ORDER BY n_calls DESC NULLS LAST, queryid) AS by_calls,"
					" row_number() OVER (ORDER BY n_read DESC NULLS LAST, queryid) AS by_read,"
					" row_number() OVER (ORDER BY n_temp DESC NULLS LAST, queryid) AS by_temp,"
					" row_number() OVER (ORDER BY n_wal DESC NULLS LAST, queryid) AS by_wal,"
					" row_number() OVER (ORDER BY abs(coalesce(n_ms, 0) - coalesce(b_ms, 0) * %.17g) DESC, queryid)"
					" AS by_change%s FROM both_sides)"
					" SELECT queryid, query, roles, by_time, by_calls, by_read, by_temp, by_wal, by_change,"
					" n_calls, n_ms, n_rows, n_hit, n_read, n_temp, n_wal, n_io_ms,"
					" b_calls, b_ms, b_rows, b_hit, b_read, b_temp, b_wal, b_io_ms, ranked.*"
					" FROM ranked WHERE least(by_time, by_calls, by_read, by_temp, by_wal, by_change) <= %d"
					" ORDER BY by_time",
					side_query(report.now), before, columns.data, report.compared ? report.scale : 1.0, sums.data,
					most_rows),
			 [&](const Row &row)
			 {
				 auto *statement = make<Statement>();
				 statement->queryid = row.integer(1);
				 statement->text = harmless(row.text(2));
				 statement->roles = harmless(row.text(3));
				 statement->by_time = row.integer(4);
				 statement->by_calls = row.integer(5);
				 statement->by_read = row.integer(6);
				 statement->by_temp = row.integer(7);
				 statement->by_wal = row.integer(8);
				 statement->by_change = row.integer(9);
				 statement->now = read_side(row, 10);
				 statement->before = read_side(row, 18);
				 statements.push_back(statement);
				 /* ranked.* is queryid, query, roles, both sides, six places, the sums */
				 constexpr int sums_begin = 25 + 3 + 16 + 6 + 1;
				 totals.now = read_side(row, sums_begin);
				 totals.before = read_side(row, sums_begin + 8);
			 });
}

static int
number_of(Report &report, Statement &statement)
{
	if (statement.number == 0)
	{
		report.statements.push_back(&statement);
		statement.number = static_cast<int>(report.statements.size());
	}
	return statement.number;
}

static void
statement_cell(Table &table, Report &report, Statement &statement)
{
	table.cell(statement.text == nullptr ? "(its text is not known)" : statement.text);
	table.cells.back().statement = number_of(report, statement);
}

/* The statements with the first places of a ranking, in its order, without those that have nothing of it. */
static void
top(const Vector<Statement *> &statements, Ranking ranking, Vector<Statement *> &chosen)
{
	for (Statement *statement : statements)
		if (statement->*ranking.place <= most_rows && statement->now.*ranking.measure > 0)
			chosen.push_back(statement);
	std::sort(chosen.begin(), chosen.end(),
			  [&ranking](const Statement *a, const Statement *b) { return a->*ranking.place < b->*ranking.place; });
}

static double
per(double value, double of)
{
	return of > 0 ? value / of : unknown;
}

static void
add_changed(Report &report, Section &section, const Vector<Statement *> &statements, const Totals &totals)
{
	if (!report.compared)
		return;
	Table &table =
		section.table("statements-changed", "Changed most",
					  format("The greatest differences of total time against %s, which is taken to the same length.",
							 report.before_name),
					  "No statement took more or less time than before.");
	table.flexible_column("statement").column("before").column("now").column("difference");
	table.column("calls before").column("calls now").column("mean before").column("mean now");
	Local<Vector<Statement *>> chosen;
	for (Statement *statement : statements)
		if (statement->by_change <= most_rows)
			chosen->push_back(statement);
	std::sort(chosen->begin(), chosen->end(),
			  [](const Statement *a, const Statement *b) { return a->by_change < b->by_change; });
	for (Statement *statement : *chosen)
	{
		const StatementSide &now = statement->now;
		const StatementSide &before = statement->before;
		double difference = now.ms - before.ms * report.scale;
		/* Differences that nobody would act on are not news. */
		if (std::fabs(difference) < 0.001 * std::max(totals.now.ms, totals.before.ms * report.scale))
			continue;
		if (report.found.changed_most == nullptr)
			report.found.changed_most = statement;
		statement_cell(table, report, *statement);
		table.cell(before.there ? ms_text(before.ms * report.scale) : "new", before.there ? Tone::plain : Tone::strong);
		table.cell(now.there ? ms_text(now.ms) : "gone", now.there ? Tone::plain : Tone::muted);
		table.cell(format("%s%s", difference > 0 ? "+" : "", ms_text(difference)),
				   difference > 0 ? Tone::bad : Tone::good);
		table.cell(before.there ? count_text(std::round(before.calls * report.scale)) : nullptr);
		table.cell(now.there ? count_text(now.calls) : nullptr);
		table.cell(ms_text(per(before.ms, before.calls))).cell(ms_text(per(now.ms, now.calls)));
	}
}

static void
add_by_time(Report &report, Section &section, const Vector<Statement *> &statements, const Totals &totals)
{
	Table &table = section.table("statements-time", "By time", nullptr, "No statement was executed.");
	table.flexible_column("statement");
	measure_columns(table, report, "total time");
	table.column("share").column("calls").column("mean").column("rows/call");
	Local<Vector<Statement *>> chosen;
	top(statements, {&Statement::by_time, &StatementSide::ms}, *chosen);
	for (Statement *statement : *chosen)
	{
		const StatementSide &now = statement->now;
		double share = per(now.ms, totals.now.ms);
		statement_cell(table, report, *statement);
		measure_cells(table, report, now.ms, statement->before.ms, statement->before.there, Unit::milliseconds);
		table.bar(percent_text(100 * share), share).cell(count_text(now.calls));
		table.cell(ms_text(per(now.ms, now.calls))).cell(count_text(per(now.rows, now.calls)));
	}
}

static void
add_by_calls(Report &report, Section &section, const Vector<Statement *> &statements)
{
	Table &table = section.table("statements-calls", "By calls", nullptr, "No statement was executed.");
	table.flexible_column("statement");
	measure_columns(table, report, "calls");
	table.column("per second").column("mean").column("total time").column("rows/call");
	Local<Vector<Statement *>> chosen;
	top(statements, {&Statement::by_calls, &StatementSide::calls}, *chosen);
	for (Statement *statement : *chosen)
	{
		const StatementSide &now = statement->now;
		statement_cell(table, report, *statement);
		measure_cells(table, report, now.calls, statement->before.calls, statement->before.there, Unit::count);
		table.cell(count_text(per(now.calls, report.now.seconds))).cell(ms_text(per(now.ms, now.calls)));
		table.cell(ms_text(now.ms)).cell(count_text(per(now.rows, now.calls)));
	}
}

static void
add_by_read(Report &report, Section &section, const Vector<Statement *> &statements)
{
	Table &table = section.table("statements-read", "By blocks read from outside the cache",
								 "The time is zero unless track_io_timing is on.",
								 "No statement read a block from outside the cache.");
	table.flexible_column("statement");
	measure_columns(table, report, "read");
	table.column("per call").column("hit ratio").column("time of I/O").column("of total time");
	Local<Vector<Statement *>> chosen;
	top(statements, {&Statement::by_read, &StatementSide::read}, *chosen);
	for (Statement *statement : *chosen)
	{
		const StatementSide &now = statement->now;
		const StatementSide &before = statement->before;
		statement_cell(table, report, *statement);
		measure_cells(table, report, now.read * report.block_size, before.read * report.block_size, before.there,
					  Unit::bytes);
		table.cell(bytes_text(per(now.read * report.block_size, now.calls)));
		table.cell(percent_text(100 * per(now.hit, now.hit + now.read))).cell(ms_text(now.io_ms));
		table.cell(percent_text(100 * per(now.io_ms, now.ms)));
	}
}

static void
add_by_temp(Report &report, Section &section, const Vector<Statement *> &statements)
{
	Table &table = section.table("statements-temp", "By temporary files",
								 "What did not fit into work_mem: sorts, hashes, materialized rows.",
								 "No statement used temporary files.");
	table.flexible_column("statement");
	measure_columns(table, report, "temporary files");
	table.column("per call").column("calls").column("mean");
	Local<Vector<Statement *>> chosen;
	top(statements, {&Statement::by_temp, &StatementSide::temp}, *chosen);
	for (Statement *statement : *chosen)
	{
		const StatementSide &now = statement->now;
		const StatementSide &before = statement->before;
		statement_cell(table, report, *statement);
		measure_cells(table, report, now.temp * report.block_size, before.temp * report.block_size, before.there,
					  Unit::bytes);
		table.cell(bytes_text(per(now.temp * report.block_size, now.calls))).cell(count_text(now.calls));
		table.cell(ms_text(per(now.ms, now.calls)));
	}
}

static void
add_by_wal(Report &report, Section &section, const Vector<Statement *> &statements, const Totals &totals)
{
	Table &table = section.table("statements-wal", "By WAL", nullptr, "No statement wrote WAL.");
	table.flexible_column("statement");
	measure_columns(table, report, "WAL");
	table.column("share").column("per call").column("calls").column("rows/call");
	Local<Vector<Statement *>> chosen;
	top(statements, {&Statement::by_wal, &StatementSide::wal}, *chosen);
	for (Statement *statement : *chosen)
	{
		const StatementSide &now = statement->now;
		double share = per(now.wal, totals.now.wal);
		statement_cell(table, report, *statement);
		measure_cells(table, report, now.wal, statement->before.wal, statement->before.there, Unit::bytes);
		table.bar(percent_text(100 * share), share).cell(bytes_text(per(now.wal, now.calls)));
		table.cell(count_text(now.calls)).cell(count_text(per(now.rows, now.calls)));
	}
}

void
collect_statements(Report &report)
{
	Section &section =
		report.section("statements", "Statements",
					   "What pg_stat_statements counted, all roles together. S1, S2 ... lead to the whole text below.");
	Local<Vector<Statement *>> statements;
	Totals totals = {};
	section.missing = attempt([&] { read_statements(report, *statements, totals); });
	if (section.missing != nullptr)
		return;
	if (statements->empty())
	{
		section.missing = "there are no statements: pg_stat_statements is not installed, or nothing was executed";
		return;
	}
	Highlights &found = report.found;
	found.statement_ms = totals.now.ms;
	found.calls = totals.now.calls;
	if (report.compared)
	{
		found.statement_ms_before = totals.before.ms * report.scale;
		found.calls_before = totals.before.calls * report.scale;
	}
	add_by_time(report, section, *statements, totals);
	add_changed(report, section, *statements, totals);
	add_by_calls(report, section, *statements);
	add_by_read(report, section, *statements);
	add_by_temp(report, section, *statements);
	add_by_wal(report, section, *statements, totals);
}

} // namespace report
} // namespace dbeng
