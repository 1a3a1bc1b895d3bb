/*
 * wording.hpp: texts written in the source, for a reader whose database may
 * have another encoding than the source.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* A literal of the source; where the database cannot be sure to have its characters, in ASCII: "..." for an ellipsis. */
const char *wording(const char *literal);

/* printf with a literal pattern, whose arguments are in the database's encoding already. */
const char *wording(const char *pattern, va_list arguments) pg_attribute_printf(1, 0);

/* The same text without line breaks and other control characters. */
const char *one_line(const char *text);

/* The same with one space for each run of them, cut after so many characters, with an ellipsis where it was. */
const char *excerpt(const char *text, int characters);

} // namespace dbeng
