/*
 * repair.hpp: normalised texts of pg_stat_statements made SQL again.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/*
 * pg_stat_statements writes $n for every constant, also where the grammar takes
 * a literal only: interval $1 becomes $1::interval, extract($1 FROM x) the
 * function it stands for, $1 of a list cut short ("$1, ...") two values. The text itself
 * where there is nothing to repair.
 */
const char *repaired(const char *text);

} // namespace dbeng
