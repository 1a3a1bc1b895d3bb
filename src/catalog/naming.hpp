/*
 * naming.hpp: names in the statements that a finding proposes.
 *
 * For findings that are shown, not for judging: new_name() walks the whole catalog.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/*
 * A name for a new index, constraint or partition of this table, as the server
 * would choose it: table_part_label, cut to fit, with a number where that is
 * taken. The same each time; part may be NULL.
 */
const char *new_name(const Catalog &catalog, const RelationEntry &table, const char *part, const char *label);

/* schema.name, quoted. */
const char *full_name(const RelationEntry &relation);

/* Columns as SQL wants them: a, "B". */
const char *column_list(const RelationEntry &table, std::span<const AttrNumber> columns);

} // namespace dbeng
