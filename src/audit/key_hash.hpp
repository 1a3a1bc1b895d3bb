/*
 * key_hash.hpp: keys as numbers, by which the index of keys finds them.
 *
 * Whenever a logged key and one that is asked for are the same (row_key.hpp),
 * their numbers are, whatever the session's TimeZone is and whatever the column
 * is called by now. Where that cannot be promised, of types whose text depends on
 * settings and of columns that were retyped, the index is not asked for the key, but
 * for all chunks with rows of that shape.
 */
#pragma once

#include "audit/row_key.hpp"

namespace dbeng {

/* What of a column's values goes into the number. */
enum class KeyForm : uint8
{
	none, /* it cannot be told */
	integer,
	text,
	boolean,
	uuid,
	numeric,
	bytes /* as they are kept: good for columns of the very same type */
};

/* The keys of rows of a shape. */
class ShapeKey
{
  public:
	explicit ShapeKey(const TableShape &shape);

	/* Have keys of that shape numbers? */
	bool hashed() const { return !columns_.empty(); }
	/* Is it the key that the table has now, and are same keys the same numbers? */
	bool fits(PresentTable &table) const;

	/* Of the row before a change and after it; false: there is none. */
	bool before(const RowChange &change, uint32 &hash) const;
	bool after(const RowChange &change, uint32 &hash) const;

  private:
	struct Column
	{
		uint16 place; /* among the shape's columns */
		KeyForm form;
	};

	uint32 hash(const RowChange &change, bool after) const;

	const TableShape *shape_;
	StaticVector<Column, INDEX_MAX_KEYS> columns_;
};

/* Of a key that the table has now. */
uint32 key_number(const PresentTable &table, RowKey key);

/* What stands for all chunks with rows of a shape. */
uint32 shape_mark(int32 table_id, uint64 shape_hash);

/* What stands for those that say something of all rows of a table: it was truncated, or written past the log. */
uint32 table_mark(int32 table_id);

/* What stands for those that could not be read. */
uint32 unreadable_mark();

} // namespace dbeng
