#include "partition/setting_arguments.hpp"

#include "core/access.hpp"
#include "core/attempt.hpp"
#include "core/extension.hpp"
#include "core/text.hpp"

namespace dbeng {

/* Each is a table with files of its own, and each is locked by who plans a query that does not say which it wants. */
static constexpr int most_ahead = 1000;

void
Reasons::add(const char *reason, const char *with_hint)
{
	list->push_back(reason);
	if (hint == nullptr)
		hint = with_hint;
}

void
Reasons::add_argument(const char *reason, const char *with_hint)
{
	arguments = arguments || list->empty();
	add(reason, with_hint);
}

void
Reasons::raise(const char *what) const
{
	StringInfoData all;
	if (list->empty())
		return;
	initStringInfo(&all);
	for (const char *reason : *list)
		appendStringInfo(&all, "%s%s", all.len == 0 ? "" : "\n", reason);
	ereport(ERROR, errcode(arguments ? ERRCODE_INVALID_PARAMETER_VALUE : ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("%s", what), errdetail_internal("%s", all.data),
			errhint("%s", hint != nullptr ? hint : "Nothing was changed. Mend what is listed, and call again."));
}

void
each_zone(bool (*visit)(const char *name, void *context), void *context)
{
	pg_tzenum *zones = pg_tzenumerate_start();
	while (pg_tz *zone = pg_tzenumerate_next(zones))
	{
		const char *name = pg_get_timezone_name(zone);
		CHECK_FOR_INTERRUPTS();
		if (strncmp(name, "posix/", 6) != 0 && strncmp(name, "right/", 6) != 0 && strcmp(name, "localtime") != 0 &&
			pg_tz_acceptable(zone) && visit(name, context))
			break;
	}
	pg_tzenumerate_end(zones);
}

const char *
known_zone(const char *name)
{
	pg_tz *zone = pg_tzset(name);
	/* Which one "localtime" is depends on the machine. */
	if (zone == nullptr || !pg_tz_acceptable(zone) || pg_strcasecmp(name, "localtime") == 0)
		return nullptr;
	const char *found = pstrdup(pg_get_timezone_name(zone));
	/* A rule like UTC+3 is taken for a zone as well, and means the opposite of what people think. Names of files have small letters, or are few. */
	bool small = std::any_of(found, found + strlen(found), [](char letter) { return letter >= 'a' && letter <= 'z'; });
	if (small || strpbrk(found, "0123456789") == nullptr)
		return found;
	struct Search
	{
		const char *name;
		bool found;
	} search = {found, false};
	each_zone(
		[](const char *known, void *context)
		{
			auto *wanted = static_cast<Search *>(context);
			wanted->found = strcmp(known, wanted->name) == 0;
			return wanted->found;
		},
		&search);
	return search.found ? found : nullptr;
}

static const char *
last_part(const char *zone)
{
	const char *slash = strrchr(zone, '/');
	return slash == nullptr ? zone : slash + 1;
}

namespace {
struct NearZones
{
	const char *wanted = nullptr;
	Local<Vector<std::pair<int, const char *>>> found; /* by distance */
};
} // namespace

/* Up to three zones whose names are much like that. */
static const char *
near_zones(const char *wanted)
{
	NearZones near;
	near.wanted = pstrdup(last_part(wanted));
	if (strlen(near.wanted) > 40)
		return nullptr;
	each_zone(
		[](const char *name, void *context)
		{
			auto *to = static_cast<NearZones *>(context);
			const char *city =
				downcase_identifier(last_part(name), static_cast<int>(strlen(last_part(name))), false, false);
			const char *like = downcase_identifier(to->wanted, static_cast<int>(strlen(to->wanted)), false, false);
			int distance = varstr_levenshtein(like, static_cast<int>(strlen(like)), city,
											  static_cast<int>(strlen(city)), 1, 1, 1, true);
			if (distance <= static_cast<int>(strlen(like)) / 3)
				to->found->push_back({distance, pstrdup(name)});
			return false;
		},
		&near);
	std::sort(
		near.found->begin(), near.found->end(),
		[](const auto &a, const auto &b)
		{ return std::pair(a.first, std::string_view(a.second)) < std::pair(b.first, std::string_view(b.second)); });
	StringInfoData list;
	initStringInfo(&list);
	for (std::size_t i = 0; i < std::min<std::size_t>(near.found->size(), 3); i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", literal((*near.found)[i].second));
	return list.len == 0 ? nullptr : list.data;
}

static bool
is_number(const char *text, int64 *number)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end == text || errno != 0)
		return false;
	*number = value;
	return end[strspn(end, " \t\n\r")] == '\0';
}

/* NULL, or why a text is no interval. */
static const char *
read_interval(const char *text, Interval *interval)
{
	Refusal refusal = attempted(
		[&]
		{
			Datum value = DirectFunctionCall3(interval_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
											  Int32GetDatum(-1));
			*interval = *DatumGetIntervalP(value);
		});
	return refusal.code == 0 ? nullptr : refusal.message;
}

namespace {
class ArgumentReader
{
  public:
	ArgumentReader(FunctionCallInfo fcinfo, int from, const KeyColumn &key, SetSettings *settings, Reasons &reasons)
		: fcinfo_(fcinfo), from_(from), key_(key), settings_(*settings), reasons_(reasons)
	{}
	void read();

