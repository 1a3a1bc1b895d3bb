/*
 * redundancy_report.hpp: the findings of redundancy, one check for each kind.
 */
#pragma once

#include "index/redundancy.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Judges all indexes of the user's own, reports those that are redundant in this way. */
void report_redundant(const Catalog &catalog, Verdict &verdict, Overlap overlap);

} // namespace dbeng
