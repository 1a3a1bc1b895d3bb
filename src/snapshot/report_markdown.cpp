/*
 * report_markdown.cpp: a report in GitHub's Markdown.
 */
#include "snapshot/report.hpp"
#include "snapshot/report_plain.hpp"

namespace dbeng {
namespace report {

/* Every character that could mean something to Markdown or HTML means itself. */
static void
escaped(StringInfo out, const char *text)
{
	for (const char *at = text; *at != '\0';)
	{
		int length = pg_mblen(at);
		if (length > 1)
		{
			appendBinaryStringInfo(out, at, length);
			at += length;
			continue;
		}
		switch (*at)
		{
			/* By number what a renderer may take for markup even behind a backslash. */
			case '&':
			case '<':
			case '>':
			case '|':
			case '$':
			case '@':
				appendStringInfo(out, "&#%d;", *at);
				break;
			case '\\':
			case '`':
			case '*':
			case '_':
			case '[':
			case ']':
			case '~':
			case '#':
			case '!':
				appendStringInfo(out, "\\%c", *at);
				break;
			case ':':
				/* https://… is not to become a link. */
				appendStringInfoString(out, at[1] == '/' ? "&#58;" : ":");
				break;
			default:
				appendStringInfoChar(out, *at);
		}
		at++;
	}
}

static void
paragraph(StringInfo out, const char *text)
{
	appendStringInfoChar(out, '\n');
	escaped(out, text);
	appendStringInfoChar(out, '\n');
}

static void
add_cell(StringInfo out, const Cell &cell)
{
	appendStringInfoString(out, " ");
	if (cell.statement != 0)
		appendStringInfo(out, "**S%d** ", cell.statement);
	if (cell.text != nullptr)
		escaped(out, cell.statement != 0 ? clipped(cell.text, 120) : cell.text);
	appendStringInfoString(out, " |");
}

/* As code, whose spaces count: characters drawn from left to right. */
static void
add_drawing(StringInfo out, const Cell &cell)
{
	appendStringInfo(out, " `%s` |", cell.text);
}

static void
add_table(StringInfo out, const Table &table, bool last_is_drawing)
{
	appendStringInfoString(out, "\n### ");
	escaped(out, table.title);
	appendStringInfoChar(out, '\n');
	if (table.rows() == 0)
	{
		paragraph(out, table.empty);
		return;
	}
	if (table.note != nullptr)
		paragraph(out, table.note);
	appendStringInfoString(out, "\n|");
	for (const Column &column : table.columns)
	{
		appendStringInfoString(out, *column.title == '\0' ? "" : " ");
		escaped(out, column.title);
		appendStringInfoString(out, " |");
	}
	appendStringInfoString(out, "\n|");
	for (const Column &column : table.columns)
		appendStringInfoString(out, column.right ? " ---: |" : " --- |");
	appendStringInfoChar(out, '\n');
	for (std::size_t row = 0; row < table.rows(); row++)
	{
		appendStringInfoChar(out, '|');
		for (std::size_t column = 0; column < table.columns.size(); column++)
		{
			const Cell &cell = table.at(row, column);
			if (last_is_drawing && column + 1 == table.columns.size())
				add_drawing(out, cell);
			else
				add_cell(out, cell);
		}
		appendStringInfoChar(out, '\n');
	}
}

static void
add_section(StringInfo out, const Report &report, const Section &section)
{
	appendStringInfoString(out, "\n## ");
	escaped(out, section.title);
	appendStringInfoChar(out, '\n');
	paragraph(out, section.explanation);
	if (section.missing != nullptr)
	{
		paragraph(out, format("Not available: %s.", harmless(section.missing)));
		return;
	}
	if (!section.charts.empty())
		add_table(out, *chart_table(report.now, section), true);
	for (const Table *table : section.tables)
		add_table(out, *table, false);
}

text *
render_markdown(const Report &report)
{
	StringInfoData out;
	initStringInfo(&out);
	appendStringInfo(&out, "# %s: ", report.title);
	escaped(&out, report.database);
	appendStringInfoString(&out, "\n\n| | |\n| --- | --- |\n");
	for (const Fact &fact : report.facts)
	{
		appendStringInfo(&out, "| %s | ", fact.name);
		escaped(&out, fact.value);
		appendStringInfoString(&out, " |\n");
	}
	appendStringInfoString(&out, "\n## Summary\n\n");
	for (const Sentence &sentence : report.summary)
	{
		appendStringInfoString(&out, sentence.tone == Tone::bad ? "- **!** " : "- ");
		escaped(&out, sentence.text);
		appendStringInfoChar(&out, '\n');
	}
	for (const Section *section : report.sections)
		add_section(&out, report, *section);
	if (!report.statements.empty())
	{
		appendStringInfoString(&out, "\n## Texts of the statements\n");
		for (const Statement *statement : report.statements)
		{
			appendStringInfo(&out, "\n- **S%d** (queryid " INT64_FORMAT, statement->number, statement->queryid);
			if (statement->roles != nullptr)
			{
				appendStringInfoString(&out, ", by ");
				escaped(&out, statement->roles);
			}
			appendStringInfoString(&out, "): ");
			escaped(&out, statement->text == nullptr ? "(its text is not known)" : clipped(statement->text, 1000));
		}
		appendStringInfoChar(&out, '\n');
	}
	/* Whoever prints it ends the last line. */
	return cstring_to_text_with_len(out.data, out.len - 1);
}

} // namespace report
} // namespace dbeng
