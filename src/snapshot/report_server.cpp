/*
 * report_server.cpp: what concerns the server: waits and locks, its databases, checkpoints and WAL, settings, disks.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr int most_waits = 15;
constexpr int most_locks = 10;
constexpr int most_counters = 60;
constexpr int most_settings = 40;
constexpr int most_lines = 300; /* characters of a setting's value */
} // namespace

static double
value_or_zero(const Row &row, int column)
{
	double number = row.number(column);
	return std::isnan(number) ? 0 : number;
}

static const char *
side(const Report &report, const char *function)
{
	/* LIMIT 0 is never executed. */
	return format("SELECT * FROM dbeng.%s(%s)%s", function, arguments(report.before),
				  report.compared ? "" : " LIMIT 0");
}

static void
add_waits(Report &report, Section &section)
{
	Table &table = section.table("waits-events", "What active sessions were doing",
								 "CPU: running, not waiting. Sessions are an average over the interval.",
								 "No active session was seen.");
	table.column("class", false).flexible_column("event");
	measure_columns(table, report, "sessions");
	table.column("share").column("samples");
	Highlights &found = report.found;
	double running = 0;
	double all = 0;
	each_row(format("SELECT n.event_type, n.event, n.average_sessions, b.average_sessions, b.event IS NOT NULL,"
					" n.share_pct, n.samples FROM dbeng.wait_activity(%s) n LEFT JOIN (%s) b"
					" ON b.event_type = n.event_type AND b.event = n.event"
					" ORDER BY n.samples DESC, n.event_type, n.event",
					arguments(report.now), side(report, "wait_activity")),
			 [&](const Row &row)
			 {
				 const char *type = harmless(row.text(1));
				 const char *event = harmless(row.text(2));
				 double share = value_or_zero(row, 6) / 100;
				 double samples = value_or_zero(row, 7);
				 bool cpu = type != nullptr && strcmp(type, "CPU") == 0;
				 all += samples;
				 if (cpu)
					 running += samples;
				 else if (found.top_wait == nullptr)
				 {
					 found.top_wait = format("%s / %s", type, event);
					 found.top_wait_share = share;
				 }
				 if (table.rows() >= most_waits)
					 return;
				 table.cell(type).cell(cpu ? "running" : event);
				 /* Averages over time: however long the other interval was. */
				 measure_cells(table, report, row.number(3), value_or_zero(row, 4) / report.scale, row.flag(5),
							   Unit::count);
				 table.bar(percent_text(100 * share), share).cell(count_text(samples));
			 });
	if (all > 0)
		found.waiting_share = 1 - running / all;
}

static void
add_locks(Report &report, Section &section)
{
	Chart *chart = load_metric(report, "lock_waits", "Sessions waiting for locks", Unit::count);
	if (chart != nullptr)
	{
		report.found.lock_waits_high = chart->high;
		report.found.lock_waits_high_at = chart->high_at;
		if (chart->high > 0)
			section.charts.push_back(chart);
	}
	Table &table =
		section.table("waits-locks", "Locks waited for", "dbeng.blocking() shows who blocks whom at this moment.",
					  "No session was seen waiting for a lock.");
	table.column("lock", false);
	measure_columns(table, report, "sessions");
	table.column("share").column("samples");
	each_row(
		format("SELECT n.event, n.average_sessions, b.average_sessions, b.event IS NOT NULL, n.share_pct, n.samples"
			   " FROM dbeng.wait_activity(%s) n LEFT JOIN (%s) b ON b.event_type = 'Lock' AND b.event = n.event"
			   " WHERE n.event_type = 'Lock' ORDER BY n.samples DESC, n.event LIMIT %d",
			   arguments(report.now), side(report, "wait_activity"), most_locks),
		[&](const Row &row)
		{
			double share = value_or_zero(row, 5) / 100;
			table.cell(harmless(row.text(1)));
			measure_cells(table, report, row.number(2), value_or_zero(row, 3) / report.scale, row.flag(4), Unit::count);
			table.bar(percent_text(100 * share), share).cell(count_text(row.number(6)));
		});
}

void
collect_waits(Report &report)
{
	Section &section =
		report.section("waits", "Waits and locks", "From samples of what active sessions were doing at each snapshot.");
	section.missing = attempt([&] { add_waits(report, section); });
	if (section.missing != nullptr)
	{
		section.tables.clear();
		return;
	}
	std::size_t tables = section.tables.size();
	if (attempt([&] { add_locks(report, section); }) != nullptr)
		section.tables.resize(tables);
}