  private:
	const char *text(int number) const { return text_argument(fcinfo_, from_ + number); }
	bool null(int number) const { return fcinfo_->args[from_ + number].isnull; }
	Datum value(int number) const { return fcinfo_->args[from_ + number].value; }
	bool numbers() const { return settings_.rule.encoding == Encoding::number; }

	bool encoding();
	void step();
	void premake();
	void retention();
	void expiry();
	void zone();
	void snowflake();
	void ahead();
	void anchor();

	FunctionCallInfo fcinfo_;
	int from_;
	const KeyColumn &key_;
	SetSettings &settings_;
	Reasons &reasons_;
	bool step_read_ = false;
	bool zone_read_ = false;
};
} // namespace

/* False: of its type there is nothing that divides. */
bool
ArgumentReader::encoding()
{
	Encoding usual;
	const char *name = text(6);
	if (!encoding_of_type(key_.type, &usual))
	{
		reasons_.add(
			format("Its key is of type %s, which tells neither a time nor a number.", format_type_be(key_.type)),
			"Keys are of type date, timestamp, timestamptz, smallint, integer, bigint, uuid (UUIDv7) or text (ULID).");
		return false;
	}
	settings_.rule.encoding = usual;
	if (name == nullptr || encoding_of_name(name, &settings_.rule.encoding))
		return true;
	reasons_.add_argument(
		format("encoding is '%s', which is none.", name),
		"Encodings are seconds, milliseconds, microseconds, nanoseconds, snowflake, uuidv7, ulid, number, date, "
		"timestamp, timestamptz; NULL takes it from the key's type.");
	return false;
}

void
ArgumentReader::step()
{
	const char *given = text(0);
	int64 number;
	if (given == nullptr)
	{
		reasons_.add_argument("step must not be NULL.",
							  numbers() ? "For example '1000000'." : "For example '1 day' or '1 month'.");
		return;
	}
	if (numbers())
	{
		step_read_ = is_number(given, &settings_.rule.number);
		if (!step_read_)
			reasons_.add_argument(
				format("step is '%s', and the key is a number: how many to a partition?", given),
				"For example '1000000'. If the numbers tell a time, encoding says how: 'milliseconds', 'snowflake' …");
		return;
	}
	if (is_number(given, &number))
	{
		reasons_.add_argument(format("step is '%s' of what? The key tells a time.", given),
							  "For example '1 day' or '1 month'.");
		return;
	}
	const char *trouble = read_interval(given, &settings_.rule.step);
	step_read_ = trouble == nullptr;
	if (!step_read_)
		reasons_.add_argument(format("step is no interval: %s.", trouble),
							  "For example '1 hour', '1 day', '1 week', '1 month' or '1 year'.");
}

void
ArgumentReader::premake()
{
	settings_.premake = null(1) ? -1 : DatumGetInt32(value(1));
	if (null(1))
		reasons_.add_argument("premake must not be NULL: it is how many partitions are made ahead.");
	else if (settings_.premake < 0 || settings_.premake > most_ahead)
		reasons_.add_argument(format("premake is %d; it can be from 0 to %d.", settings_.premake, most_ahead));
}

void
ArgumentReader::retention()
{
	const char *given = text(2);
	int64 number;
	char word[32];
	int end = 0;
	if (given == nullptr)
		return;
	settings_.retention = given;
	if (sscanf(given, " " INT64_FORMAT " %31[a-zA-Z] %n", &number, word, &end) == 2 && given[end] == '\0' &&
		(pg_strcasecmp(word, "partitions") == 0 || pg_strcasecmp(word, "partition") == 0))
	{
		if (number < 1 || number > PG_INT32_MAX)
			reasons_.add_argument(
				format("retention is '%s'; one partition before the present one is the least.", given));
		settings_.retention_count = static_cast<int>(std::clamp<int64>(number, 1, PG_INT32_MAX));
		return;
	}
	bool plain = is_number(given, &number);
	if (numbers())
	{
		if (!plain)
			reasons_.add_argument(format("retention is '%s', and the key is a number, which tells no age.", given),
								  "A distance from the greatest number, like '1000000', or '30 partitions'.");
		else if (number <= 0)
			reasons_.add_argument(format("retention is '%s': nothing is kept for less than nothing.", given));
		settings_.retention_numbers = number;
		return;
	}
	if (plain)
	{
		reasons_.add_argument(format("retention is '%s' of what?", given),
							  "For example '90 days', or '30 partitions'.");
		return;
	}
	const char *trouble = read_interval(given, &settings_.retention_age);
	const Interval &age = settings_.retention_age;
	if (trouble != nullptr)
		reasons_.add_argument(format("retention is no interval: %s.", trouble),
							  "For example '90 days', or '30 partitions'.");
	else if (!pg::is_finite(age))
		reasons_.add_argument(format("retention is '%s'; what is kept for ever has none.", given), "retention => NULL");
	else if (age.month < 0 || age.day < 0 || age.time < 0 || (age.month == 0 && age.day == 0 && age.time == 0))
		reasons_.add_argument(format("retention is '%s': nothing is kept for less than nothing.", given));
}

void
ArgumentReader::expiry()
{
	const char *given = text(3);
	if (given != nullptr && strcmp(given, "detach") == 0)
		settings_.expiry = Expiry::keep;
	else if (given != nullptr && strcmp(given, "move") == 0)
		settings_.expiry = Expiry::move;
	else if (given != nullptr && strcmp(given, "drop") == 0)
		settings_.expiry = Expiry::drop;
	else
		reasons_.add_argument(given == nullptr ? "on_expiry must not be NULL." : format("on_expiry is '%s'.", given),
							  "on_expiry is 'detach', 'move' or 'drop'.");
	bool moves = settings_.expiry == Expiry::move;
	if (null(8))
	{
		if (moves)
			reasons_.add_argument("on_expiry is 'move', and archive_schema does not say where to.",
								  "archive_schema => 'archive'");
		return;
	}
	const char *schema = NameStr(*DatumGetName(value(8)));
	settings_.archive_schema = get_namespace_oid(schema, true);
	if (!moves)
		reasons_.add_argument("archive_schema says where partitions are moved to, and on_expiry is not 'move'.",
							  "on_expiry => 'move'");
	else if (!OidIsValid(settings_.archive_schema))
		reasons_.add_argument(format("There is no schema %s.", quoted(schema)),
							  format("CREATE SCHEMA %s;", quoted(schema)));
}

void
ArgumentReader::zone()
{
	const char *given = text(4);
	settings_.rule.zone = given == nullptr ? nullptr : known_zone(given);
	zone_read_ = settings_.rule.zone != nullptr;
	if (zone_read_)
		return;
	settings_.rule.zone = "UTC";
	if (given == nullptr)
	{
		reasons_.add_argument("time_zone must not be NULL.",
							  "time_zone => 'UTC', or whose days the partitions are to be.");
		return;
	}
	const char *near = near_zones(given);
	reasons_.add_argument(format("time_zone is '%s', which is no name of pg_timezone_names.", given),
						  near != nullptr ? format("Is it %s?", near) : "SELECT name FROM pg_timezone_names;");
}

void
ArgumentReader::snowflake()
{
	CalendarRule &rule = settings_.rule;
	rule.epoch_ms = twitter_epoch_ms;
	rule.shift = null(10) ? 22 : DatumGetInt32(value(10));
	if (null(9))
		return;
	TimestampTz epoch = DatumGetTimestampTz(value(9));
	if (rule.encoding != Encoding::snowflake)
		reasons_.add_argument("snowflake_epoch is given, and the encoding is another.", "encoding => 'snowflake'");
	else if (TIMESTAMP_NOT_FINITE(epoch))
		reasons_.add_argument("snowflake_epoch is infinite.");
	else
		rule.epoch_ms = epoch_milliseconds(epoch);
}

void
ArgumentReader::ahead()
{
	if (null(7))
		return;
	const Interval &given = *DatumGetIntervalP(value(7));
	settings_.ahead = interval_microseconds(given);
	if (!pg::is_finite(given) || given.month < 0 || given.day < 0 || given.time < 0 || settings_.ahead <= 0)
	{
		reasons_.add_argument("ahead is to be a time to come.", "For example '7 days'; NULL: premake says it.");
		settings_.ahead = 0;
		return;
	}
	int64 step = interval_microseconds(settings_.rule.step);
	if (step > 0 && settings_.ahead / step >= most_ahead)
		reasons_.add_argument(format("ahead is " INT64_FORMAT " partitions of that step; %d can be ahead.",
									 settings_.ahead / step, most_ahead));
}

void
ArgumentReader::anchor()
{
	const char *given = text(11);
	if (given == nullptr)
		return;
	Calendar calendar;
	if (calendar.make(settings_.rule, key_.type, key_.typmod, key_.collation) != nullptr)
		return;
	int64 position = 0;
	Refusal refusal = attempted([&] { position = position_of_text(calendar, given); });
	if (refusal.code != 0)
	{
		reasons_.add_argument(format("anchor is '%s': %s.", given, refusal.message),
							  numbers() ? "For example '1'."
										: "A time by the clock of time_zone, for example '2026-01-15'.");
		return;
	}
	settings_.rule.anchor = position;
	settings_.rule.anchored = true;
}

void
ArgumentReader::read()
{
	premake();
	expiry();
	zone();
	settings_.with_default = !null(5) && DatumGetBool(value(5));
	if (!encoding())
		return;
	snowflake();
	Calendar calendar;
	if (const char *trouble = calendar.check_key(settings_.rule, key_.type, key_.typmod, key_.collation))
	{
		reasons_.add_argument(format("It cannot be divided like that: %s.", trouble));
		return;
	}
	step();
	retention();
	ahead();
	if (!step_read_ || !zone_read_)
		return;
	if (const char *trouble = calendar.make(settings_.rule, key_.type, key_.typmod, key_.collation))
		reasons_.add_argument(format("It cannot be divided like that: %s.", trouble));
	else
		anchor();
}

void
read_setting_arguments(FunctionCallInfo fcinfo, int from, const KeyColumn &key, SetSettings *settings, Reasons &reasons)
{
	ArgumentReader reader(fcinfo, from, key, settings, reasons);
	reader.read();
}

int64
position_of_text(const Calendar &calendar, const char *text)
{
	if (!calendar.timed())
		return DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(text)));
	Datum wall =
		DirectFunctionCall3(timestamp_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(wall)))
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("it is infinite"));
	return calendar.position_of_wall(DatumGetTimestamp(wall));
}

