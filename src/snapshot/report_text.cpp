/*
 * report_text.cpp: a report for a terminal and for mail: ASCII around what the database says, 100 columns at most.
 */
#include "snapshot/report.hpp"
#include "snapshot/report_plain.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr int page = 100;
constexpr int least_flexible = 16;
constexpr int most_lines = 3; /* of one row */
} // namespace

static void
spaces(StringInfo out, int count)
{
	appendStringInfoSpaces(out, std::max(count, 0));
}

static void
heading(StringInfo out, const char *title, char line)
{
	appendStringInfo(out, "\n%s\n", title);
	for (int i = columns_of(title); i > 0; i--)
		appendStringInfoChar(out, line);
	appendStringInfoChar(out, '\n');
}

/* The next line of a text within so many columns: after it text stands behind what it took. */
static const char *
next_line(const char *&text, int columns)
{
	const char *end = text;
	const char *space = nullptr;
	int width = 0;
	while (*end != '\0' && width + columns_of_first(end) <= columns)
	{
		if (*end == ' ')
			space = end;
		width += columns_of_first(end);
		end += pg_mblen(end);
	}
	if (*end != '\0' && *end != ' ' && space != nullptr)
		end = space;
	/* Not even one character fits. */
	if (end == text && *end != '\0')
		end += pg_mblen(end);
	const char *line = format("%.*s", static_cast<int>(end - text), text);
	text = *end == ' ' ? end + 1 : end;
	return line;
}

/* A text in lines of the page's width, the first after a label of so many columns that is already there. */
static void
wrapped(StringInfo out, const char *text, int indent)
{
	do
	{
		appendStringInfo(out, "%s\n", next_line(text, page - indent));
		if (*text != '\0')
			spaces(out, indent);
	} while (*text != '\0');
}

static const char *
cell_text(const Cell &cell)
{
	if (cell.text == nullptr)
		return "-";
	return cell.statement == 0 ? cell.text : format("S%d %s", cell.statement, cell.text);
}

static int
longest_word(const char *text)
{
	int longest = 0;
	int word = 0;
	for (; *text != '\0'; text += pg_mblen(text))
	{
		word = *text == ' ' ? 0 : word + columns_of_first(text);
		longest = std::max(longest, word);
	}
	return longest;
}

/* How wide each column is, so that a row fits the page: flexible ones share what the others leave. */
static bool
fit(const Table &table, Vector<int> &widths)
{
	std::size_t columns = table.columns.size();
	int taken = static_cast<int>(columns - 1) * 2;
	int flexible = 0;
	for (std::size_t column = 0; column < columns; column++)
	{
		int width = longest_word(table.columns[column].title);
		for (std::size_t row = 0; row < table.rows(); row++)
			width = std::max(width, columns_of(cell_text(table.at(row, column))));
		widths.push_back(width);
		taken += width;
		flexible += table.columns[column].flexible ? 1 : 0;
	}
	/* The widest flexible one gives way first. */
	while (taken > page && flexible > 0)
	{
		std::size_t widest = columns;
		for (std::size_t column = 0; column < columns; column++)
			if (table.columns[column].flexible && (widest == columns || widths[column] > widths[widest]))
				widest = column;
		int second = least_flexible;
		for (std::size_t column = 0; column < columns; column++)
			if (column != widest && table.columns[column].flexible)
				second = std::max(second, widths[column]);
		int cut = std::min(taken - page, std::max(widths[widest] - second, 1));
		if (widths[widest] <= least_flexible)
			break;
		widths[widest] -= cut;
		taken -= cut;
	}
	return taken <= page;
}

static void
table_row(StringInfo out, const Table &table, const Vector<int> &widths, std::size_t row)
{
	Local<Vector<const char *>> left;
	for (std::size_t column = 0; column < table.columns.size(); column++)
	{
		const Cell &cell = table.at(row, column);
		const char *text = cell_text(cell);
		/* The whole text of a statement follows elsewhere. */
		left->push_back(cell.statement != 0 ? clipped(text, widths[column]) : text);
	}
	for (int line = 0; line < most_lines; line++)
	{
		int pending = 0;
		bool more = false;
		for (std::size_t column = 0; column < table.columns.size(); column++)
		{
			const char *&rest = (*left)[column];
			const char *text = line + 1 == most_lines ? clipped(rest, widths[column]) : next_line(rest, widths[column]);
			more = more || *rest != '\0';
			int missing = widths[column] - columns_of(text);
			bool right = table.columns[column].right;
			/* No spaces at the end of a line. */
			if (*text == '\0')
			{
				pending += widths[column] + 2;
				continue;
			}
			spaces(out, pending + (right ? missing : 0));
			appendStringInfoString(out, text);
			pending = 2 + (right ? 0 : missing);
		}
		appendStringInfoChar(out, '\n');
		if (!more)
			break;
	}
}

