/*
 * record.cpp: changes as bytes, the writer's side.
 *
 * This runs for every changed row. Values are compared as they are stored: an
 * unchanged value that lies in TOAST has the same pointer before and after,
 * and is never fetched.
 */
#include "audit/record.hpp"

#include "core/query.hpp"
#include "core/value_text.hpp"

namespace dbeng {

/* Room for so many bytes more, at the end. */
static inline char *
room(StringInfo to, std::size_t bytes)
{
	if (unlikely(static_cast<std::size_t>(to->maxlen - to->len) <= bytes))
	{
		/* What does not fit an int cannot be had anyway, and is refused by name. */
		enlargeStringInfo(to, static_cast<int>(std::min(bytes, static_cast<std::size_t>(INT_MAX))));
	}
	return to->data + to->len;
}

static inline void
ends_at(StringInfo to, const char *end)
{
	to->len = static_cast<int>(end - to->data);
}

static inline void
append_bytes(StringInfo to, const char *bytes, std::size_t length)
{
	char *at = put_number(room(to, length + longest_number), length);
	memcpy(at, bytes, length);
	ends_at(to, at + length);
}

static const varlena *
varlena_of(Datum value)
{
	return reinterpret_cast<const varlena *>(DatumGetPointer(value));
}

static void
append_varlena(StringInfo to, Datum value)
{
	const varlena *stored = varlena_of(value);
	if (likely(!VARATT_IS_EXTERNAL(stored) && !VARATT_IS_COMPRESSED(stored)))
	{
		append_bytes(to, VARDATA_ANY(stored), VARSIZE_ANY_EXHDR(stored));
		return;
	}
	varlena *plain = detoast_attr(const_cast<varlena *>(stored));
	append_bytes(to, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
	pfree(plain);
}

/*
 * A type's output function may fail, and then so does the statement: SELECT,
 * COPY and pg_dump would fail on the row as well, and a log that leaves out
 * what it cannot show would not have every change.
 */
static void
append_text(StringInfo to, const ShapeColumn &column, Datum value)
{
	int level = pin_value_style();
	if (column.depends_on_path)
		pin_setting("search_path", "pg_catalog, pg_temp");
	char *text = OutputFunctionCall(column.output, value);
	restore_value_style(level);
	append_bytes(to, text, strlen(text));
	pfree(text);
}

static inline void
append_value(StringInfo to, const ShapeColumn &column, Datum value)
{
	if (column.coding == Coding::fixed)
	{
		auto length = static_cast<std::size_t>(column.length);
		char *at = room(to, length);
		if (!column.by_value)
			memcpy(at, DatumGetPointer(value), length);
		else
			switch (column.length)
			{
				case 1:
					*at = DatumGetChar(value);
					break;
				case 2:
				{
					int16 number = DatumGetInt16(value);
					memcpy(at, &number, sizeof(number));
					break;
				}
				case 4:
				{
					int32 number = DatumGetInt32(value);
					memcpy(at, &number, sizeof(number));
					break;
				}
				default:
					memcpy(at, &value, sizeof(value));
			}
		ends_at(to, at + length);
	}
	else if (column.coding == Coding::bytes)
		append_varlena(to, value);
	else
		append_text(to, column, value);
}

static inline void
set_bit(char *bitmap, std::size_t i)
{
	bitmap[i / 8] = static_cast<char>(bitmap[i / 8] | (1 << (i % 8)));
}

static inline bool
has_bit(const char *bitmap, std::size_t i)
{
	return (bitmap[i / 8] & (1 << (i % 8))) != 0;
}

static inline std::size_t
index_of(const ShapeColumn &column)
{
	return static_cast<std::size_t>(column.number - 1);
}

static void
append_row(StringInfo to, const TableShape &shape, TupleTableSlot *slot)
{
	std::size_t n = shape.columns.size();
	std::size_t bitmap_bytes = (n + 7) / 8;
	auto bitmap = static_cast<std::size_t>(to->len);
	memset(room(to, bitmap_bytes), 0, bitmap_bytes);
	to->len += static_cast<int>(bitmap_bytes);
	for (std::size_t i = 0; i < n; i++)
	{
		const ShapeColumn &column = shape.columns[i];
		if (slot->tts_isnull[index_of(column)])
			set_bit(to->data + bitmap, i);
		else if (!column.redacted)
			append_value(to, column, slot->tts_values[index_of(column)]);
	}
}

/* The same value, though it may be stored otherwise: fetched to know. */
pg_noinline static bool
same_when_plain(const varlena *before, const varlena *after)
{
	if (toast_raw_datum_size(PointerGetDatum(before)) != toast_raw_datum_size(PointerGetDatum(after)))
		return false;
	varlena *a = detoast_attr(const_cast<varlena *>(before));
	varlena *b = detoast_attr(const_cast<varlena *>(after));
	bool same = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
	if (a != before)
		pfree(a);
	if (b != after)
		pfree(b);
	return same;
}

static bool
same_varlena(const varlena *before, const varlena *after)
{
	std::size_t size = VARSIZE_ANY(before);
	if (size == VARSIZE_ANY(after) && memcmp(before, after, size) == 0)
		return true;
	if (VARATT_IS_EXTERNAL(before) || VARATT_IS_EXTERNAL(after) || VARATT_IS_COMPRESSED(before) ||
		VARATT_IS_COMPRESSED(after))
		return same_when_plain(before, after);
	/* One may have the short header, and the other the long one. */
	return VARSIZE_ANY_EXHDR(before) == VARSIZE_ANY_EXHDR(after) &&
		   memcmp(VARDATA_ANY(before), VARDATA_ANY(after), VARSIZE_ANY_EXHDR(before)) == 0;
}

static inline bool
same_value(const ShapeColumn &column, Datum before, Datum after)
{
	if (column.by_value)
		return before == after;
	if (column.length > 0)
		return memcmp(DatumGetPointer(before), DatumGetPointer(after), static_cast<std::size_t>(column.length)) == 0;
	if (column.length == -1)
		return same_varlena(varlena_of(before), varlena_of(after));
	return strcmp(DatumGetCString(before), DatumGetCString(after)) == 0;
}

/* Without a key the whole old row says which one it was; what lies in TOAST and is the same would have to be fetched. */
static bool
tells_rows_apart(const TableShape &shape, const ShapeColumn &column, Datum before)
{
	if (shape.has_key)
		return column.key != 0;
	return column.length != -1 || !VARATT_IS_EXTERNAL(varlena_of(before));
}

/* The values of the columns with a bit. */
static void
append_some(StringInfo to, const TableShape &shape, std::size_t bitmap, std::size_t bitmap_bytes, TupleTableSlot *slot)
{
	for (std::size_t byte = 0; byte < bitmap_bytes; byte++)
	{
		auto bits = static_cast<uint8>(to->data[bitmap + byte]);
		while (bits != 0)
		{
			std::size_t i = byte * 8 + static_cast<std::size_t>(pg_rightmost_one_pos32(bits));
			bits = static_cast<uint8>(bits & (bits - 1));
			const ShapeColumn &column = shape.columns[i];
			if (!column.redacted && !slot->tts_isnull[index_of(column)])
				append_value(to, column, slot->tts_values[index_of(column)]);
		}
	}
}

/* false: nothing has changed. */
static bool
append_update(StringInfo to, const TableShape &shape, TupleTableSlot *before, TupleTableSlot *after)
{
	std::size_t n = shape.columns.size();
	std::size_t bitmap_bytes = (n + 7) / 8;
	auto start = static_cast<std::size_t>(to->len);
	char *changed = room(to, 4 * bitmap_bytes);
	memset(changed, 0, 4 * bitmap_bytes);
	to->len += static_cast<int>(4 * bitmap_bytes);
	char *kept = changed + bitmap_bytes;
	char *null_before = kept + bitmap_bytes;
	char *null_after = null_before + bitmap_bytes;

	bool any = false;
	for (std::size_t i = 0; i < n; i++)
	{
		const ShapeColumn &column = shape.columns[i];
		std::size_t at = index_of(column);
		bool was_null = before->tts_isnull[at];
		bool is_null = after->tts_isnull[at];
		bool same = was_null || is_null ? was_null == is_null
										: same_value(column, before->tts_values[at], after->tts_values[at]);
		if (same &&
			(shape.has_key ? column.key == 0 : !was_null && !tells_rows_apart(shape, column, before->tts_values[at])))
			continue;
		set_bit(kept, i);
		if (was_null)
			set_bit(null_before, i);
		if (same)
			continue;
		any = true;
		set_bit(changed, i);
		if (is_null)
			set_bit(null_after, i);
	}
	if (!any)
		return false;
	append_some(to, shape, start + bitmap_bytes, bitmap_bytes, before);
	append_some(to, shape, start, bitmap_bytes, after);
	return true;
}

bool
append_change(RecordPlace &place, int64 audit_id, int shape_number, int query_number, const TableShape &shape,
			  Action action, TupleTableSlot *before, TupleTableSlot *after)
{
	StringInfo to = place.bytes;
	int start = to->len;
	char *at = room(to, 3 * longest_number + 1);
	at = put_number(at, static_cast<uint64>(audit_id - *place.last_id));
	*at++ = static_cast<char>(static_cast<uint8>(action) | (query_number >= 0 ? with_query : 0));
	at = put_number(at, static_cast<uint64>(shape_number));
	if (query_number >= 0)
		at = put_number(at, static_cast<uint64>(query_number));
	ends_at(to, at);

	int columns = shape.columns.empty() ? 0 : shape.columns.back().number;
	if (before != nullptr)
		slot_getsomeattrs(before, columns);
	if (after != nullptr)
		slot_getsomeattrs(after, columns);
	switch (action)
	{
		case Action::insert:
			append_row(to, shape, after);
			break;
		case Action::remove:
			append_row(to, shape, before);
			break;
		case Action::update:
			if (!append_update(to, shape, before, after))
			{
				to->len = start;
				return false;
			}
			break;
		case Action::truncate:
		case Action::unlogged:
			break;
	}
	*place.last_id = audit_id;
	return true;
}

} // namespace dbeng
