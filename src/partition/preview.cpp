/*
 * preview.cpp: a calendar without a table.
 */
#include "core/rows.hpp"
#include "core/text.hpp"
#include "partition/setting_arguments.hpp"

namespace dbeng {

/* What a column that holds such keys is of. */
static Oid
type_for(const char *encoding_name)
{
	Encoding encoding;
	if (!encoding_of_name(encoding_name, &encoding))
		return TIMESTAMPTZOID;
	switch (encoding)
	{
		case Encoding::date:
			return DATEOID;
		case Encoding::timestamp:
			return TIMESTAMPOID;
		case Encoding::timestamptz:
			return TIMESTAMPTZOID;
		case Encoding::uuid:
			return UUIDOID;
		case Encoding::ulid:
			return TEXTOID;
		default:
			return INT8OID;
	}
}

static void
require(FunctionCallInfo fcinfo, int number, const char *what)
{
	if (PG_ARGISNULL(number))
		ereport(
			ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", what),
			errdetail("A calendar needs a step, a zone, and from where to where it is to be shown."),
			errhint("SELECT * FROM dbeng.partition_calendar('1 month', '2026-01-01', '2026-12-31', 'Europe/Berlin');"));
}

/* Arguments of partition_calendar() as those of manage_partitions() from step on. */
static void
make_calendar(FunctionCallInfo fcinfo, Calendar &calendar)
{
	enum
	{
		step,
		from_key,
		to_key,
		zone,
		encoding,
		epoch,
		shift,
		anchor
	};
	for (auto [number, name] :
		 {std::pair(+step, "step"), std::pair(+from_key, "from_key"), std::pair(+to_key, "to_key"),
		  std::pair(+zone, "time_zone"), std::pair(+encoding, "encoding")})
		require(fcinfo, number, name);
	LOCAL_FCINFO(settings_call, 12);
	NullableDatum none = {Datum{0}, true};
	NullableDatum settings_arguments[] = {fcinfo->args[step],
										  {Int32GetDatum(0), false},
										  none,
										  {CStringGetTextDatum("detach"), false},
										  fcinfo->args[zone],
										  {BoolGetDatum(false), false},
										  fcinfo->args[encoding],
										  none,
										  none,
										  fcinfo->args[epoch],
										  fcinfo->args[shift],
										  fcinfo->args[anchor]};
	std::copy(std::begin(settings_arguments), std::end(settings_arguments), settings_call->args);
	KeyColumn key = {type_for(text_to_cstring(PG_GETARG_TEXT_PP(encoding))), -1, C_COLLATION_OID};
	SetSettings settings;
	Reasons reasons;
	read_setting_arguments(settings_call, 0, key, &settings, reasons);
	reasons.raise("there is no such calendar");
	calendar.make(settings.rule, key.type, key.typmod, key.collation);
}

static void
show_calendar(FunctionCallInfo fcinfo)
{
	Rows rows(fcinfo);
	Calendar calendar;
	Cell cell;
	make_calendar(fcinfo, calendar);
	int64 from = position_of_text(calendar, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	int64 to = position_of_text(calendar, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	for (bool more = calendar.cell(from, &cell); more && cell.lower <= to; more = calendar.next(cell, &cell))
		in_row(rows,
			   [&]
			   {
				   KeyBound lower = calendar.bound(cell.lower);
				   KeyBound upper = calendar.bound(cell.upper);
				   rows.text(lower.kind == KeyBound::Kind::value ? calendar.text(cell.lower) : nullptr);
				   rows.text(upper.kind == KeyBound::Kind::value ? calendar.text(cell.upper) : nullptr);
				   rows.text(calendar.label(cell.lower));
				   rows.text(calendar.key_text(lower)).text(calendar.key_text(upper));
			   });
}

} // namespace dbeng

SQL_FUNCTION(dbeng_partition_calendar)
{
	dbeng::show_calendar(fcinfo);
	return Datum{0};
}
