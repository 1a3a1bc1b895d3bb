/*
 * weight.hpp: how much an index matters.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* Known to be so small that a sequential scan always wins. Not what was never analysed, whatever its size is. */
inline bool
known_tiny(const Catalog &catalog, const RelationEntry &table)
{
	return catalog.rows(table) >= 0 && catalog.bytes(table) < 8 * static_cast<int64>(BLCKSZ);
}

/* The weight of an index: its pages, one at least. */
inline double
index_weight(const Catalog &catalog, const IndexEntry &index)
{
	return 1 + static_cast<double>(catalog.bytes(index)) / BLCKSZ;
}

} // namespace dbeng
