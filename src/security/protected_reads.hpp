/*
 * protected_reads.hpp: views and materialized views over tables with row
 * level security.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct ProtectedRead
{
	const RelationEntry *view;
	const RelationEntry *table; /* has policies that the view's owner does not feel */
};

/* Each view of that kind (relkind) that passes policies by, once, with the first such table. */
std::span<const ProtectedRead> protected_reads(const Catalog &catalog, char kind);

} // namespace dbeng
