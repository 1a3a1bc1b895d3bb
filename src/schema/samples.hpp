/*
 * samples.hpp: what a column really holds, by the values that ANALYZE kept of
 * it: the most common ones and the bounds of its histogram.
 *
 * A look-up in pg_statistic each: for columns whose name and type already
 * make them candidates. The values are tested, never shown.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct Sample
{
	int values = 0; /* 0: nothing is known */
	int passed = 0;

	bool all() const { return values > 0 && passed == values; }
	bool nearly_all() const { return values > 0 && passed * 10 >= values * 9; }
};

/* Texts without trailing blanks, whole numbers as digits; other types are not sampled. */
using ValueTest = bool (*)(std::string_view value);

/* Empty texts count neither way. */
Sample sampled_values(const RelationEntry &table, const ColumnEntry &column, ValueTest test);

} // namespace dbeng
