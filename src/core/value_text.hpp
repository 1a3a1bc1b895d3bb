/*
 * value_text.hpp: a value as text, in the middle of somebody else's statement.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/*
 * Writes a value as its type's output function does, in CurrentMemoryContext;
 * NULL where that is neither cheap nor safe: types of extensions and composite
 * ones, whose functions are not the server's own, what lies in TOAST, what
 * takes more than that many bytes, and what cannot be written.
 */
const char *value_text(Oid type, Datum value, std::size_t most_bytes);

/*
 * Until restore_value_style() values are written such that every session
 * reads them alike, whatever DateStyle and its kind this one has. An error
 * puts them back, too.
 */
int pin_value_style();
void restore_value_style(int level);

} // namespace dbeng
