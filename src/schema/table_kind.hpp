/*
 * table_kind.hpp: what a table is for, as far as its name gives it away.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* By its name a log, a copy or a passing place: rows there outlive what they speak of. */
bool is_record(const RelationEntry &table);

} // namespace dbeng
