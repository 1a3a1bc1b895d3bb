/*
 * stored_row.hpp: rows as they lie on their pages, for writing them without
 * taking them apart.
 */
#pragma once

#include "audit/shape.hpp"

namespace dbeng {

struct StoredRow
{
	const char *data; /* its values */
	std::size_t size;
	const bits8 *there; /* a bit a column that is not NULL; NULL: none is */
};

/*
 * The row in a slot; false: rows of that shape are not kept as they are stored, this one is not whole, or it is of no
 * heap. Columns that were added after it was written are not in it, and it has but pointers to what lies in TOAST.
 */
inline bool
stored_row(const TableShape &shape, const TupleTableSlot *slot, StoredRow &row)
{
	if (shape.stored.empty() || (slot->tts_ops != &TTSOpsBufferHeapTuple && slot->tts_ops != &TTSOpsHeapTuple))
		return false;
	HeapTuple tuple = reinterpret_cast<const HeapTupleTableSlot *>(slot)->tuple;
	if (tuple == nullptr)
		return false;
	HeapTupleHeader header = tuple->t_data;
	if ((header->t_infomask & HEAP_HASEXTERNAL) != 0 || HeapTupleHeaderGetNatts(header) != shape.stored.size())
		return false;
	row.data = reinterpret_cast<const char *>(header) + header->t_hoff;
	row.size = tuple->t_len - header->t_hoff;
	row.there = (header->t_infomask & HEAP_HASNULL) != 0 ? header->t_bits : nullptr;
	return true;
}

inline bool
is_null(const StoredRow &row, std::size_t column)
{
	return row.there != nullptr && att_isnull(static_cast<int>(column), row.there);
}

/* Where the value behind such a place begins. */
inline std::size_t
value_begin(const StoredColumn &column, const char *data, std::size_t at)
{
	if (column.length == -1 && data[at] != 0)
		return at;
	return TYPEALIGN(column.align, at);
}

inline std::size_t
value_size(const StoredColumn &column, const char *value)
{
	return column.length == -1 ? VARSIZE_ANY(value) : static_cast<std::size_t>(column.length);
}

/* Would it have to be decompressed or fetched? */
inline bool
is_plain(const StoredColumn &column, const char *value)
{
	return column.length != -1 || VARATT_IS_4B_U(value) || (VARATT_IS_1B(value) && !VARATT_IS_1B_E(value));
}

/* Where bytes begin to differ; length: nowhere. */
inline std::size_t
first_difference(const char *a, const char *b, std::size_t length)
{
	std::size_t at = 0;
	for (; at + sizeof(uint64) <= length; at += sizeof(uint64))
	{
		uint64 x;
		uint64 y;
		memcpy(&x, a + at, sizeof x);
		memcpy(&y, b + at, sizeof y);
		if (x != y)
			break;
	}
	while (at < length && a[at] == b[at])
		at++;
	return at;
}

} // namespace dbeng
