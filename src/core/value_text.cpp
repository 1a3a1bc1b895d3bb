#include "core/value_text.hpp"
#include "core/query.hpp"

namespace dbeng {

/* The output function of a type whose values it writes from what it is given alone; InvalidOid for any other type. */
static Oid
plain_output(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return F_BOOLOUT;
		case CHAROID:
			return F_CHAROUT;
		case NAMEOID:
			return F_NAMEOUT;
		case INT2OID:
			return F_INT2OUT;
		case INT4OID:
			return F_INT4OUT;
		case INT8OID:
			return F_INT8OUT;
		case OIDOID:
			return F_OIDOUT;
		case FLOAT4OID:
			return F_FLOAT4OUT;
		case FLOAT8OID:
			return F_FLOAT8OUT;
		case NUMERICOID:
			return F_NUMERIC_OUT;
		case TEXTOID:
			return F_TEXTOUT;
		case VARCHAROID:
			return F_VARCHAROUT;
		case BPCHAROID:
			return F_BPCHAROUT;
		case BYTEAOID:
			return F_BYTEAOUT;
		case DATEOID:
			return F_DATE_OUT;
		case TIMEOID:
			return F_TIME_OUT;
		case TIMETZOID:
			return F_TIMETZ_OUT;
		case TIMESTAMPOID:
			return F_TIMESTAMP_OUT;
		case TIMESTAMPTZOID:
			return F_TIMESTAMPTZ_OUT;
		case INTERVALOID:
			return F_INTERVAL_OUT;
		case UUIDOID:
			return F_UUID_OUT;
		case JSONOID:
			return F_JSON_OUT;
		case JSONBOID:
			return F_JSONB_OUT;
		case JSONPATHOID:
			return F_JSONPATH_OUT;
		case INETOID:
			return F_INET_OUT;
		case CIDROID:
			return F_CIDR_OUT;
		case MACADDROID:
			return F_MACADDR_OUT;
		case BITOID:
			return F_BIT_OUT;
		case VARBITOID:
			return F_VARBIT_OUT;
		case TSQUERYOID:
			return F_TSQUERYOUT;
		default:
			return InvalidOid;
	}
}

/* The same with the types whose functions look into the catalogs, but run nothing of a user's. */
static Oid
output_function(Oid type)
{
	Oid plain = plain_output(type);
	if (OidIsValid(plain))
		return plain;
	switch (type)
	{
		case INT4RANGEOID:
		case INT8RANGEOID:
		case NUMRANGEOID:
		case DATERANGEOID:
		case TSRANGEOID:
		case TSTZRANGEOID:
			return F_RANGE_OUT;
		default:
			break;
	}
	Oid base = getBaseType(type);
	if (base != type)
		return plain_output(base);
	Oid element = get_element_type(type);
	if (OidIsValid(element))
		return OidIsValid(plain_output(element)) || type_is_enum(element) ? F_ARRAY_OUT : InvalidOid;
	return type_is_enum(type) ? F_ENUM_OUT : InvalidOid;
}

/* What these functions say of a value, rather than a cancel, a broken catalog or a lack of memory. */
static bool
is_complaint_about_value(int sqlstate)
{
	int category = ERRCODE_TO_CATEGORY(sqlstate);
	return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
		   category == ERRCODE_FEATURE_NOT_SUPPORTED;
}

/* NULL when it complains. */
pg_noinline static char *
written(Oid function, Datum value)
{
	MemoryContext context = CurrentMemoryContext;
	char *volatile text = nullptr;
	/* Output functions complain while they hold nothing that a subtransaction would have to give back. */
	PG_TRY();
	{
		text = OidOutputFunctionCall(function, value);
	}
	PG_CATCH();
	{
		if (!is_complaint_about_value(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return text;
}

const char *
value_text(Oid type, Datum value, std::size_t most_bytes)
{
	/* No type has length 0: it is gone. */
	int16 length = get_typlen(type);
	if (length == 0)
		return nullptr;
	if (length == -1)
	{
		auto *stored = reinterpret_cast<varlena *>(DatumGetPointer(value));
		if (VARATT_IS_EXTERNAL(stored) || toast_raw_datum_size(value) > most_bytes)
			return nullptr;
	}
	Oid function = output_function(type);
	if (!OidIsValid(function))
		return nullptr;
	const char *text = written(function, value);
	return text != nullptr && strlen(text) <= most_bytes ? text : nullptr;
}

int
pin_value_style()
{
	int level = NewGUCNestLevel();
	if (DateStyle != USE_ISO_DATES)
		pin_setting("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		pin_setting("intervalstyle", "postgres");
	if (extra_float_digits < 1)
		pin_setting("extra_float_digits", "1");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		pin_setting("bytea_output", "hex");
	return level;
}

void
restore_value_style(int level)
{
	AtEOXact_GUC(true, level);
}

} // namespace dbeng