static const char *
expiry_name(Expiry expiry)
{
	return expiry == Expiry::drop ? "drop" : expiry == Expiry::move ? "move" : "detach";
}

void
store_settings(const SetSettings &settings)
{
	const CalendarRule &rule = settings.rule;
	bool numbers = rule.encoding == Encoding::number;
	auto interval = [](const Interval &value, bool null)
	{
		auto *copy = static_cast<Interval *>(palloc(sizeof(Interval)));
		*copy = value;
		return Argument{INTERVALOID, IntervalPGetDatum(copy), null};
	};
	auto number = [](int64 value, bool null) { return Argument{INT8OID, Int64GetDatum(value), null}; };
	bool by_age = settings.retention != nullptr && settings.retention_count == 0 && settings.retention_numbers == 0;
	Interval ahead = {};
	ahead.time = settings.ahead;
	Argument arguments[] = {
		{REGCLASSOID, ObjectIdGetDatum(settings.parent), false},
		Argument::text(encoding_name(rule.encoding)),
		interval(rule.step, numbers),
		number(rule.number, !numbers),
		Argument::text(rule.zone),
		number(rule.anchor, !rule.anchored),
		{TIMESTAMPTZOID, TimestampTzGetDatum(epoch_moment(rule.epoch_ms)),
		 rule.encoding != Encoding::snowflake || rule.epoch_ms == twitter_epoch_ms},
		Argument::integer(rule.shift),
		Argument::integer(settings.premake),
		interval(ahead, settings.ahead == 0),
		Argument::text(settings.retention),
		interval(settings.retention_age, !by_age),
		{INT4OID, Int32GetDatum(settings.retention_count), settings.retention_count == 0},
		number(settings.retention_numbers, settings.retention_numbers == 0),
		Argument::text(expiry_name(settings.expiry)),
		{REGNAMESPACEOID, ObjectIdGetDatum(settings.archive_schema), !OidIsValid(settings.archive_schema)},
		{BOOLOID, BoolGetDatum(settings.with_default), false},
		{BOOLOID, BoolGetDatum(settings.draining), false},
	};
	Identity caller = act_as_owner();
	execute(
		"INSERT INTO dbeng.partition_set AS s (parent, encoding, step, step_number, time_zone, anchor, snowflake_epoch,"
		" snowflake_shift, premake, ahead, retention, retention_age, retention_count, retention_numbers, on_expiry,"
		" archive_schema, with_default, draining)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
		" ON CONFLICT (parent) DO UPDATE SET encoding = $2, step = $3, step_number = $4, time_zone = $5, anchor = $6,"
		" snowflake_epoch = $7, snowflake_shift = $8, premake = $9, ahead = $10, retention = $11, retention_age = $12,"
		" retention_count = $13, retention_numbers = $14, on_expiry = $15, archive_schema = $16, with_default = $17,"
		" enabled = true",
		arguments);
	caller.restore();
}

} // namespace dbeng