void
collect_databases(Report &report)
{
	Section &section = report.section("databases", "Databases", "What each database of this server did.");
	section.missing = attempt(
		[&]
		{
			Table &table = section.table("databases-all", "All databases", nullptr, "There are no databases.");
			table.flexible_column("database");
			measure_columns(table, report, "commits");
			table.column("rollbacks").column("hit ratio").column("written").column("temp").column("deadlocks");
			table.column("active");
			table.note = "written: rows. temp: temporary files. active: the time sessions spent executing.";
			Highlights &found = report.found;
			each_row(format("SELECT n.database, n.commits, b.commits, b.database IS NOT NULL, n.rollbacks, n.hit_pct,"
							" n.inserts + n.updates + n.deletes, n.temp_bytes, n.deadlocks, n.conflicts,"
							" n.active_ms, n.database = current_database(), b.temp_bytes, b.hit_pct"
							" FROM dbeng.database_activity(%s) n LEFT JOIN (%s) b ON b.database = n.database"
							" ORDER BY n.commits DESC NULLS LAST, n.database",
							arguments(report.now), side(report, "database_activity")),
					 [&](const Row &row)
					 {
						 const char *name = harmless(row.text(1));
						 table.cell(name == nullptr ? "(shared)" : name);
						 measure_cells(table, report, row.number(2), value_or_zero(row, 3), row.flag(4), Unit::count);
						 table.cell(count_text(row.number(5))).cell(percent_text(row.number(6)));
						 table.cell(count_text(row.number(7))).cell(bytes_text(row.number(8)));
						 table.cell(count_text(row.number(9)), value_or_zero(row, 9) > 0 ? Tone::bad : Tone::plain);
						 table.cell(ms_text(row.number(11)));
						 if (!row.flag(12))
							 return;
						 found.commits = row.number(2);
						 found.rollbacks = row.number(5);
						 found.hit_pct = row.number(6);
						 found.temp_bytes = row.number(8);
						 found.deadlocks = row.number(9);
						 found.conflicts = row.number(10);
						 if (row.flag(4))
						 {
							 found.commits_before = value_or_zero(row, 3) * report.scale;
							 found.temp_bytes_before = value_or_zero(row, 13) * report.scale;
							 found.hit_pct_before = row.number(14);
						 }
					 });
		});
	if (section.missing != nullptr)
		section.tables.clear();
}

/* The unit a counter's reader names, as one of ours. */
static Unit
unit_of(const char *name, double &factor, const Report &report)
{
	factor = 1;
	if (name == nullptr)
		return Unit::count;
	if (strcmp(name, "bytes") == 0)
		return Unit::bytes;
	if (strcmp(name, "ms") == 0 || strcmp(name, "milliseconds") == 0)
		return Unit::milliseconds;
	if (strcmp(name, "s") == 0 || strcmp(name, "seconds") == 0)
		return Unit::seconds;
	if (strcmp(name, "blocks") == 0 || strcmp(name, "buffers") == 0)
	{
		factor = report.block_size;
		return Unit::bytes;
	}
	return Unit::count;
}

/* "checkpoints_timed" and "checkpointer.num_timed" are read alike. */
static bool
counts_checkpoints(const char *counter, const char *kind)
{
	return strstr(counter, "checkpoint") != nullptr && strstr(counter, kind) != nullptr;
}

void
collect_checkpoints(Report &report)
{
	Section &section = report.section(
		"checkpoints", "Checkpoints, WAL and the server's counters",
		"Requested checkpoints come before their time, mostly because WAL reached max_wal_size. Zero is left out.");
	section.missing = attempt(
		[&]
		{
			Table &table = section.table("checkpoints-counters", "Counters", nullptr, "All counters stood still.");
			table.column("counter", false);
			measure_columns(table, report, "value");
			each_row(format("SELECT n.counter, n.value, b.value, b.counter IS NOT NULL, n.unit"
							" FROM (SELECT row_number() OVER () AS place, * FROM dbeng.server_activity(%s)) n"
							" LEFT JOIN (%s) b ON b.counter = n.counter ORDER BY n.place",
							arguments(report.now), side(report, "server_activity")),
					 [&](const Row &row)
					 {
						 const char *counter = harmless(row.text(1));
						 double value = value_or_zero(row, 2);
						 if (counter == nullptr)
							 return;
						 if (counts_checkpoints(counter, "timed"))
							 report.found.checkpoints_timed = value;
						 if (counts_checkpoints(counter, "req"))
							 report.found.checkpoints_requested = value;
						 if (value == 0 || table.rows() >= most_counters)
							 return;
						 double factor;
						 Unit unit = unit_of(row.text(5), factor, report);
						 table.cell(counter);
						 measure_cells(table, report, value * factor, value_or_zero(row, 3) * factor, row.flag(4),
									   unit);
					 });
		});
	if (section.missing != nullptr)
		section.tables.clear();
}

