/*
 * index_page.hpp: reading pages whose contents nobody vouches for, and what
 * the heap tells of the entries on them.
 */
#pragma once

#include "bloat/index_pages.hpp"

namespace dbeng {

/* An item's place on its page. */
struct PageItem
{
	const char *at; /* NULL: stored nowhere, or not within the page */
	std::size_t size;
};

/* Are the page's bounds in order, and its special space of this size? */
inline bool
is_in_order(Page page, std::size_t special)
{
	auto *header = reinterpret_cast<PageHeader>(page);
	return PageGetPageSize(page) == BLCKSZ && header->pd_special == BLCKSZ - MAXALIGN(special) &&
		   header->pd_lower >= SizeOfPageHeaderData && header->pd_lower <= header->pd_upper &&
		   header->pd_upper <= header->pd_special;
}

/* Between the line pointers and the tuples. */
inline double
hole(Page page)
{
	auto *header = reinterpret_cast<PageHeader>(page);
	return header->pd_upper - header->pd_lower;
}

/* An item of at least so many bytes, within the bounds. */
inline PageItem
item_at(Page page, OffsetNumber offset, std::size_t least)
{
	ItemId pointer = PageGetItemId(page, offset);
	std::size_t at = ItemIdGetOffset(pointer);
	std::size_t size = ItemIdGetLength(pointer);
	auto *header = reinterpret_cast<PageHeader>(page);
	if (size < least || at != MAXALIGN(at) || at < header->pd_upper || at + size > header->pd_special)
		return {nullptr, 0};
	return {page + at, size};
}

/* Bytes that an item of a page takes, with its line pointer. */
inline double
stored_bytes(double size)
{
	return static_cast<double>(MAXALIGN(static_cast<std::size_t>(std::ceil(size))) + sizeof(ItemIdData));
}

/* For items, on a page whose special space is of eight bytes: of BRIN, GIN, SP-GiST. */
inline constexpr double page_room = BLCKSZ - SizeOfPageHeaderData - MAXALIGN(8);

/* The table of an index, which the caller has locked. */
template <class Use>
auto
with_table(Relation index, Use use)
{
	Relation table = relation_open(index->rd_index->indrelid, AccessShareLock);
	auto result = use(table);
	relation_close(table, AccessShareLock);
	return result;
}

inline double
file_bytes(Relation relation)
{
	return static_cast<double>(RelationGetNumberOfBlocks(relation)) * BLCKSZ;
}

/*
 * Whether the rows that entries point to are still needed: those on pages that
 * are visible to all are. Of the others so many are not that it makes up the
 * heap's dead ones.
 */
struct EntryLife
{
	const Maps *maps = nullptr;
	double dead = 0;  /* probability, on pages that are not visible to all */
	double share = 1; /* of all entries, that are needed */
	double error = 0; /* standard error of this share */

	double live(BlockNumber block) const { return maps != nullptr && maps->visible(block) ? 1 : 1 - dead; }
};

EntryLife entry_life(const HeapRows &rows);

/* Was all the code that a build calls written by a superuser? In a trial it runs as whoever asks for the figures. */
bool runs_trusted_code(Relation index);

} // namespace dbeng
