#include "audit/key_hash.hpp"

namespace dbeng {

static KeyForm
form_of(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return KeyForm::integer;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return KeyForm::text;
		case BOOLOID:
			return KeyForm::boolean;
		case UUIDOID:
			return KeyForm::uuid;
		case NUMERICOID:
			return KeyForm::numeric;
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
		case OIDOID:
		case XID8OID:
		case PG_LSNOID:
		case BYTEAOID:
		case NAMEOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
		case BITOID:
		case VARBITOID:
		case INT4RANGEOID:
		case INT8RANGEOID:
		case DATERANGEOID:
		case TSRANGEOID:
		case TSTZRANGEOID:
			return KeyForm::bytes;
		default:
			return KeyForm::none;
	}
}

static KeyForm
form_of(const TableShape &shape, const ShapeColumn &column)
{
	if (column.redacted)
		return KeyForm::none;
	KeyForm form = column.coding == Coding::cstring ? KeyForm::text : form_of(column.type);
	/* Restored into a database of another encoding, a text is other bytes there. */
	if (form == KeyForm::text && shape.encoding != GetDatabaseEncoding())
		return KeyForm::none;
	return form;
}

ShapeKey::ShapeKey(const TableShape &shape) : shape_(&shape)
{
	for (int16 number = 1; shape.has_key && number <= INDEX_MAX_KEYS; number++)
	{
		auto column = std::find_if(shape.columns.begin(), shape.columns.end(),
								   [number](const ShapeColumn &one) { return one.key == number; });
		if (column == shape.columns.end())
			return;
		KeyForm form = form_of(shape, *column);
		if (form == KeyForm::none)
		{
			columns_.clear();
			return;
		}
		columns_.push_back({static_cast<uint16>(column - shape.columns.begin()), form});
	}
}

/* A key is compared as text: are two forms the same where the texts are? */
static bool
same_number(KeyForm logged, Oid logged_type, Oid present_type)
{
	KeyForm present = form_of(present_type);
	if (logged == KeyForm::bytes || present == KeyForm::bytes)
		return logged == present && logged_type == present_type;
	/* Digits after the point may be more in one of them. */
	if (logged == KeyForm::numeric)
		return present == KeyForm::numeric || present == KeyForm::integer;
	return present != KeyForm::numeric || logged == KeyForm::integer;
}

bool
ShapeKey::fits(PresentTable &table) const
{
	if (!hashed() || table.key().size() != columns_.size())
		return false;
	std::span<const int> places = table.places(*shape_);
	for (std::size_t i = 0; i < columns_.size(); i++)
	{
		auto column = static_cast<std::size_t>(table.key()[i]);
		if (places[column] != columns_[i].place ||
			!same_number(columns_[i].form, shape_->columns[columns_[i].place].type,
						 getBaseType(table.columns()[column].type)))
			return false;
	}
	return true;
}

namespace {
/* A number over the columns of a key, one after the other. */
class KeyNumber
{
  public:
	explicit KeyNumber(int32 table_id) : hash_(static_cast<uint64>(table_id)) {}

	void add_null() { hash_ = hash_combine64(hash_, 1); }
	void add(const char *bytes, std::size_t length)
	{
		hash_ = hash_bytes_extended(reinterpret_cast<const unsigned char *>(bytes), static_cast<int>(length), hash_);
	}
	uint32 end() const { return static_cast<uint32>(hash_ >> 32); }

  private:
	uint64 hash_;
};
} // namespace

static int64
integer_of(std::span<const char> bytes)
{
	int64 value = 0;
	switch (bytes.size())
	{
		case sizeof(int16):
		{
			int16 small;
			memcpy(&small, bytes.data(), sizeof small);
			return small;
		}
		case sizeof(int32):
		{
			int32 usual;
			memcpy(&usual, bytes.data(), sizeof usual);
			return usual;
		}
		default:
			memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
			return value;
	}
}

/* As uuid_out() writes it. */
static void
add_uuid(KeyNumber &number, std::span<const char> bytes)
{
	constexpr const char *digits = "0123456789abcdef";
	char text[36];
	char *to = text;
	for (std::size_t i = 0; i < bytes.size() && i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		auto byte = static_cast<uint8>(bytes[i]);
		*to++ = digits[byte >> 4];
		*to++ = digits[byte & 15];
	}
	number.add(text, static_cast<std::size_t>(to - text));
}

