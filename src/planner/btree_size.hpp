/*
 * btree_size.hpp: the pages of a btree as CREATE INDEX packs them, and of
 * index tuples in general.
 */
#pragma once

#include "planner/key_shape.hpp"

namespace dbeng {

struct TupleSizes
{
	double average; /* MAXALIGNed, without the line pointer */
	double square;	/* average of the squares */
};

enum class Nulls : uint8
{
	none,  /* tuples without any */
	some,  /* tuples with at least one */
	mixed, /* as often as the columns are NULL */
};

/* Of index tuples that hold these keys. */
TupleSizes tuple_sizes(std::span<const KeyShape> keys, Nulls which = Nulls::mixed);

struct BtreeKeys
{
	std::span<const KeyShape> keys; /* INCLUDE columns last */
	std::size_t key_columns;
	double distinct; /* of all key columns together, in all rows; 0 when only their product is known */
	bool unique;
	bool deduplicate; /* equal means identical to all opclasses, and nothing is included */
	int fillfactor;
};

/* rows: that are in the index, of share of the table's rows. */
IndexSize btree_size(const BtreeKeys &keys, double rows, double share);

} // namespace dbeng
