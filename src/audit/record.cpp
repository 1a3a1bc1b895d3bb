/*
 * record.cpp: changes as bytes, the writer's side.
 *
 * This runs for every changed row. Values are compared as they are stored: an
 * unchanged value that lies in TOAST has the same pointer before and after,
 * and is never fetched.
 */
#include "audit/record.hpp"

#include "audit/stored_row.hpp"
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

/* How many attributes of a row are looked at. */
static int
last_column(const TableShape &shape)
{
	return shape.columns.empty() ? 0 : shape.columns.back().number;
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

namespace {
/* The bitmaps of an update, one behind the other. */
class UpdateBits
{
  public:
	UpdateBits(Writer &to, const TableShape &shape)
		: to_(to), start_(to.length()), bytes_((shape.columns.size() + 7) / 8)
	{
		char *bits = to.room(4 * bytes_);
		memset(bits, 0, 4 * bytes_);
		to.took(bits + 4 * bytes_);
		changed_ = bits;
	}

	void keep(std::size_t column, bool was_null)
	{
		set_bit(changed_ + bytes_, column);
		if (was_null)
			set_bit(changed_ + 2 * bytes_, column);
	}
	void change(std::size_t column, bool is_null)
	{
		any_ = true;
		set_bit(changed_, column);
		if (is_null)
			set_bit(changed_ + 3 * bytes_, column);
	}
	bool any() const { return any_; }

	/* append(i) for each column i whose old value is kept, and for each that changed; nothing can be marked any more. */
	template <class Append>
	void each_kept(Append append) const
	{
		each(start_ + bytes_, append);
	}
	template <class Append>
	void each_changed(Append append) const
	{
		each(start_, append);
	}

  private:
	template <class Append>
	void each(std::size_t bitmap, Append append) const
	{
		for (std::size_t byte = 0; byte < bytes_; byte++)
		{
			auto bits = static_cast<uint8>(*to_.from_start(bitmap + byte));
			while (bits != 0)
			{
				append(byte * 8 + static_cast<std::size_t>(pg_rightmost_one_pos32(bits)));
				bits = static_cast<uint8>(bits & (bits - 1));
			}
		}
	}

	const Writer &to_;
	char *changed_; /* until something is appended */
	std::size_t start_;
	std::size_t bytes_;
	bool any_ = false;
};
} // namespace

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
	UpdateBits bits(to, shape);
	/* Without a key the whole old row says which it was, but for what would have to be fetched. */
	for (std::size_t i = 0; i < n; i++)
	{
		const ShapeColumn &column = columns[i];
		std::size_t at = index_of(column);
		bool was_null = nulls_before[at];
		bool is_null = nulls_after[at];
		bool same = was_null || is_null ? was_null == is_null : same_value(column, values_before[at], values_after[at]);
		if (same && (has_key ? column.key == 0 : !was_null && lies_in_toast(column, values_before[at])))
			continue;
		bits.keep(i, was_null);
		if (!same)
			bits.change(i, is_null);
	}
	if (!bits.any())
		return false;
	auto append = [&](std::size_t i, const TupleTableSlot *slot)
	{
		const ShapeColumn &column = columns[i];
		if (!column.redacted && !slot->tts_isnull[index_of(column)])
			append_value(to, column, slot->tts_values[index_of(column)]);
	};
	bits.each_kept([&](std::size_t i) { append(i, before); });
	bits.each_changed([&](std::size_t i) { append(i, after); });
	return true;
}

