/*
 * text.hpp: names and amounts as a reader of SQL expects them.
 *
 * Everything returned is palloc'd in CurrentMemoryContext.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* printf into a fresh string. */
const char *format(const char *pattern, ...) pg_attribute_printf(1, 2);

/* An identifier quoted where SQL needs it: quote_identifier() of the server, always quoting reserved words. */
const char *quoted(const char *identifier);
/* schema.name, each quoted where needed. */
const char *quoted(const char *schema, const char *name);
/* The same of a relation, which must be there. */
const char *qualified(Oid relation);
/* The same; NULL when it is gone. */
const char *qualified_if_there(Oid relation);
/* A string literal, E'' form only where needed. */
const char *literal(const char *value);

/* A part of a text, cut at its end; substr() would want to throw where from is beyond it. */
inline std::string_view
slice(std::string_view whole, std::size_t from, std::size_t count = std::string_view::npos)
{
	from = std::min(from, whole.size());
	return {whole.data() + from, std::min(count, whole.size() - from)};
}

/* 1234567 as "1,234,567". */
const char *grouped(int64 number);
/* 1234567 as "1206 kB": pg_size_pretty() of the server. */
const char *size(int64 bytes);
/* 12.5 as "12.5", 12.0 as "12", at most that many decimals. */
const char *number(double value, int decimals = 1);
/* Microseconds as "3 days", "5 minutes": one unit, rounded down. */
const char *duration(int64 microseconds);

/* The i-th of a text[] (reloptions, proconfig …) as name=value; the count is array_length(). */
int array_length(const varlena *text_array);
const char *array_element(const varlena *text_array, int i);
/* The value of name in a text[] of name=value; NULL when it is not there. */
const char *array_setting(const varlena *text_array, const char *name);

} // namespace dbeng
