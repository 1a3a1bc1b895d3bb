/*
 * key_shape.hpp: what the values of one key of an index are like: how large,
 * how often NULL, how often alike.
 */
#pragma once

#include "planner/imagined.hpp"

namespace dbeng {

/* Values that are equally frequent. */
struct ValueClass
{
	double values;
	double share; /* of all rows, each */
};

struct KeyShape
{
	double null_fraction;
	std::span<const int32> sizes;		 /* evenly drawn, as an index stores them, header included; one: all alike */
	std::span<const ValueClass> classes; /* without NULLs */
	int16 length;						 /* typlen */
	char align;
	bool unique;  /* no value twice */
	bool ordered; /* the table is in its order, or nearly */
};

/* How many draws KeyShape::sizes has where they differ. */
inline constexpr int size_draws = 64;

/* As an index tuple holds a value of this type: short header where it can, compressed where it is long. */
int32 stored_size(Datum value, int16 length, char storage);

/* From what ANALYZE knows; rows: of the table that has the column. In CurrentMemoryContext. */
KeyShape column_shape(const RelationEntry &table, const ColumnEntry &column, double rows);

/* Of an expression nobody knows anything about. */
KeyShape unknown_shape(Oid type, int32 typmod, double rows);

/* One evenly drawn value out of many, each with a weight; sorts the sizes. */
struct WeightedSize
{
	int32 size;
	double weight;
};
std::span<const int32> drawn_sizes(std::span<WeightedSize> sizes);

} // namespace dbeng
