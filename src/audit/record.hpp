/*
 * record.hpp: changes as bytes, and back.
 *
 * A chunk holds the changes of one transaction (or a stretch of it), in their
 * order, whatever their tables. Its payload, before it is compressed:
 *
 *	varint  number of shapes, and of each: varint table_id, 8 bytes hash
 *	varint  number of query texts, and of each: varint length, bytes
 *	records, each:
 *		varint  audit_id less that of the record before; the first: less log_id
 *		byte    action | flags
 *		varint  which shape, from 0
 *		varint  which query, from 0: where the flag says so
 *		insert, delete:  bitmap of NULLs over the shape's columns; the values that are there. With the flag as_stored instead:
 *		                 bitmap of what is not NULL, with the flag stored_nulls only; the values that are there as they are stored
 *		update:          bitmap of the columns that changed; bitmap of those whose old value is kept (the changed ones,
 *		                 the key; where there is no key, all but unchanged ones that lie in TOAST); bitmap of NULLs among old values; bitmap of NULLs
 *		                 among new values; the old values; the new values of the changed ones
 *		truncate, unlogged: nothing
 *	value:  fixed: its bytes; else: varint length, bytes. Of a redacted column: nothing, only its bits.
 *	value as it is stored: its bytes in a heap tuple; of a varlena with the header, which has four bytes or one. It is neither
 *	        compressed nor in TOAST, and nothing aligns it. Of shapes that have all columns of their table from the first on,
 *	        none of them redacted or kept as text.
 *
 * Bitmaps have one bit a column of the shape, least significant first. Varints have seven bits a byte, the lowest first.
 */
#pragma once

#include "audit/shape.hpp"

namespace dbeng {

enum class Action : uint8
{
	insert = 1,
	update,
	remove,
	truncate,
	unlogged /* rows were changed under session_replication_role = replica, so not logged */
};

inline constexpr uint8 action_mask = 0x07;
inline constexpr uint8 with_query = 0x08;
inline constexpr uint8 as_stored = 0x10;
inline constexpr uint8 stored_nulls = 0x20;

/* Varints. */
inline constexpr std::size_t longest_number = 10;

inline char *
put_number(char *to, uint64 value)
{
	while (value >= 0x80)
	{
		*to++ = static_cast<char>(value | 0x80);
		value >>= 7;
	}
	*to++ = static_cast<char>(value);
	return to;
}

/* Where records are gathered; the writer's side. */
struct RecordPlace
{
	StringInfo bytes;
	int64 *last_id; /* of the record before */
};

/*
 * Appends one record; query_number -1: none. Slots are deformed as far as needed; false: an update that changed
 * nothing is left out. What an error leaves behind is for the caller to cut off.
 */
bool append_change(RecordPlace &place, int64 audit_id, int shape_number, int query_number, const TableShape &shape,
				   Action action, TupleTableSlot *before, TupleTableSlot *after);

/* The reader's side. */
struct KeptValue
{
	bool kept; /* false: not in the record */
	bool null;
	bool redacted;
	std::span<const char> bytes;
};

struct RowChange
{
	int64 audit_id;
	Action action;
	int32 table_id;
	const TableShape *shape;
	const char *query;				   /* NULL without */
	std::span<const KeptValue> before; /* one a column of the shape; empty: insert, truncate, unlogged */
	std::span<const KeptValue> after;  /* empty: delete, truncate, unlogged; of an update the changed ones */
	std::span<const uint8> changed;	   /* bitmap; update only */
};

/* Did an update change that column of its shape? */
inline bool
is_changed(const RowChange &change, std::size_t column)
{
	return (change.changed[column / 8] >> (column % 8) & 1) != 0;
}

/* Walks a payload that has been decompressed; raises ERRCODE_DATA_CORRUPTED for what is none. */
class RowChangeReader
{
  public:
	RowChangeReader(std::span<const char> payload, int64 log_id, MemoryContext context);

	/* May it have changes of that table? */
	bool concerns(int32 table_id) const;

	/* The next one; false at the end. Its parts live until the next call. */
	bool next(RowChange &change);

  private:
	std::span<const char> rest_;
	int64 last_id_;
	MemoryContext context_;
	Vector<const TableShape *> shapes_;
	Vector<const char *> queries_;
	Vector<KeptValue> before_;
	Vector<KeptValue> after_;
};

} // namespace dbeng
