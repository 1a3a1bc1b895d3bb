/*
 * gin_size.hpp: the entry pages of a GIN index as CREATE INDEX fills them.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* For entries, on a page. */
inline constexpr double gin_page_room = BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(GinPageOpaqueData));
/* The largest entry: three fit on a page. One with more row pointers has a tree of pages for them. */
inline constexpr double gin_largest_entry = MAXALIGN_DOWN(
	(BLCKSZ - MAXALIGN(SizeOfPageHeaderData + 3 * sizeof(ItemIdData)) - MAXALIGN(sizeof(GinPageOpaqueData))) / 3);
/* Before row pointers: the first one, as it is, and how many bytes follow. */
inline constexpr double gin_list_header = offsetof(GinPostingList, bytes);

struct GinEntries
{
	double count;
	double bytes;	/* line pointers included */
	double squares; /* of the bytes of each */
	double keys;	/* bytes of entries of inner pages that have these keys */
};

/*
 * Leaves and inner pages. A build collects in memory what fits, and then adds
 * it in order. growth: by how much the entries in the end are more, in bytes,
 * than those of the first time.
 */
double gin_entry_pages(const GinEntries &entries, double growth);

/* What a build has in memory for an entry of so many rows, beside its key. */
double gin_entry_memory(double rows);
/* For the key, when it is not passed by value. */
double gin_key_memory(double bytes);

/* Pages of a tree of row pointers that take so many bytes. */
double gin_tree_pages(double bytes);

} // namespace dbeng