static void
add_numeric(KeyNumber &number, std::span<const char> bytes)
{
	auto *value = static_cast<varlena *>(palloc(bytes.size() + VARHDRSZ));
	SET_VARSIZE(value, bytes.size() + VARHDRSZ);
	memcpy(VARDATA(value), bytes.data(), bytes.size());
	char *text = numeric_normalize(reinterpret_cast<Numeric>(value));
	number.add(text, strlen(text));
	pfree(text);
	pfree(value);
}

static void
add(KeyNumber &number, KeyForm form, std::span<const char> bytes)
{
	switch (form)
	{
		case KeyForm::integer:
		{
			char text[MAXINT8LEN + 1];
			number.add(text, static_cast<std::size_t>(pg_lltoa(integer_of(bytes), text)));
			break;
		}
		case KeyForm::boolean:
			number.add(bytes[0] != 0 ? "t" : "f", 1);
			break;
		case KeyForm::uuid:
			add_uuid(number, bytes);
			break;
		case KeyForm::numeric:
			add_numeric(number, bytes);
			break;
		case KeyForm::text:
		case KeyForm::bytes:
		case KeyForm::none:
			number.add(bytes.data(), bytes.size());
			break;
	}
}

uint32
ShapeKey::hash(const RowChange &change, bool after) const
{
	KeyNumber number(change.table_id);
	for (const Column &column : columns_)
	{
		/* What an update left alone is as before. */
		bool changed = after && change.after[column.place].kept;
		const KeptValue &value =
			changed || change.before.empty() ? change.after[column.place] : change.before[column.place];
		if (!value.kept || value.null)
			number.add_null();
		else
			add(number, column.form, value.bytes);
	}
	return number.end();
}

bool
ShapeKey::before(const RowChange &change, uint32 &number) const
{
	if (change.before.empty())
		return false;
	number = hash(change, false);
	return true;
}

bool
ShapeKey::after(const RowChange &change, uint32 &number) const
{
	if (change.after.empty())
		return false;
	number = hash(change, true);
	return true;
}

/* The bytes that a value of today would be kept as. */
static void
add_bytes(KeyNumber &number, Oid type, const char *text)
{
	Oid input;
	Oid argument;
	getTypeInputInfo(type, &input, &argument);
	Datum value = OidInputFunctionCall(input, const_cast<char *>(text), argument, -1);
	int16 length;
	bool by_value;
	get_typlenbyval(type, &length, &by_value);
	if (by_value)
	{
		Datum place = 0;
		store_att_byval(&place, value, length);
		number.add(reinterpret_cast<const char *>(&place), static_cast<std::size_t>(length));
	}
	else if (length > 0)
		number.add(DatumGetPointer(value), static_cast<std::size_t>(length));
	else
	{
		auto *plain = PG_DETOAST_DATUM_PACKED(value);
		number.add(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
	}
}

uint32
key_number(const PresentTable &table, RowKey key)
{
	KeyNumber number(table.table_id());
	for (std::size_t i = 0; i < key.size(); i++)
	{
		Oid type = getBaseType(table.columns()[static_cast<std::size_t>(table.key()[i])].type);
		if (key[i] == nullptr)
			number.add_null();
		else if (form_of(type) == KeyForm::bytes)
			add_bytes(number, type, key[i]);
		else
			number.add(key[i], strlen(key[i]));
	}
	return number.end();
}

static uint32
mark(const char *kind, int32 table_id, uint64 hash)
{
	KeyNumber number(table_id);
	number.add(kind, strlen(kind));
	number.add(reinterpret_cast<const char *>(&hash), sizeof hash);
	return number.end();
}

uint32
shape_mark(int32 table_id, uint64 shape_hash)
{
	return mark("shape", table_id, shape_hash);
}

uint32
table_mark(int32 table_id)
{
	return mark("table", table_id, 0);
}

uint32
unreadable_mark()
{
	return mark("unreadable", 0, 0);
}

} // namespace dbeng
