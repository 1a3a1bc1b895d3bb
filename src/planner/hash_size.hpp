/*
 * hash_size.hpp: the pages of a hash index as CREATE INDEX makes them.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

inline constexpr double hash_item_bytes =
	MAXALIGN(sizeof(IndexTupleData)) + MAXALIGN(sizeof(uint32)) + sizeof(ItemIdData);
/* Items on a page. */
inline constexpr double hash_page_items =
	static_cast<int>((BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(HashPageOpaqueData))) / hash_item_bytes);

/* Rows of one value that are a matter of their own: they make a bucket overflow, not the chance of what falls into it. */
inline constexpr double hash_frequent = hash_page_items / 4;

struct HashBuckets
{
	double used;
	double allocated; /* pages */
};

/* Made for the rows that were planned; more are split off one by one when there are more than that. */
HashBuckets hash_buckets(double planned, double rows, int fillfactor);

/* What is to be spread over the buckets. */
struct HashRows
{
	double rows;		  /* of values that are not frequent */
	double squares;		  /* over these values, of how many rows each has */
	double frequent;	  /* values that are, none of more rows than a page has */
	double frequent_rows; /* of these, together */
};

/* Pages beside those of the buckets; of overflow pages the expected number. */
double hash_overflow(const HashRows &rows, const HashBuckets &buckets);

/* Of all the index. */
double hash_pages(const HashBuckets &buckets, double overflow);

} // namespace dbeng
