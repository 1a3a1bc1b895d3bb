/*
 * creation.hpp: an imagined index as text: what it is on, and the statements
 * that make it.
 */
#pragma once

#include "planner/imagined.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* "customer, sent DESC INCLUDE (note) WHERE (deleted_at IS NULL)"; NULL when its table is gone or being changed. */
const char *columns_text(const ImaginedIndex &index);

/* How it is called in CREATE INDEX. */
const char *method_name(const ImaginedIndex &index);

/* Without locking out writers, under a free name; on a partitioned table one index a partition, then joined. */
void fix_create(Finding &finding, const ImaginedIndex &index, Vector<const char *> &used);

} // namespace dbeng