/* A table that does not fit even so: each row a paragraph. */
static void
records(StringInfo out, const Table &table)
{
	for (std::size_t row = 0; row < table.rows(); row++)
	{
		StringInfoData line;
		initStringInfo(&line);
		for (std::size_t column = 0; column < table.columns.size(); column++)
		{
			const Cell &cell = table.at(row, column);
			if (column == 0)
				appendStringInfoString(&line, clipped(cell_text(cell), page - 4));
			else if (cell.text != nullptr)
				appendStringInfo(&line, "%s %s %s", column == 1 ? ":" : ",", table.columns[column].title, cell.text);
		}
		const char *text = line.data;
		for (int i = 0; *text != '\0'; i++)
			appendStringInfo(out, "%s%s\n", i == 0 ? "" : "    ", next_line(text, i == 0 ? page : page - 4));
	}
}

/* Titles in as many lines as their columns are narrow, the last ones in one line above the rule. */
static void
header_row(StringInfo out, const Table &table, const Vector<int> &widths)
{
	std::size_t columns = table.columns.size();
	int height = 1;
	for (std::size_t column = 0; column < columns; column++)
	{
		int lines = 0;
		for (const char *rest = table.columns[column].title; *rest != '\0'; lines++)
			next_line(rest, widths[column]);
		height = std::max(height, lines);
	}
	for (int line = 0; line < height; line++)
	{
		int pending = 0;
		for (std::size_t column = 0; column < columns; column++)
		{
			int lines = 0;
			for (const char *rest = table.columns[column].title; *rest != '\0'; lines++)
				next_line(rest, widths[column]);
			const char *rest = table.columns[column].title;
			const char *text = "";
			for (int i = height - lines; i <= line; i++)
				text = next_line(rest, widths[column]);
			if (*text == '\0')
			{
				pending += widths[column] + 2;
				continue;
			}
			int missing = widths[column] - columns_of(text);
			bool right = table.columns[column].right;
			spaces(out, pending + (right ? missing : 0));
			appendStringInfoString(out, text);
			pending = 2 + (right ? 0 : missing);
		}
		appendStringInfoChar(out, '\n');
	}
	for (std::size_t column = 0; column < widths.size(); column++)
	{
		if (column > 0)
			appendStringInfoString(out, "  ");
		for (int i = 0; i < widths[column]; i++)
			appendStringInfoChar(out, '-');
	}
	appendStringInfoChar(out, '\n');
}

static void
add_table(StringInfo out, const Table &table)
{
	appendStringInfo(out, "\n%s\n", table.title);
	if (table.rows() == 0)
	{
		wrapped(out, table.empty, 0);
		return;
	}
	if (table.note != nullptr)
		wrapped(out, table.note, 0);
	Local<Vector<int>> widths;
	if (!fit(table, *widths))
	{
		records(out, table);
		return;
	}
	header_row(out, table, *widths);
	for (std::size_t row = 0; row < table.rows(); row++)
		table_row(out, table, *widths, row);
}

static void
add_section(StringInfo out, const Report &report, const Section &section)
{
	heading(out, section.title, '=');
	wrapped(out, section.explanation, 0);
	if (section.missing != nullptr)
	{
		appendStringInfoChar(out, '\n');
		wrapped(out, format("Not available: %s.", harmless(section.missing)), 0);
		return;
	}
	if (!section.charts.empty())
		add_table(out, *chart_table(report.now, section));
	for (const Table *table : section.tables)
		add_table(out, *table);
}

static void
labelled(StringInfo out, const char *label, int width, const char *text)
{
	appendStringInfoString(out, label);
	spaces(out, width - columns_of(label) + 2);
	wrapped(out, text, width + 2);
}

text *
render_text(const Report &report)
{
	StringInfoData out;
	initStringInfo(&out);
	appendStringInfo(&out, "%s: %s\n", report.title, report.database);
	for (int i = std::min(columns_of(report.title) + columns_of(report.database) + 2, page); i > 0; i--)
		appendStringInfoChar(&out, '=');
	appendStringInfoChar(&out, '\n');
	int width = 0;
	for (const Fact &fact : report.facts)
		width = std::max(width, columns_of(fact.name));
	for (const Fact &fact : report.facts)
		labelled(&out, fact.name, width, fact.value);

	heading(&out, "Summary", '=');
	for (const Sentence &sentence : report.summary)
	{
		appendStringInfoString(&out, sentence.tone == Tone::bad ? "! " : sentence.tone == Tone::good ? "+ " : "- ");
		wrapped(&out, sentence.text, 2);
	}
	for (const Section *section : report.sections)
		add_section(&out, report, *section);
	if (!report.statements.empty())
	{
		heading(&out, "Texts of the statements", '=');
		for (const Statement *statement : report.statements)
		{
			const char *label = format("S%d", statement->number);
			labelled(&out, label, 3,
					 format("queryid " INT64_FORMAT "%s", statement->queryid,
							statement->roles == nullptr ? "" : format(", by %s", statement->roles)));
			spaces(&out, 5);
			wrapped(&out, statement->text == nullptr ? "(its text is not known)" : clipped(statement->text, 1000), 5);
		}
	}
	/* Whoever prints it ends the last line. */
	return cstring_to_text_with_len(out.data, out.len - 1);
}

} // namespace report
} // namespace dbeng
