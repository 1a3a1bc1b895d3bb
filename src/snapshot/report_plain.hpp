/*
 * report_plain.hpp: charts where nothing can be drawn: a row each, with a line of characters.
 */
#pragma once

#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

/* The charts of a section as a table. */
Table *chart_table(const Interval &interval, const Section &section);

} // namespace report
} // namespace dbeng
