#include "partition/calendar.hpp"

#include "core/text.hpp"

namespace dbeng {

/* From 1970 to 2000, where the server's own times begin. */
static constexpr int64 unix_us = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
/* What 48 bits cannot hold any more. */
static constexpr int64 past_uuid_ms = INT64CONST(1) << 48;
static constexpr int64 past_all = std::numeric_limits<int64>::max();
static constexpr int64 before_all = std::numeric_limits<int64>::min();
static constexpr char ulid_symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static constexpr int ulid_time_length = 10;

static constexpr std::pair<Encoding, const char *> encoding_names[] = {
	{Encoding::date, "date"},
	{Encoding::timestamp, "timestamp"},
	{Encoding::timestamptz, "timestamptz"},
	{Encoding::number, "number"},
	{Encoding::seconds, "seconds"},
	{Encoding::milliseconds, "milliseconds"},
	{Encoding::microseconds, "microseconds"},
	{Encoding::nanoseconds, "nanoseconds"},
	{Encoding::snowflake, "snowflake"},
	{Encoding::uuid, "uuidv7"},
	{Encoding::ulid, "ulid"},
};

const char *
encoding_name(Encoding encoding)
{
	for (const auto &[known, name] : encoding_names)
		if (known == encoding)
			return name;
	return nullptr;
}

bool
encoding_of_name(const char *name, Encoding *encoding)
{
	for (const auto &[known, known_name] : encoding_names)
		if (strcmp(known_name, name) == 0)
		{
			*encoding = known;
			return true;
		}
	return false;
}

bool
encoding_of_type(Oid type, Encoding *encoding)
{
	switch (getBaseType(type))
	{
		case DATEOID:
			*encoding = Encoding::date;
			return true;
		case TIMESTAMPOID:
			*encoding = Encoding::timestamp;
			return true;
		case TIMESTAMPTZOID:
			*encoding = Encoding::timestamptz;
			return true;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			*encoding = Encoding::number;
			return true;
		case UUIDOID:
			*encoding = Encoding::uuid;
			return true;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			*encoding = Encoding::ulid;
			return true;
		default:
			return false;
	}
}

int64
epoch_milliseconds(TimestampTz moment)
{
	return (moment + unix_us) / 1000;
}

TimestampTz
epoch_moment(int64 milliseconds)
{
	return milliseconds * 1000 - unix_us;
}

int64
interval_microseconds(const Interval &interval)
{
	return (int64{interval.month} * DAYS_PER_MONTH + interval.day) * USECS_PER_DAY + interval.time;
}

/* Sums and products that stay at the end of what there is. */
static int64
add(int64 a, int64 b)
{
	int64 sum;
	return pg_add_s64_overflow(a, b, &sum) ? (a > 0 ? past_all : before_all) : sum;
}

static int64
subtract(int64 a, int64 b)
{
	int64 difference;
	return pg_sub_s64_overflow(a, b, &difference) ? (a > 0 || (a == 0 && b < 0) ? past_all : before_all) : difference;
}

static int64
multiply(int64 a, int64 b)
{
	int64 product;
	return pg_mul_s64_overflow(a, b, &product) ? ((a > 0) == (b > 0) ? past_all : before_all) : product;
}

static int64
floor_divided(int64 a, int64 b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static int64
ceiling_divided(int64 a, int64 b)
{
	return a / b + (a % b > 0 ? 1 : 0);
}

static int64
clamped(int64 time)
{
	return std::clamp(time, int64{MIN_TIMESTAMP}, int64{END_TIMESTAMP});
}

/* How many of these the key counts in a second; 0: it is no count since 1970. */
static int64
units_per_second(Encoding encoding)
{
	switch (encoding)
	{
		case Encoding::seconds:
			return 1;
		case Encoding::milliseconds:
			return 1000;
		case Encoding::microseconds:
			return USECS_PER_SEC;
		case Encoding::nanoseconds:
			return 1000 * USECS_PER_SEC;
		default:
			return 0;
	}
}

static int64
greatest_of(Oid type)
{
	return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX;
}

static int64
least_of(Oid type)
{
	return type == INT2OID ? PG_INT16_MIN : type == INT4OID ? PG_INT32_MIN : PG_INT64_MIN;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static int64
integer_of(Oid type, Datum key)
{
	return type == INT2OID ? DatumGetInt16(key) : type == INT4OID ? DatumGetInt32(key) : DatumGetInt64(key);
}

static Datum
integer_datum(Oid type, int64 key)
{
	return type == INT2OID	 ? Int16GetDatum(static_cast<int16>(key))
		   : type == INT4OID ? Int32GetDatum(static_cast<int32>(key))
							 : Int64GetDatum(key);
}

/* Are all texts of the 32 symbols ordered by them? Some languages take two letters for one, or put Y beside I. */
static bool
orders_ulids(const FmgrInfo *comparison, Oid collation)
{
	auto text = [](int pair)
	{ return CStringGetTextDatum(format("01%c%c0", ulid_symbols[pair / 32], ulid_symbols[pair % 32])); };
	Datum before = text(0);
	for (int pair = 1; pair < 32 * 32; pair++)
	{
		Datum after = text(pair);
		if (DatumGetInt32(FunctionCall2Coll(const_cast<FmgrInfo *>(comparison), collation, before, after)) >= 0)
			return false;
		before = after;
	}
	return true;
}

const char *
Calendar::check_type() const
{
	const char *name = encoding_name(rule_.encoding);
	switch (rule_.encoding)
	{
		case Encoding::date:
			return type_ == DATEOID ? nullptr : format("encoding %s is of keys of type date", name);
		case Encoding::timestamp:
			return type_ == TIMESTAMPOID ? nullptr : format("encoding %s is of keys of type timestamp", name);
		case Encoding::timestamptz:
			return type_ == TIMESTAMPTZOID ? nullptr : format("encoding %s is of keys of type timestamptz", name);
		case Encoding::number:
			return is_integer(type_) ? nullptr : format("encoding %s is of integer keys", name);
		case Encoding::seconds:
			return type_ == INT4OID || type_ == INT8OID
					   ? nullptr
					   : format("encoding %s is of keys of type integer or bigint", name);
		case Encoding::milliseconds:
		case Encoding::microseconds:
		case Encoding::nanoseconds:
			return type_ == INT8OID ? nullptr : format("encoding %s is of keys of type bigint", name);
		case Encoding::snowflake:
			if (type_ != INT8OID)
				return format("encoding %s is of keys of type bigint", name);
			return rule_.shift >= 0 && rule_.shift <= 40
					   ? nullptr
					   : format("%d bits below the milliseconds of a snowflake are not from 0 to 40", rule_.shift);
		case Encoding::uuid:
			return type_ == UUIDOID ? nullptr : format("encoding %s is of keys of type uuid", name);
		case Encoding::ulid:
			break;
	}
	if (type_ != TEXTOID && type_ != VARCHAROID && type_ != BPCHAROID)
		return format("encoding %s is of keys of type text", name);
	if (typmod_ >= VARHDRSZ && typmod_ - VARHDRSZ < 26)
		return format("a ULID has 26 characters, and the key takes %d", typmod_ - VARHDRSZ);
	if (!orders_ulids(comparison_, collation_))
		return format("collation %s does not order the symbols of ULIDs as they count",
					  quoted(get_collation_name(collation_)));
	return nullptr;
}

const char *
Calendar::check_step() const
{
	const Interval &step = rule_.step;
	if (rule_.encoding == Encoding::number)
	{
		if (rule_.number <= 0)
			return format("a step of " INT64_FORMAT " leads nowhere", rule_.number);
		return rule_.number <= greatest_of(type_)
				   ? nullptr
				   : format("a step of " INT64_FORMAT " is more than the key's type can count", rule_.number);
	}
	if (!pg::is_finite(step))
		return "a step that is infinite never ends";
	int fields = (step.month != 0) + (step.day != 0) + (step.time != 0);
	if (fields == 0)
		return "a step of no length leads nowhere";
	if (fields > 1)
		return "a step has one of months, days and a time, and no mixture: their lengths have no fixed relation";
	if (step.month < 0 || step.day < 0 || step.time < 0)
		return "a step backwards leads nowhere";
	if (step.time > 0 && rule_.encoding == Encoding::date)
		return "a date knows no time of day: take a step of days";
	if (step.time > 0 && step.time < USECS_PER_MINUTE)
		return "a step shorter than a minute makes more partitions than a server can take";
	if (step.month > 1200 || step.day > 36525 || step.time > 36525 * USECS_PER_DAY)
		return "a step longer than a century divides nothing";
	return nullptr;
}

const char *
Calendar::check_key(const CalendarRule &rule, Oid type, int32 typmod, Oid collation)
{
	rule_ = rule;
	rule_.zone = pstrdup(rule.zone);
	typmod_ = typmod;
	type_ = getBaseTypeAndTypmod(type, &typmod_);
	collation_ = collation;
	TypeCacheEntry *cached = lookup_type_cache(type_, TYPECACHE_CMP_PROC_FINFO);
	if (!OidIsValid(cached->cmp_proc_finfo.fn_oid))
		return format("type %s has no order", format_type_be(type_));
	comparison_ = &cached->cmp_proc_finfo;
	return check_type();
}

const char *
Calendar::make(const CalendarRule &rule, Oid type, int32 typmod, Oid collation)
{
	if (const char *trouble = check_key(rule, type, typmod, collation))
		return trouble;
	if (const char *trouble = check_step())
		return trouble;
	if (!timed())
	{
		anchor_ = rule.anchored ? rule.anchor : 0;
		return nullptr;
	}
	zone_ = pg_tzset(rule_.zone);
	if (zone_ == nullptr)
		return format("time zone \"%s\" is not known to this server", rule_.zone);
	if (rule.anchored)
	{
		if (!IS_VALID_TIMESTAMP(rule.anchor))
			return "its anchor is out of range";
		anchor_ = rule.anchor;
		anchor_wall_ = to_wall(anchor_);
		return nullptr;
	}
	/* 2000-01-03 was a Monday. */
	anchor_wall_ = rule.step.day % 7 == 0 && rule.step.day > 0 ? 2 * USECS_PER_DAY : 0;
	anchor_ = to_instant(anchor_wall_);
	return nullptr;
}

bool
Calendar::timed() const
{
	return rule_.encoding != Encoding::number;
}

/* Do positions tell instants, not what a clock shows? */
bool
Calendar::is_instant() const
{
	return timed() && rule_.encoding != Encoding::date && rule_.encoding != Encoding::timestamp;
}

int64
Calendar::to_wall(int64 instant) const
{
	struct pg_tm at;
	fsec_t fraction;
	int offset;
	Timestamp wall;
	if (!is_instant())
		return instant;
	if (timestamp2tm(instant, &offset, &at, &fraction, nullptr, zone_) != 0 ||
		tm2timestamp(&at, fraction, nullptr, &wall) != 0)
		return instant;
	return wall;
}

/* Of a time that was never shown, or was shown twice, the server's own choice. */
int64
Calendar::to_instant(int64 wall) const
{
	struct pg_tm at;
	fsec_t fraction;
	Timestamp instant;
	if (!is_instant())
		return wall;
	if (timestamp2tm(wall, nullptr, &at, &fraction, nullptr, nullptr) != 0)
		return wall;
	int offset = DetermineTimeZoneOffset(&at, zone_);
	if (tm2timestamp(&at, fraction, &offset, &instant) != 0)
		return clamped(wall);
	return instant;
}

int64
Calendar::position_of(TimestampTz moment) const
{
	struct pg_tm at;
	fsec_t fraction;
	int offset;
	Timestamp wall;
	if (is_instant())
		return moment;
	if (timestamp2tm(moment, &offset, &at, &fraction, nullptr, zone_) != 0 ||
		tm2timestamp(&at, fraction, nullptr, &wall) != 0)
		return moment;
	return wall;
}

int64
Calendar::position_of_wall(Timestamp wall) const
{
	return to_instant(wall);
}

/* The wall clock so many months later; the last day of a month where it has no such day. */
static int64
months_later(int64 wall, int64 months)
{
	struct pg_tm at;
	fsec_t fraction;
	Timestamp later;
	if (timestamp2tm(wall, nullptr, &at, &fraction, nullptr, nullptr) != 0)
		return wall;
	int64 month = add(int64{at.tm_year} * MONTHS_PER_YEAR + at.tm_mon - 1, months);
	/* The server's years end at 294276, and begin with 4713 BC. */
	if (month > INT64CONST(295000) * MONTHS_PER_YEAR)
		return END_TIMESTAMP;
	if (month < INT64CONST(-5000) * MONTHS_PER_YEAR)
		return MIN_TIMESTAMP;
	at.tm_year = static_cast<int>(floor_divided(month, MONTHS_PER_YEAR));
	at.tm_mon = static_cast<int>(month - int64{at.tm_year} * MONTHS_PER_YEAR) + 1;
	at.tm_mday = std::min(at.tm_mday, day_tab[isleap(at.tm_year) ? 1 : 0][at.tm_mon - 1]);
	if (tm2timestamp(&at, fraction, nullptr, &later) != 0)
		return months > 0 ? int64{END_TIMESTAMP} : int64{MIN_TIMESTAMP};
	return later;
}

int64
Calendar::earlier(int64 position, const Interval &by) const
{
	int64 wall = months_later(to_wall(position), -int64{by.month});
	wall = subtract(wall, by.day * USECS_PER_DAY);
	return clamped(subtract(to_instant(clamped(wall)), by.time));
}

/* Where the cell of that number, counted from the anchor, begins. */
int64
Calendar::edge(int64 number) const
{
	const Interval &step = rule_.step;
	if (!timed())
		return add(anchor_, multiply(number, rule_.number));
	if (step.time > 0)
		return clamped(add(anchor_, multiply(number, step.time)));
	int64 wall = step.month > 0 ? months_later(anchor_wall_, multiply(number, step.month))
								: add(anchor_wall_, multiply(multiply(number, step.day), USECS_PER_DAY));
	if (wall <= MIN_TIMESTAMP || wall >= END_TIMESTAMP)
		return clamped(wall);
	return clamped(to_instant(wall));
}

static int64
month_number(int64 wall)
{
	struct pg_tm at;
	fsec_t fraction;
	if (timestamp2tm(wall, nullptr, &at, &fraction, nullptr, nullptr) != 0)
		return 0;
	return int64{at.tm_year} * MONTHS_PER_YEAR + at.tm_mon - 1;
}

/* A number whose cell is not far from a position. */
int64
Calendar::near(int64 position) const
{
	const Interval &step = rule_.step;
	if (!timed())
		return floor_divided(subtract(position, anchor_), rule_.number);
	if (step.time > 0)
		return floor_divided(subtract(position, anchor_), step.time);
	int64 wall = to_wall(position);
	if (step.month > 0)
		return floor_divided(month_number(wall) - month_number(anchor_wall_), step.month);
	return floor_divided(subtract(wall, anchor_wall_), step.day * USECS_PER_DAY);
}

bool
Calendar::cell(int64 position, Cell *cell) const
{
	if (timed() && (position < MIN_TIMESTAMP || position >= END_TIMESTAMP))
		return false;
	/* The greatest number is within the last cell, whose upper end is beyond all. */
	if (!timed())
		position = std::clamp(position, before_all + 1, past_all - 1);
	int64 number = near(position);
	/* A day that a zone has left out has no length: whatever is there belongs to the day after. */
	while (edge(number) > position)
		number--;
	while (edge(number + 1) <= position)
		number++;
	*cell = {edge(number), edge(number + 1)};
	int64 key;
	return reach(cell->lower, &key) != KeyBound::Kind::maximum && reach(cell->upper, &key) != KeyBound::Kind::minimum;
}

bool
Calendar::next(const Cell &from, Cell *next) const
{
	return from.upper != past_all && cell(from.upper, next);
}

bool
Calendar::previous(const Cell &from, Cell *previous) const
{
	return from.lower != before_all && cell(from.lower - 1, previous);
}

/* Is there a least key at a position, and which, as a number? */
KeyBound::Kind
Calendar::reach(int64 position, int64 *key) const
{
	constexpr auto minimum = KeyBound::Kind::minimum;
	constexpr auto maximum = KeyBound::Kind::maximum;
	int64 least = before_all;
	int64 greatest = past_all - 1;
	*key = position;
	if (timed() && position <= MIN_TIMESTAMP)
		return minimum;
	if (timed() && position >= END_TIMESTAMP)
		return maximum;
	int64 since_1970 = add(position, unix_us);
	switch (rule_.encoding)
	{
		case Encoding::timestamp:
		case Encoding::timestamptz:
			return KeyBound::Kind::value;
		case Encoding::date:
			*key = ceiling_divided(position, USECS_PER_DAY);
			return KeyBound::Kind::value;
		case Encoding::number:
			break;
		case Encoding::seconds:
		case Encoding::milliseconds:
		case Encoding::microseconds:
			*key = ceiling_divided(since_1970, USECS_PER_SEC / units_per_second(rule_.encoding));
			break;
		case Encoding::nanoseconds:
			*key = multiply(since_1970, 1000);
			break;
		case Encoding::snowflake:
			*key = subtract(ceiling_divided(since_1970, 1000), rule_.epoch_ms);
			if (*key <= 0)
				return minimum;
			*key = multiply(*key, INT64CONST(1) << rule_.shift);
			break;
		case Encoding::uuid:
		case Encoding::ulid:
			*key = ceiling_divided(since_1970, 1000);
			least = 0;
			greatest = past_uuid_ms - 1;
			break;
	}
	if (is_integer(type_))
	{
		least = least_of(type_);
		/* Of bigint the last is where sums end that are too great. */
		greatest = std::min(greatest_of(type_), greatest);
	}
	return *key <= least ? minimum : *key > greatest ? maximum : KeyBound::Kind::value;
}

static Datum
uuid_at(int64 milliseconds)
{
	auto *uuid = static_cast<pg_uuid_t *>(palloc0(sizeof(pg_uuid_t)));
	for (int i = 0; i < 6; i++)
		uuid->data[i] = static_cast<unsigned char>(milliseconds >> (8 * (5 - i)));
	return UUIDPGetDatum(uuid);
}

static Datum
ulid_at(int64 milliseconds)
{
	char symbols[ulid_time_length];
	for (int i = ulid_time_length - 1; i >= 0; i--, milliseconds >>= 5)
		symbols[i] = ulid_symbols[milliseconds & 31];
	return PointerGetDatum(cstring_to_text_with_len(symbols, ulid_time_length));
}

KeyBound
Calendar::bound(int64 position) const
{
	int64 key;
	KeyBound::Kind kind = reach(position, &key);
	if (kind != KeyBound::Kind::value)
		return {kind, Datum{0}};
	switch (rule_.encoding)
	{
		case Encoding::timestamp:
		case Encoding::timestamptz:
			return {kind, TimestampGetDatum(key)};
		case Encoding::date:
			return {kind, DateADTGetDatum(static_cast<DateADT>(key))};
		case Encoding::uuid:
			return {kind, uuid_at(key)};
		case Encoding::ulid:
			return {kind, ulid_at(key)};
		default:
			return {kind, integer_datum(type_, key)};
	}
}

static bool
milliseconds_of_ulid(Datum key, int64 *milliseconds)
{
	text *value = DatumGetTextPP(key);
	const char *symbols = VARDATA_ANY(value);
	if (VARSIZE_ANY_EXHDR(value) < static_cast<std::size_t>(ulid_time_length))
		return false;
	*milliseconds = 0;
	for (int i = 0; i < ulid_time_length; i++)
	{
		const char *found = symbols[i] == '\0' ? nullptr : strchr(ulid_symbols, symbols[i]);
		if (found == nullptr)
			return false;
		*milliseconds = *milliseconds << 5 | (found - ulid_symbols);
	}
	return *milliseconds < past_uuid_ms;
}

bool
Calendar::position(Datum key, int64 *position) const
{
	int64 since_1970;
	switch (rule_.encoding)
	{
		case Encoding::number:
			*position = integer_of(type_, key);
			return true;
		case Encoding::timestamp:
		case Encoding::timestamptz:
			*position = DatumGetTimestamp(key);
			return !TIMESTAMP_NOT_FINITE(*position);
		case Encoding::date:
			*position = multiply(DatumGetDateADT(key), USECS_PER_DAY);
			return !DATE_NOT_FINITE(DatumGetDateADT(key)) && IS_VALID_TIMESTAMP(*position);
		case Encoding::seconds:
		case Encoding::milliseconds:
		case Encoding::microseconds:
			since_1970 = multiply(integer_of(type_, key), USECS_PER_SEC / units_per_second(rule_.encoding));
			break;
		case Encoding::nanoseconds:
			since_1970 = floor_divided(DatumGetInt64(key), 1000);
			break;
		case Encoding::snowflake:
			if (DatumGetInt64(key) < 0)
				return false;
			since_1970 = multiply(add(DatumGetInt64(key) >> rule_.shift, rule_.epoch_ms), 1000);
			break;
		case Encoding::uuid:
			since_1970 = 0;
			for (int i = 0; i < 6; i++)
				since_1970 = since_1970 << 8 | DatumGetUUIDP(key)->data[i];
			since_1970 *= 1000;
			break;
		case Encoding::ulid:
			if (!milliseconds_of_ulid(key, &since_1970))
				return false;
			since_1970 *= 1000;
			break;
		default:
			return false;
	}
	*position = subtract(since_1970, unix_us);
	return IS_VALID_TIMESTAMP(*position);
}

int
Calendar::compare(Datum a, Datum b) const
{
	return DatumGetInt32(FunctionCall2Coll(comparison_, collation_, a, b));
}

int
Calendar::compare(const KeyBound &a, const KeyBound &b) const
{
	if (a.kind != b.kind)
		return a.kind < b.kind ? -1 : 1;
	return a.kind == KeyBound::Kind::value ? compare(a.value, b.value) : 0;
}

const char *
Calendar::text(int64 position) const
{
	struct pg_tm at;
	fsec_t fraction;
	int offset = 0;
	char buffer[MAXDATELEN + 1];
	if (!timed())
		return format(INT64_FORMAT, position);
	bool with_zone = is_instant();
	if (TIMESTAMP_NOT_FINITE(position) || position >= END_TIMESTAMP ||
		timestamp2tm(position, with_zone ? &offset : nullptr, &at, &fraction, nullptr, with_zone ? zone_ : nullptr) !=
			0)
		return position > 0 ? "infinity" : "-infinity";
	if (rule_.encoding == Encoding::date)
		EncodeDateOnly(&at, USE_ISO_DATES, buffer);
	else
		EncodeDateTime(&at, fraction, with_zone, offset, nullptr, USE_ISO_DATES, buffer);
	return pstrdup(buffer);
}

const char *
Calendar::wall_text(int64 position) const
{
	struct pg_tm at;
	fsec_t fraction;
	char buffer[MAXDATELEN + 1];
	if (timestamp2tm(to_wall(position), nullptr, &at, &fraction, nullptr, nullptr) != 0)
		return text(position);
	EncodeDateTime(&at, fraction, false, 0, nullptr, USE_ISO_DATES, buffer);
	return pstrdup(buffer);
}

static const char *
string_of(Datum value)
{
	return TextDatumGetCString(value);
}

/* Dates may lie beyond the reach of times. */
static const char *
date_text(DateADT date)
{
	struct pg_tm at = {};
	char buffer[MAXDATELEN + 1];
	if (DATE_NOT_FINITE(date))
		return DATE_IS_NOBEGIN(date) ? "-infinity" : "infinity";
	j2date(date + POSTGRES_EPOCH_JDATE, &at.tm_year, &at.tm_mon, &at.tm_mday);
	EncodeDateOnly(&at, USE_ISO_DATES, buffer);
	return pstrdup(buffer);
}

const char *
Calendar::value_text(Datum key) const
{
	switch (type_)
	{
		case DATEOID:
			return date_text(DatumGetDateADT(key));
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return text(DatumGetTimestamp(key));
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return format(INT64_FORMAT, integer_of(type_, key));
		case UUIDOID:
			return DatumGetCString(DirectFunctionCall1(uuid_out, key));
		default:
			return string_of(key);
	}
}

const char *
Calendar::literal(const KeyBound &bound) const
{
	if (bound.kind != KeyBound::Kind::value)
		return bound.kind == KeyBound::Kind::minimum ? "MINVALUE" : "MAXVALUE";
	return dbeng::literal(value_text(bound.value));
}

const char *
Calendar::key_text(const KeyBound &bound) const
{
	return bound.kind == KeyBound::Kind::value ? value_text(bound.value) : nullptr;
}

const char *
Calendar::bound_text(const KeyBound &bound) const
{
	int64 at;
	if (bound.kind != KeyBound::Kind::value)
		return nullptr;
	return position(bound.value, &at) ? text(at) : value_text(bound.value);
}

const char *
Calendar::label(int64 position) const
{
	struct pg_tm at;
	fsec_t fraction;
	if (!timed())
		return position < 0 ? format("minus_" UINT64_FORMAT, -static_cast<uint64>(position))
							: format(INT64_FORMAT, position);
	if (timestamp2tm(to_wall(position), nullptr, &at, &fraction, nullptr, nullptr) != 0)
		return position > 0 ? "last" : "first";
	const Interval &step = rule_.step;
	const char *year = at.tm_year > 0 ? format("%04d", at.tm_year) : format("%04d_bc", 1 - at.tm_year);
	bool time = step.time > 0 || at.tm_hour != 0 || at.tm_min != 0 || at.tm_sec != 0 || fraction != 0;
	bool day = time || step.month == 0 || at.tm_mday != 1;
	if (!day && step.month % MONTHS_PER_YEAR == 0 && at.tm_mon == 1)
		return year;
	if (!day)
		return format("%s_%02d", year, at.tm_mon);
	if (!time)
		return format("%s_%02d_%02d", year, at.tm_mon, at.tm_mday);
	return format("%s_%02d_%02d_%02d%02d%s", year, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min,
				  at.tm_sec != 0 ? format("%02d", at.tm_sec) : "");
}

} // namespace dbeng