static const char *
setting_value(const Row &row, int column)
{
	const char *value = harmless(row.text(column));
	if (value == nullptr)
		return "(none)";
	return *value == '\0' ? "(empty)" : clipped(value, most_lines);
}

void
collect_settings(Report &report)
{
	Section &section = report.section("settings", "Settings that changed", "As the configuration left them.");
	section.missing = attempt(
		[&]
		{
			/* Between the two intervals' ends, or within the one. */
			TimestampTz from = report.difference ? std::min(report.before.to, report.now.to) : report.now.from;
			Table &table = section.table("settings-changed", "Changes", nullptr, "No setting changed.");
			table.column("when", false).column("setting", false).flexible_column("before");
			table.flexible_column("after").column("source", false);
			each_row(format("SELECT changed_at, setting, old_value, new_value, source"
							" FROM dbeng.setting_changes(%s, %s) ORDER BY changed_at, setting",
							moment_literal(from), moment_literal(std::max(report.now.to, from))),
					 [&](const Row &row)
					 {
						 report.found.settings++;
						 const char *setting = harmless(row.text(2));
						 if (report.found.settings <= 3)
							 report.found.setting =
								 report.found.settings == 1 ? setting : format("%s, %s", report.found.setting, setting);
						 if (report.found.settings > most_settings)
							 return;
						 table.cell(moment(row.time(1))).cell(setting).cell(setting_value(row, 3));
						 table.cell(setting_value(row, 4)).cell(harmless(row.text(5)));
					 });
			if (report.found.settings > most_settings)
				table.note = format("The first %d of %s.", most_settings, grouped(report.found.settings));
		});
	if (section.missing != nullptr)
		section.tables.clear();
}

void
collect_forecast(Report &report)
{
	Section &section = report.section(
		"forecast", "Disk",
		"Growth taken forward in a straight line, and the free space, both as of now, whatever the interval.");
	section.missing = attempt(
		[&]
		{
			Table &table = section.table("forecast-disks", "Forecast", nullptr, "There is nothing to forecast from.");
			table.flexible_column("where").column("used").column("growth a day").column("free").column("full on");
			table.column("in").flexible_column("detail");
			TimestampTz now = GetCurrentTransactionStartTimestamp();
			each_row("SELECT object, bytes, bytes_per_day, full_at, free_bytes, detail FROM dbeng.disk_forecast()"
					 " ORDER BY full_at NULLS LAST, object",
					 [&](const Row &row)
					 {
						 const char *object = harmless(row.text(1));
						 TimestampTz full_at = row.null(4) ? 0 : row.time(4);
						 bool finite = full_at != 0 && !TIMESTAMP_NOT_FINITE(full_at);
						 double left = finite ? static_cast<double>(full_at - now) / USECS_PER_SEC : unknown;
						 if (finite && report.found.fills_first == nullptr)
						 {
							 report.found.fills_first = object;
							 report.found.full_at = full_at;
						 }
						 table.cell(object).cell(bytes_text(row.number(2))).cell(bytes_text(row.number(3)));
						 table.cell(bytes_text(row.number(5)));
						 table.cell(finite ? format("%.10s", moment(full_at)) : nullptr);
						 table.cell(left > 0 ? format("%s days", grouped(static_cast<int64>(left / 86400))) : nullptr,
									left < 30 * 86400.0 ? Tone::bad : Tone::plain);
						 table.cell(harmless(row.text(6)));
					 });
		});
	if (section.missing != nullptr)
		section.tables.clear();
}

} // namespace report
} // namespace dbeng
