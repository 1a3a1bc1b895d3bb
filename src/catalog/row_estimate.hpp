/*
 * row_estimate.hpp: how many rows a table has now, without opening it.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* Pages of a relation's file as it is on disk now; -1 when there is no such file. around: about how many. */
int64 pages_on_disk(Oid tablespace, pg::FileNumber file, int64 around);

/* Rows of what stores rows, from what ANALYZE or the counters know and the pages of now; -1 when neither knows any. */
double rows_by_size(double tuples, int64 tuples_pages, const Counters *counters, int64 pages);

} // namespace dbeng
