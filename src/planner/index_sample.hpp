/*
 * index_sample.hpp: what only the rows tell: the keys an operator class makes
 * of a value, and the values of an expression.
 *
 * Some blocks of the table are read, of a partitioned one over all its
 * partitions. Operator classes and expressions are code: it runs as the owner
 * of the table, under restriction, in a subtransaction that is rolled back,
 * and only when nobody else than that owner or a superuser can have written it.
 */
#pragma once

#include "planner/key_shape.hpp"

namespace dbeng {

/* Keys of a GIN index that are equally frequent. */
struct PostingClass
{
	double keys;
	double share;  /* of the rows, each */
	double blocks; /* share of the blocks that have it; 0: follows from share */
	double bytes;  /* of a key, as an index stores it */
};

struct KeySample
{
	double rows; /* that were looked at */
	double null_fraction;
	std::span<const int32> sizes;		 /* as in KeyShape; GiST: of compressed values */
	std::span<const ValueClass> classes; /* without NULLs */
	std::span<const PostingClass> postings;
	double table_pages;
	double table_rows;
	double union_bytes; /* GiST: of the key over many */
	bool unique;		/* no value was seen twice */
	bool signatures;	/* GiST: keys of another type than the values, of variable length */
};

/* One key of an index in some rows of its table; NULL when they cannot be read. Valid until the transaction ends. */
const KeySample *sample_key(const ImaginedIndex &index, const ImaginedKey &key);

/* Of one table or partition with so many rows. */
IndexSize gin_size(const ImaginedIndex &index, double rows, double share);
IndexSize gist_size(const ImaginedIndex &index, double rows, double share, int fillfactor);

} // namespace dbeng
