#include "unit/wording.hpp"

namespace dbeng {

static bool
is_ascii(const char *text)
{
	while (*text != '\0' && !IS_HIGHBIT_SET(*text))
		text++;
	return *text == '\0';
}

static const char *
ascii(std::string_view character)
{
	static constexpr struct
	{
		std::string_view character;
		const char *ascii;
	} table[] = {
		{"…", "..."}, {"–", "-"}, {"—", "-"}, {"−", "-"},  {"→", "->"}, {"×", "x"},	 {"÷", "/"},
		{"·", "*"},	  {"├", "|"}, {"└", "`"}, {"│", "|"},  {"─", "-"},	{"≥", ">="}, {"≤", "<="},
		{"≠", "<>"},  {"’", "'"}, {"‘", "'"}, {"“", "\""}, {"”", "\""}, {"µ", "u"},
	};
	for (const auto &entry : table)
	{
		if (entry.character == character)
			return entry.ascii;
	}
	return "?";
}

const char *
wording(const char *literal)
{
	if (GetDatabaseEncoding() == PG_UTF8 || is_ascii(literal))
		return literal;

	StringInfoData text;
	initStringInfo(&text);
	while (*literal != '\0')
	{
		auto bytes = static_cast<std::size_t>(pg_utf_mblen(reinterpret_cast<const unsigned char *>(literal)));
		if (bytes == 1)
			appendStringInfoChar(&text, *literal);
		else
			appendStringInfoString(&text, ascii({literal, bytes}));
		literal += bytes;
	}
	return text.data;
}

const char *
wording(const char *pattern, va_list arguments)
{
	pattern = wording(pattern);
	StringInfoData text;
	initStringInfo(&text);
	for (;;)
	{
		va_list again;
		va_copy(again, arguments);
		int needed = appendStringInfoVA(&text, pattern, again);
		va_end(again);
		if (needed == 0)
			return text.data;
		enlargeStringInfo(&text, needed);
	}
}

const char *
one_line(const char *text)
{
	if (strpbrk(text, "\n\r\t\v\f") == nullptr)
		return text;
	char *line = pstrdup(text);
	for (char *at = line; (at = strpbrk(at, "\n\r\t\v\f")) != nullptr;)
		*at = ' ';
	return line;
}

const char *
excerpt(const char *text, int characters)
{
	char *line = pstrdup(text);
	char *to = line;
	for (const char *from = line; *from != '\0'; from++)
	{
		bool space = strchr(" \n\r\t\v\f", *from) != nullptr;
		if (!space)
			*to++ = *from;
		else if (to != line && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to != line && to[-1] == ' ')
		to--;
	*to = '\0';
	int length = static_cast<int>(to - line);
	int cut = pg_mbcharcliplen(line, length, characters);
	if (cut >= length)
		return line;
	line[cut] = '\0';
	return psprintf("%s%s", line, wording("…"));
}

} // namespace dbeng
