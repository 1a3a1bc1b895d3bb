/*
 * report_html.cpp: a report as one page that needs nothing but itself.
 *
 * It is ASCII, other characters by their numbers: whatever encoding the file is written in, it reads the same.
 */
#include "snapshot/report_html.hpp"

namespace dbeng {
namespace report {

/* As UTF-8; what has no place in it, or is none, becomes the replacement character. */
static const char *
unicode(const char *text)
{
	static constexpr char replacement[] = "\xEF\xBF\xBD";
	int encoding = GetDatabaseEncoding();
	if (encoding == PG_UTF8)
		return text;
	int left = static_cast<int>(strlen(text));
	Oid conversion = encoding == PG_SQL_ASCII ? InvalidOid : FindDefaultConversionProc(encoding, PG_UTF8);
	StringInfoData whole;
	initStringInfo(&whole);
	while (left > 0)
	{
		int done = 0;
		if (OidIsValid(conversion))
		{
			int room = left * MAX_CONVERSION_GROWTH + 1;
			auto *converted = static_cast<unsigned char *>(palloc(static_cast<Size>(room)));
			auto *from = reinterpret_cast<unsigned char *>(const_cast<char *>(text));
			done = pg_do_encoding_conversion_buf(conversion, encoding, PG_UTF8, from, left, converted, room, true);
			appendStringInfoString(&whole, reinterpret_cast<char *>(converted));
		}
		else
		{
			/* Nobody knows what the bytes above ASCII mean. */
			while (done < left && (text[done] & 0x80) == 0)
				done++;
			appendBinaryStringInfo(&whole, text, done);
		}
		text += done;
		left -= done;
		if (left > 0)
		{
			appendStringInfoString(&whole, replacement);
			int skipped = std::min(std::max(pg_mblen(text), 1), left);
			text += skipped;
			left -= skipped;
		}
	}
	return whole.data;
}

static bool
is_ascii(const char *text)
{
	while (*text != '\0' && (*text & 0x80) == 0)
		text++;
	return *text == '\0';
}

void
html_escape(StringInfo out, const char *text)
{
	if (text == nullptr)
		return;
	const char *at = is_ascii(text) ? text : unicode(text);
	while (*at != '\0')
	{
		auto byte = static_cast<unsigned char>(*at);
		if (byte >= 0x80)
		{
			auto *character = reinterpret_cast<const unsigned char *>(at);
			appendStringInfo(out, "&#%u;", static_cast<unsigned>(utf8_to_unicode(character)));
			at += pg_utf_mblen(character);
			continue;
		}
		switch (byte)
		{
			case '&':
			case '<':
			case '>':
			case '"':
			case '\'':
			case '\n':
				appendStringInfo(out, "&#%d;", byte);
				break;
			default:
				appendStringInfoChar(out, *at);
		}
		at++;
	}
}

/* A value with a minus sign in place of a hyphen. */
static void
append_number(StringInfo out, const char *text)
{
	if (text != nullptr && *text == '-' && text[1] != '\0')
	{
		appendStringInfoString(out, "&#8722;");
		text++;
	}
	html_escape(out, text);
}

static const char *
tone_class(Tone tone)
{
	switch (tone)
	{
		case Tone::muted:
			return " muted";
		case Tone::strong:
			return " strong";
		case Tone::good:
			return " good";
		case Tone::bad:
			return " bad";
		case Tone::plain:
			break;
	}
	return "";
}

static void
append_cell(StringInfo out, const Table &table, std::size_t row, std::size_t column)
{
	const Column &head = table.columns[column];
	const Cell &cell = table.at(row, column);
	const char *kind = cell.statement != 0 ? "q" : head.right ? "n" : head.flexible ? "t" : "w";
	/* The first column names the row. */
	const char *element = column == 0 && *head.title != '\0' ? "th" : "td";
	appendStringInfo(out, "<%s class=\"%s%s\"", element, kind, tone_class(cell.tone));
	if (column == 0 && *head.title != '\0')
		appendStringInfoString(out, " scope=\"row\"");
	else if (cell.text != nullptr && *head.title != '\0')
	{
		appendStringInfoString(out, " data-label=\"");
		html_escape(out, head.title);
		appendStringInfoString(out, "\"");
	}
	appendStringInfoChar(out, '>');
	if (cell.statement != 0)
	{
		appendStringInfo(out, "<a href=\"#s%d\">S%d</a><code>", cell.statement, cell.statement);
		html_escape(out, clipped(cell.text, 240));
		appendStringInfoString(out, "</code>");
	}
	else
		append_number(out, cell.text);
	if (!std::isnan(cell.share))
		appendStringInfo(out, "<span class=\"bar\"><i style=\"width:%.1f%%\"></i></span>", 100 * cell.share);
	appendStringInfo(out, "</%s>", element);
}

static void
append_table(StringInfo out, const Table &table)
{
	appendStringInfo(out, "<h3 id=\"%s\">", table.id);
	html_escape(out, table.title);
	appendStringInfoString(out, "</h3>\n");
	if (table.rows() == 0)
	{
		appendStringInfoString(out, "<p class=\"none\">");
		html_escape(out, table.empty);
		appendStringInfoString(out, "</p>\n");
		return;
	}
	if (table.note != nullptr)
	{
		appendStringInfoString(out, "<p class=\"note\">");
		html_escape(out, table.note);
		appendStringInfoString(out, "</p>\n");
	}
	appendStringInfo(out, "<div class=\"scroll\"><table aria-labelledby=\"%s\"><thead><tr>", table.id);
	for (const Column &column : table.columns)
	{
		appendStringInfo(out, "<th scope=\"col\" class=\"%s\">", column.right ? "n" : column.flexible ? "t" : "w");
		html_escape(out, column.title);
		appendStringInfoString(out, "</th>");
	}
	appendStringInfoString(out, "</tr></thead><tbody>\n");
	for (std::size_t row = 0; row < table.rows(); row++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(out, "<tr>");
		for (std::size_t column = 0; column < table.columns.size(); column++)
			append_cell(out, table, row, column);
		appendStringInfoString(out, "</tr>\n");
	}
	appendStringInfoString(out, "</tbody></table></div>\n");
}

static void
append_section(StringInfo out, const Report &report, const Section &section)
{
	appendStringInfo(out, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">", section.id, section.id);
	html_escape(out, section.title);
	appendStringInfoString(out, "</h2>\n<p class=\"explain\">");
	html_escape(out, section.explanation);
	appendStringInfoString(out, "</p>\n");
	if (section.missing != nullptr)
	{
		appendStringInfoString(out, "<p class=\"none\">Not available: ");
		html_escape(out, harmless(section.missing));
		appendStringInfoString(out, ".</p>\n");
	}
	if (!section.charts.empty() && section.missing == nullptr)
	{
		appendStringInfoString(out, "<div class=\"charts\">\n");
		for (const Chart *chart : section.charts)
			html_chart(out, report, *chart);
		appendStringInfoString(out, "</div>\n");
	}
	for (const Table *table : section.tables)
		append_table(out, *table);
	appendStringInfoString(out, "</section>\n");
}

static void
append_head(StringInfo out, const Report &report)
{
	appendStringInfoString(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
								"<meta http-equiv=\"Content-Security-Policy\" "
								"content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
								"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
								"<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>");
	html_escape(out, format("%s: %s, %s", report.title, report.database, moment(report.now.to)));
	appendStringInfo(out, "</title>\n<style>%s</style></head>\n<body><div class=\"page\">\n", html_style);
}

static void
append_header(StringInfo out, const Report &report)
{
	appendStringInfoString(out, "<header><p class=\"kind\">");
	html_escape(out, report.title);
	appendStringInfoString(out, "</p><h1>");
	html_escape(out, report.database);
	appendStringInfoString(out, "</h1>\n<dl class=\"facts\">");
	/* The first fact is the heading. */
	for (const Fact &fact : report.facts)
	{
		if (&fact == report.facts.data())
			continue;
		appendStringInfoString(out, "<dt>");
		html_escape(out, fact.name);
		appendStringInfoString(out, "</dt><dd>");
		html_escape(out, fact.value);
		appendStringInfoString(out, "</dd>\n");
	}
	appendStringInfoString(out, "</dl></header>\n<main>\n");
}

static void
append_figures(StringInfo out, const Report &report)
{
	if (report.figures.empty())
		return;
	appendStringInfoString(out, "<ul class=\"figures-row\" aria-label=\"Figures\">\n");
	for (const Figure &figure : report.figures)
	{
		appendStringInfoString(out, "<li><span class=\"name\">");
		html_escape(out, figure.name);
		appendStringInfoString(out, "</span> <span class=\"value\">");
		append_number(out, figure.value);
		appendStringInfoString(out, "</span> <span class=\"change\">");
		append_number(out, figure.change == nullptr ? "" : figure.change);
		appendStringInfoString(out, "</span> <span class=\"detail\">");
		html_escape(out, figure.detail);
		appendStringInfoString(out, "</span>");
		appendStringInfoString(out, "</li>\n");
	}
	appendStringInfoString(out, "</ul>\n");
}

static void
append_summary(StringInfo out, const Report &report)
{
	appendStringInfoString(out,
						   "<section class=\"summary\" aria-labelledby=\"summary\"><h2 id=\"summary\">Summary</h2>\n"
						   "<ul class=\"summary\">\n");
	for (const Sentence &sentence : report.summary)
	{
		appendStringInfo(out, "<li class=\"%s\">",
						 sentence.tone == Tone::bad	   ? "is-bad"
						 : sentence.tone == Tone::good ? "is-good"
													   : "is-plain");
		html_escape(out, sentence.text);
		appendStringInfoString(out, "</li>\n");
	}
	appendStringInfoString(out, "</ul></section>\n");
}

static void
append_contents(StringInfo out, const Report &report)
{
	appendStringInfoString(out, "<nav aria-labelledby=\"contents\"><h2 id=\"contents\">Contents</h2><ol>");
	for (const Section *section : report.sections)
	{
		appendStringInfo(out, "<li><a href=\"#%s\">", section->id);
		html_escape(out, section->title);
		appendStringInfoString(out, "</a></li>");
	}
	if (!report.statements.empty())
		appendStringInfoString(out, "<li><a href=\"#texts\">Texts of the statements</a></li>");
	appendStringInfoString(out, "</ol></nav>\n");
}

static void
append_statements(StringInfo out, const Report &report)
{
	if (report.statements.empty())
		return;
	appendStringInfoString(out, "<section aria-labelledby=\"texts\"><h2 id=\"texts\">Texts of the statements</h2>\n"
								"<dl class=\"statements\">\n");
	for (const Statement *statement : report.statements)
	{
		appendStringInfo(out, "<div><dt id=\"s%d\"><b>S%d</b> queryid " INT64_FORMAT, statement->number,
						 statement->number, statement->queryid);
		if (statement->roles != nullptr)
		{
			appendStringInfoString(out, ", by ");
			html_escape(out, statement->roles);
		}
		appendStringInfoString(out, "</dt><dd><code>");
		html_escape(out, statement->text == nullptr ? "(its text is not known)" : statement->text);
		appendStringInfoString(out, "</code></dd></div>\n");
	}
	appendStringInfoString(out, "</dl></section>\n");
}

text *
render_html(const Report &report)
{
	StringInfoData out;
	initStringInfo(&out);
	append_head(&out, report);
	append_header(&out, report);
	append_figures(&out, report);
	append_summary(&out, report);
	append_contents(&out, report);
	for (const Section *section : report.sections)
		append_section(&out, report, *section);
	append_statements(&out, report);
	appendStringInfoString(&out,
						   "</main>\n<footer>Written by dbeng inside the server; this page loads nothing and runs "
						   "nothing.</footer>\n</div></body></html>");
	return cstring_to_text_with_len(out.data, out.len);
}

} // namespace report
} // namespace dbeng