static void
append_stored_value(Writer &to, const StoredColumn &column, const char *value)
{
	if (column.length == -1)
	{
		to.bytes(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
		return;
	}
	auto length = static_cast<std::size_t>(column.length);
	char *at = to.room(length);
	memcpy(at, value, length);
	to.took(at + length);
}

namespace {
enum class Outcome : uint8
{
	appended,
	unchanged,
	other_form /* it cannot be told without taking the rows apart */
};
} // namespace

/*
 * The same from rows as they are stored. Up to where their bytes begin to differ they are walked as one, and what they
 * have there is the same; as it is behind a difference that left all at its place.
 */
static Outcome
append_stored_update(Writer &to, const TableShape &shape, const StoredRow &before, const StoredRow &after)
{
	std::size_t n = shape.stored.size();
	bool same_nulls = before.there == after.there || (before.there != nullptr && after.there != nullptr &&
													  memcmp(before.there, after.there, (n + 7) / 8) == 0);
	std::size_t shorter = std::min(before.size, after.size);
	auto same_from = [&](std::size_t at)
	{ return same_nulls ? at + first_difference(before.data + at, after.data + at, shorter - at) : 0; };

	uint16 begins_before[MaxHeapAttributeNumber];
	uint16 begins_after[MaxHeapAttributeNumber];
	bool has_key = shape.has_key;
	UpdateBits bits(to, shape);
	std::size_t a = 0;
	std::size_t b = 0;
	std::size_t same_until = same_from(0);
	for (std::size_t i = 0; i < n; i++)
	{
		const StoredColumn &column = shape.stored[i];
		bool was_null = is_null(before, i);
		bool is_null_now = same_nulls ? was_null : is_null(after, i);
		bool same = was_null && is_null_now;
		const char *old_value = nullptr;
		if (!was_null)
		{
			a = value_begin(column, before.data, a);
			old_value = before.data + a;
			begins_before[i] = static_cast<uint16>(a);
			a += value_size(column, old_value);
			same = a <= same_until;
		}
		if (same && !was_null)
			b = a;
		else if (!is_null_now)
		{
			b = value_begin(column, after.data, b);
			const char *new_value = after.data + b;
			begins_after[i] = static_cast<uint16>(b);
			std::size_t size = value_size(column, new_value);
			b += size;
			if (!was_null)
				same = value_size(column, old_value) == size && memcmp(old_value, new_value, size) == 0;
			if (!same)
			{
				if (!is_plain(column, new_value) || (!was_null && !is_plain(column, old_value)))
					return Outcome::other_form;
				/* One may have the short header, and the other the long one. */
				if (!was_null && column.length == -1)
					same = VARSIZE_ANY_EXHDR(old_value) == VARSIZE_ANY_EXHDR(new_value) &&
						   memcmp(VARDATA_ANY(old_value), VARDATA_ANY(new_value), VARSIZE_ANY_EXHDR(old_value)) == 0;
			}
			if (a == b && !was_null)
				same_until = same_from(a);
			else
				same_until = 0;
		}
		if (same && has_key && shape.columns[i].key == 0)
			continue;
		if (!was_null && !is_plain(column, old_value))
			return Outcome::other_form;
		bits.keep(i, was_null);
		if (!same)
			bits.change(i, is_null_now);
	}
	if (!bits.any())
		return Outcome::unchanged;
	bits.each_kept(
		[&](std::size_t i)
		{
			if (!is_null(before, i))
				append_stored_value(to, shape.stored[i], before.data + begins_before[i]);
		});
	bits.each_changed(
		[&](std::size_t i)
		{
			if (!is_null(after, i))
				append_stored_value(to, shape.stored[i], after.data + begins_after[i]);
		});
	return Outcome::appended;
}

static bool
append_update_of(Writer &to, const TableShape &shape, TupleTableSlot *before, TupleTableSlot *after)
{
	StoredRow old_row;
	StoredRow new_row;
	if (stored_row(shape, before, old_row) && stored_row(shape, after, new_row))
	{
		std::size_t start = to.length();
		Outcome outcome = append_stored_update(to, shape, old_row, new_row);
		if (outcome != Outcome::other_form)
			return outcome == Outcome::appended;
		to.took(to.from_start(start));
	}
	int columns = last_column(shape);
	slot_getsomeattrs(before, columns);
	slot_getsomeattrs(after, columns);
	return append_update(to, shape, before, after);
}

/* false: a value is compressed. Values that nothing keeps apart but what aligns them are copied together. */
static bool
append_stored_row(Writer &to, const TableShape &shape, const StoredRow &row)
{
	std::size_t n = shape.stored.size();
	std::size_t bitmap = row.there == nullptr ? 0 : (n + 7) / 8;
	char *end = to.room(bitmap + row.size);
	if (bitmap != 0)
		memcpy(end, row.there, bitmap);
	end += bitmap;
	std::size_t copied = 0;
	std::size_t at = 0;
	for (std::size_t i = 0; i < n; i++)
	{
		if (is_null(row, i))
			continue;
		const StoredColumn &column = shape.stored[i];
		std::size_t begin = value_begin(column, row.data, at);
		if (begin != at)
		{
			memcpy(end, row.data + copied, at - copied);
			end += at - copied;
			copied = begin;
		}
		if (!is_plain(column, row.data + begin))
			return false;
		at = begin + value_size(column, row.data + begin);
	}
	memcpy(end, row.data + copied, at - copied);
	to.took(end + (at - copied));
	return true;
}

static void
append_row_of(Writer &to, const TableShape &shape, std::size_t action, TupleTableSlot *slot)
{
	StoredRow row;
	if (!stored_row(shape, slot, row) || !append_stored_row(to, shape, row))
	{
		slot_getsomeattrs(slot, last_column(shape));
		append_row(to, shape, slot);
		return;
	}
	char *flags = to.from_start(action);
	*flags = static_cast<char>(*flags | as_stored | (row.there == nullptr ? 0 : stored_nulls));
}

bool
append_change(RecordPlace &place, int64 audit_id, int shape_number, int query_number, const TableShape &shape,
			  Action action, TupleTableSlot *before, TupleTableSlot *after)
{
	Writer to(place.bytes);
	char *at = to.room(3 * longest_number + 1);
	at = put_number(at, static_cast<uint64>(audit_id - *place.last_id));
	auto flags = static_cast<std::size_t>(at - to.from_start(0));
	*at++ = static_cast<char>(static_cast<uint8>(action) | (query_number >= 0 ? with_query : 0));
	at = put_number(at, static_cast<uint64>(shape_number));
	if (query_number >= 0)
		at = put_number(at, static_cast<uint64>(query_number));
	to.took(at);

	switch (action)
	{
		case Action::insert:
			append_row_of(to, shape, flags, after);
			break;
		case Action::remove:
			append_row_of(to, shape, flags, before);
			break;
		case Action::update:
			if (!append_update_of(to, shape, before, after))
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
