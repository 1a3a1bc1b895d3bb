/*
 * report_html.hpp: what the files that write HTML share. All of it is well-formed XML as well, and ASCII.
 */
#pragma once

#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

/* A text from anywhere, as text of an element or within a quoted attribute. */
void html_escape(StringInfo out, const char *text);

/* A chart: a figure with a drawing that stretches, and words around it that do not. */
void html_chart(StringInfo out, const Report &report, const Chart &chart);

/* The style sheet. */
extern const char html_style[];

} // namespace report
} // namespace dbeng
