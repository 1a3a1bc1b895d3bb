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

namespace {
/*
 * The end of what is gathered, kept where the compiler can hold it: bytes that
 * are written could be anything's, the length of what they are written to
 * among it. done() must be called in the end.
 */
class Writer
{
  public:
	explicit Writer(StringInfo to) : to_(to), at_(to->data + to->len), limit_(to->data + to->maxlen) {}

	/* Room for so many bytes more; took() says how many of them were used. */
	char *room(std::size_t bytes)
	{
		if (unlikely(static_cast<std::size_t>(limit_ - at_) <= bytes))
			enlarge(bytes);
		return at_;
	}
	void took(const char *end) { at_ += end - at_; }
	std::size_t length() const { return static_cast<std::size_t>(at_ - to_->data); }
	char *from_start(std::size_t at) const { return to_->data + at; }
	void done() { to_->len = static_cast<int>(at_ - to_->data); }

	void bytes(const char *from, std::size_t length)
	{
		char *at = put_number(room(length + longest_number), length);
		memcpy(at, from, length);
		took(at + length);
	}

  private:
	pg_noinline void enlarge(std::size_t bytes)
	{
		done();
		/* What does not fit an int cannot be had anyway, and is refused by name. */
		enlargeStringInfo(to_, static_cast<int>(std::min(bytes, static_cast<std::size_t>(INT_MAX))));
		at_ = to_->data + to_->len;
		limit_ = to_->data + to_->maxlen;
	}

	StringInfo to_;
	char *at_;
	char *limit_;
};
} // namespace

static const varlena *
varlena_of(Datum value)
{
	return reinterpret_cast<const varlena *>(DatumGetPointer(value));
}

pg_noinline static void
append_fetched(Writer &to, const varlena *stored)
{
	varlena *plain = detoast_attr(const_cast<varlena *>(stored));
	to.bytes(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
	pfree(plain);
}

static inline void
append_varlena(Writer &to, Datum value)
{
	const varlena *stored = varlena_of(value);
	if (likely(!VARATT_IS_EXTERNAL(stored) && !VARATT_IS_COMPRESSED(stored)))
	{
		to.bytes(VARDATA_ANY(stored), VARSIZE_ANY_EXHDR(stored));
		return;
	}
	append_fetched(to, stored);
}

/*
 * A type's output function may fail, and then so does the statement: SELECT,
 * COPY and pg_dump would fail on the row as well, and a log that leaves out
 * what it cannot show would not have every change.
 */
pg_noinline static void
append_text(Writer &to, const ShapeColumn &column, Datum value)
{
	int level = pin_value_style();
	if (column.depends_on_path)
		pin_setting("search_path", "pg_catalog, pg_temp");
	char *text = OutputFunctionCall(column.output, value);
	restore_value_style(level);
	to.bytes(text, strlen(text));
	pfree(text);
}

static inline void
append_value(Writer &to, const ShapeColumn &column, Datum value)
{
	if (column.coding == Coding::fixed)
	{
		auto length = static_cast<std::size_t>(column.length);
		char *at = to.room(length);
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
		to.took(at + length);
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

static inline std::size_t
index_of(const ShapeColumn &column)
{
	return static_cast<std::size_t>(column.number - 1);
}

static void
append_row(Writer &to, const TableShape &shape, TupleTableSlot *slot)
{
	const ShapeColumn *columns = shape.columns.data();
	std::size_t n = shape.columns.size();
	const Datum *values = slot->tts_values;
	const bool *nulls = slot->tts_isnull;
	std::size_t bitmap_bytes = (n + 7) / 8;
	std::size_t bitmap = to.length();
	char *bits = to.room(bitmap_bytes);
	memset(bits, 0, bitmap_bytes);
	to.took(bits + bitmap_bytes);
	for (std::size_t i = 0; i < n; i++)
	{
		const ShapeColumn &column = columns[i];
		std::size_t at = index_of(column);
		if (nulls[at])
			set_bit(to.from_start(bitmap), i);
		else if (!column.redacted)
			append_value(to, column, values[at]);
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

static bool
lies_in_toast(const ShapeColumn &column, Datum value)
{
	return column.length == -1 && VARATT_IS_EXTERNAL(varlena_of(value));
}

/* The values of the columns with a bit. */
static void
append_some(Writer &to, const TableShape &shape, std::size_t bitmap, std::size_t bitmap_bytes, TupleTableSlot *slot)
{
	for (std::size_t byte = 0; byte < bitmap_bytes; byte++)
	{
		auto bits = static_cast<uint8>(*to.from_start(bitmap + byte));
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
append_update(Writer &to, const TableShape &shape, TupleTableSlot *before, TupleTableSlot *after)
{
	const ShapeColumn *columns = shape.columns.data();
	std::size_t n = shape.columns.size();
	const Datum *values_before = before->tts_values;
	const Datum *values_after = after->tts_values;
	const bool *nulls_before = before->tts_isnull;
	const bool *nulls_after = after->tts_isnull;
	bool has_key = shape.has_key;
	std::size_t bitmap_bytes = (n + 7) / 8;
	std::size_t start = to.length();
	char *changed = to.room(4 * bitmap_bytes);
	memset(changed, 0, 4 * bitmap_bytes);
	to.took(changed + 4 * bitmap_bytes);
	char *kept = changed + bitmap_bytes;
	char *null_before = kept + bitmap_bytes;
	char *null_after = null_before + bitmap_bytes;

	/* Without a key the whole old row says which it was, but for what would have to be fetched. */
	bool any = false;
	for (std::size_t i = 0; i < n; i++)
	{
		const ShapeColumn &column = columns[i];
		std::size_t at = index_of(column);
		bool was_null = nulls_before[at];
		bool is_null = nulls_after[at];
		bool same = was_null || is_null ? was_null == is_null : same_value(column, values_before[at], values_after[at]);
		if (same && (has_key ? column.key == 0 : !was_null && lies_in_toast(column, values_before[at])))
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
	Writer to(place.bytes);
	char *at = to.room(3 * longest_number + 1);
	at = put_number(at, static_cast<uint64>(audit_id - *place.last_id));
	*at++ = static_cast<char>(static_cast<uint8>(action) | (query_number >= 0 ? with_query : 0));
	at = put_number(at, static_cast<uint64>(shape_number));
	if (query_number >= 0)
		at = put_number(at, static_cast<uint64>(query_number));
	to.took(at);

	int columns = shape.columns.empty() ? 0 : shape.columns.back().number;
	switch (action)
	{
		case Action::insert:
			slot_getsomeattrs(after, columns);
			append_row(to, shape, after);
			break;
		case Action::remove:
			slot_getsomeattrs(before, columns);
			append_row(to, shape, before);
			break;
		case Action::update:
			slot_getsomeattrs(before, columns);
			slot_getsomeattrs(after, columns);
			if (!append_update(to, shape, before, after))
				return false;
			break;
		case Action::truncate:
		case Action::unlogged:
			break;
	}
	to.done();
	*place.last_id = audit_id;
	return true;
}

} // namespace dbeng
