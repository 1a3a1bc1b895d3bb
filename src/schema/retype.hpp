/*
 * retype.hpp: may the type of a key column simply be altered?
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/*
 * ALTER COLUMN TYPE rewrites the table under an exclusive lock and is refused
 * where something else is built on the column. True for a small table where
 * neither matters. Unlike type_can_change() it lets a foreign key's column
 * pass: changing it to the type it should have is what it is asked about.
 */
bool retypes_quickly(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column);

} // namespace dbeng
