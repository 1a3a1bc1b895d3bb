/*
 * report_words.cpp: amounts, times and texts as a reader expects them.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

/* The first character of a text, as Unicode where the database speaks it, else its first byte. */
static uint32
code_point(const char *at, int length)
{
	auto byte = static_cast<unsigned char>(*at);
	if (GetDatabaseEncoding() != PG_UTF8 || length == 1)
		return byte;
	return utf8_to_unicode(reinterpret_cast<const unsigned char *>(at));
}

/* Characters that are not seen but change how others are, or that no document may contain. */
static bool
is_treacherous(uint32 code)
{
	return code < 0x20 || code == 0x7f || (code >= 0x80 && code < 0xa0) || code == 0xad || code == 0x61c ||
		   (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
		   (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
		   (code & 0xfffe) == 0xfffe || (code >= 0xe0000 && code <= 0xe007f);
}

const char *
harmless(const char *text)
{
	if (text == nullptr)
		return nullptr;
	StringInfoData line;
	initStringInfo(&line);
	bool utf8 = GetDatabaseEncoding() == PG_UTF8;
	const char *end = text + strlen(text);
	for (const char *at = text; at < end;)
	{
		/* What reads a character behind it may trust that it is whole. */
		int length = pg_encoding_verifymbchar(GetDatabaseEncoding(), at, static_cast<int>(end - at));
		if (length <= 0)
		{
			appendStringInfoChar(&line, '?');
			at++;
			continue;
		}
		uint32 code = code_point(at, length);
		if (code == ' ' || (code >= '\t' && code <= '\r'))
		{
			if (line.len > 0 && line.data[line.len - 1] != ' ')
				appendStringInfoChar(&line, ' ');
		}
		else if (code < 0x20 || code == 0x7f || (utf8 && is_treacherous(code)))
			appendStringInfoChar(&line, '?');
		else
			appendBinaryStringInfo(&line, at, length);
		at += length;
	}
	if (line.len > 0 && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	return line.data;
}

int
columns_of_first(const char *at)
{
	return std::max(pg_dsplen(at), 0);
}

int
columns_of(const char *text)
{
	int columns = 0;
	for (const char *at = text; *at != '\0'; at += pg_mblen(at))
		columns += columns_of_first(at);
	return columns;
}

const char *
clipped(const char *text, int columns)
{
	if (columns_of(text) <= columns)
		return text;
	int room = std::max(columns - 3, 0);
	const char *at = text;
	for (; *at != '\0'; at += pg_mblen(at))
	{
		room -= columns_of_first(at);
		if (room < 0)
			break;
	}
	return format("%.*s...", static_cast<int>(at - text), text);
}

/* Three digits that count: 1234 stays, 12.34 is "12.3", 0.1234 is "0.123". */
static const char *
three_digits(double value)
{
	double size = std::fabs(value);
	return number(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
}

const char *
count_text(double value)
{
	if (std::isnan(value))
		return nullptr;
	if (std::fabs(value) >= 1e15)
		return format("%.3g", value);
	if (std::fabs(value) >= 100 || value == std::floor(value))
		return grouped(static_cast<int64>(std::llround(value)));
	return three_digits(value);
}

const char *
bytes_text(double value)
{
	if (std::isnan(value))
		return nullptr;
	static constexpr const char *units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	std::size_t unit = 0;
	double size = std::fabs(value);
	for (; size >= 999.5 && unit + 1 < std::size(units); unit++)
	{
		size /= 1024;
		value /= 1024;
	}
	return format("%s %s", unit == 0 ? number(value, 0) : three_digits(value), units[unit]);
}

const char *
seconds_text(double value)
{
	if (std::isnan(value))
		return nullptr;
	if (std::fabs(value) < 59.95)
		return format("%s s", three_digits(value));
	auto seconds = static_cast<int64>(std::llround(std::fabs(value)));
	const char *sign = value < 0 ? "-" : "";
	auto days = static_cast<long long>(seconds / 86400);
	int hours = static_cast<int>(seconds / 3600 % 24);
	int minutes = static_cast<int>(seconds / 60 % 60);
	int rest = static_cast<int>(seconds % 60);
	if (days > 0)
		return hours == 0 ? format("%s%lld d", sign, days) : format("%s%lld d %d h", sign, days, hours);
	if (hours > 0)
		return minutes == 0 ? format("%s%d h", sign, hours) : format("%s%d h %d min", sign, hours, minutes);
	return rest == 0 ? format("%s%d min", sign, minutes) : format("%s%d min %d s", sign, minutes, rest);
}

const char *
ms_text(double value)
{
	if (std::isnan(value))
		return nullptr;
	return std::fabs(value) < 999.5 ? format("%s ms", three_digits(value)) : seconds_text(value / 1000);
}

const char *
percent_text(double value)
{
	if (std::isnan(value))
		return nullptr;
	/* 99.97 is not 100: what is missing counts. */
	if (value > 99 && value < 100)
		return format("%s %%", number(std::min(value, 99.99), 2));
	return format("%s %%", number(value, std::fabs(value) < 99.95 ? 1 : 0));
}

const char *
amount(double value, Unit unit)
{
	if (std::isnan(value))
		return nullptr;
	switch (unit)
	{
		case Unit::per_second:
			return format("%s/s", count_text(value));
		case Unit::percent:
			return percent_text(value);
		case Unit::bytes:
			return bytes_text(value);
		case Unit::bytes_per_second:
			return format("%s/s", bytes_text(value));
		case Unit::milliseconds:
			return ms_text(value);
		case Unit::ms_per_second:
			return format("%s ms/s", count_text(value));
		case Unit::seconds:
			return seconds_text(value);
		case Unit::score:
			return format("%.1f", value);
		case Unit::count:
			break;
	}
	return count_text(value);
}

static bool
is_bytes(Unit unit)
{
	return unit == Unit::bytes || unit == Unit::bytes_per_second;
}

/* The unit in which an axis up to size counts its bytes. */
static double
byte_unit(double size, const char *&name)
{
	static constexpr const char *names[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	std::size_t i = 0;
	double unit = 1;
	for (; size >= 1024 * unit && i + 1 < std::size(names); i++)
		unit *= 1024;
	name = names[i];
	return unit;
}

/* What an axis counts in: one unit for all its marks, by the largest. */
static double
axis_unit(double size, Unit unit, const char *&name)
{
	name = "";
	if (is_bytes(unit))
		return byte_unit(size, name);
	if (unit == Unit::seconds)
	{
		name = size >= 2 * 3600 ? "h" : size >= 2 * 60 ? "min" : "s";
		return size >= 2 * 3600 ? 3600 : size >= 2 * 60 ? 60 : 1;
	}
	if (unit == Unit::percent)
		name = "%";
	else if (size >= 1e9)
		name = "G";
	else if (size >= 1e6)
		name = "M";
	else if (size >= 1e4)
		name = "k";
	return size >= 1e9 && *name == 'G'	 ? 1e9
		   : size >= 1e6 && *name == 'M' ? 1e6
		   : size >= 1e4 && *name == 'k' ? 1e3
										 : 1;
}

const char *
axis_label(double value, const Scale &scale, Unit unit)
{
	if (std::fabs(value) < scale.step / 1000)
		return "0";
	const char *name;
	double of = axis_unit(std::max(std::fabs(scale.low), std::fabs(scale.high)), unit, name);
	/* As many decimals as tell one mark from the next. */
	double step = scale.step / of;
	int decimals = step >= 0.999 ? 0 : std::min(6, static_cast<int>(std::ceil(-std::log10(step) - 0.001)));
	return format("%.*f%s%s", decimals, value / of, *name == '\0' ? "" : " ", name);
}

Scale
scale_of(double low, double high, Unit unit, bool from_zero)
{
	if (from_zero)
		low = std::min(low, 0.0);
	if (!(high > low))
	{
		/* A flat line: in the middle, or on the floor when it is zero. */
		double room = std::max(std::fabs(high) * 0.02, unit == Unit::percent ? 1.0 : is_bytes(unit) ? 1024.0 : 1.0);
		high += room;
		low = from_zero ? std::min(low, 0.0) : low - room;
	}
	double rough = (high - low) / 4;
	const char *name;
	double base = axis_unit(std::max(std::fabs(low), std::fabs(high)), unit, name);
	double power = std::pow(10, std::floor(std::log10(rough / base)));
	double step = power * base;
	for (double nice : {1.0, 2.0, 5.0, 10.0})
	{
		step = nice * power * base;
		if (step >= rough * 0.999)
			break;
	}
	Scale scale = {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
	/* No share of more than everything, and nothing less than nothing. */
	if (unit == Unit::percent && high <= 100)
		scale.high = std::min(scale.high, 100.0);
	if (low >= 0)
		scale.low = std::max(scale.low, 0.0);
	return scale;
}

const char *
change_text(double now, double before, bool was_there)
{
	if (std::isnan(now) || std::isnan(before))
		return nullptr;
	if (before == 0)
		return now == 0 ? nullptr : was_there ? "from 0" : "new";
	if (now == 0)
		return "to 0";
	/* Growth that turned into shrinking has no percentage. */
	if ((now < 0) != (before < 0))
		return nullptr;
	double times = now / before;
	if (times >= 10)
		return format("x %s", number(times, times < 100 ? 1 : 0));
	double percent = (times - 1) * 100;
	if (std::fabs(percent) < 0.5)
		return "=";
	return format("%+.0f %%", percent);
}

static bool
local_time(TimestampTz at, pg_tm &local, int &west, const char **zone = nullptr)
{
	fsec_t fraction;
	return timestamp2tm(at, &west, &local, &fraction, zone, nullptr) == 0;
}

static const char *
month_name(const pg_tm &local)
{
	static constexpr const char *months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
											 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	return months[(local.tm_mon - 1) % 12];
}

const char *
moment(TimestampTz at)
{
	pg_tm local;
	int west;
	if (TIMESTAMP_NOT_FINITE(at) || !local_time(at, local, west))
		return timestamptz_to_str(at);
	return format("%04d-%02d-%02d %02d:%02d", local.tm_year, local.tm_mon, local.tm_mday, local.tm_hour, local.tm_min);
}

const char *
clock_text(TimestampTz at)
{
	pg_tm local;
	int west;
	if (TIMESTAMP_NOT_FINITE(at) || !local_time(at, local, west))
		return moment(at);
	return format("%02d:%02d", local.tm_hour, local.tm_min);
}

const char *
moment_within(const Interval &interval, TimestampTz at)
{
	pg_tm local;
	int west;
	if (interval.to - interval.from <= USECS_PER_DAY)
		return clock_text(at);
	if (interval.to - interval.from > 300 * USECS_PER_DAY || !local_time(at, local, west))
		return moment(at);
	return format("%d %s %s", local.tm_mday, month_name(local), clock_text(at));
}

const char *
zone_name()
{
	return pg_get_timezone_name(session_timezone);
}

const char *
moment_literal(TimestampTz at)
{
	/* Not by the output function: what that writes and the input function reads depend on settings. */
	return format("(timestamptz '2000-01-01 00:00:00+00' + interval '" INT64_FORMAT " us')", at);
}

const char *
arguments(const Interval &interval)
{
	return format("%s, %s", moment_literal(interval.from), moment_literal(interval.to));
}

static const char *
tick_label(const pg_tm &local, bool days)
{
	if (days || (local.tm_hour == 0 && local.tm_min == 0))
		return format("%d %s", local.tm_mday, month_name(local));
	return format("%02d:%02d", local.tm_hour, local.tm_min);
}

void
time_ticks(Vector<Tick> &ticks, TimestampTz from, TimestampTz to, int most)
{
	static constexpr int64 steps[] = {1,   2,	5,	  10,	15,	  30,	 60,	120,   180,
									  360, 720, 1440, 2880, 7200, 14400, 43200, 129600};
	static constexpr int64 day = 1440;
	int64 minutes = std::max<int64>((to - from) / USECS_PER_MINUTE, 1);
	int64 step = steps[0];
	for (int64 candidate : steps)
	{
		step = candidate;
		if (minutes / step < most)
			break;
	}
	/* Wall clocks jump: hence every moment at which a mark can fall is asked what its clock shows. */
	int64 stride = (step < 15 ? 1 : 15) * USECS_PER_MINUTE;
	TimestampTz at = from - from % stride;
	for (; at <= to && ticks.size() < 100; at += stride)
	{
		pg_tm local;
		int west;
		if (at < from || !local_time(at, local, west))
			continue;
		int64 of_day = static_cast<int64>(local.tm_hour) * 60 + local.tm_min;
		int64 whole = date2j(local.tm_year, local.tm_mon, local.tm_mday);
		bool falls = step < day ? of_day % step == 0 : of_day == 0 && whole % (step / day) == 0;
		if (!falls)
			continue;
		ticks.push_back({at, tick_label(local, step >= day)});
		/* Until shortly before the next; no clock is put on or back by more than that. */
		at += std::max<int64>(step - 180, 0) * USECS_PER_MINUTE;
	}
}

Table &
Table::column(const char *name, bool right)
{
	columns.push_back({name, right, false});
	return *this;
}

Table &
Table::flexible_column(const char *name)
{
	columns.push_back({name, false, true});
	return *this;
}

Table &
Table::cell(const char *text, Tone tone)
{
	cells.push_back({text, tone, unknown, 0});
	return *this;
}

Table &
Table::bar(const char *text, double share)
{
	cells.push_back({text, Tone::plain, std::clamp(share, 0.0, 1.0), 0});
	return *this;
}

Table &
Section::table(const char *table_id, const char *name, const char *note, const char *empty)
{
	auto *table = make<Table>();
	table->id = table_id;
	table->title = name;
	table->note = note;
	table->empty = empty;
	tables.push_back(table);
	return *table;
}

Section &
Report::section(const char *id, const char *name, const char *explanation)
{
	auto *section = make<Section>();
	section->id = id;
	section->title = name;
	section->explanation = explanation;
	sections.push_back(section);
	return *section;
}

void
measure_columns(Table &table, const Report &report, const char *title)
{
	if (report.difference && report.compared)
	{
		table.column(format("%s, A", title)).column(format("%s, B", title)).column("change");
		return;
	}
	table.column(title);
	if (report.compared)
		table.column("change");
}

void
measure_cells(Table &table, const Report &report, double now, double before, bool was_there, Unit unit, double share)
{
	if (report.difference && report.compared)
		table.cell(was_there ? amount(before, unit) : nullptr);
	table.cell(amount(now, unit));
	table.cells.back().share = share;
	if (!report.compared)
		return;
	const char *change = change_text(now, before * report.scale, was_there);
	double times = before == 0 ? 0 : now / (before * report.scale);
	/* What is new or has doubled stands out. */
	bool much = change != nullptr && (!was_there || times >= 2);
	table.cell(change, much ? Tone::strong : Tone::muted);
}

} // namespace report
} // namespace dbeng
