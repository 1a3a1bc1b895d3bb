#include "core/text.hpp"

namespace dbeng {

const char *
format(const char *pattern, ...)
{
	StringInfoData text;
	initStringInfo(&text);
	for (;;)
	{
		va_list arguments;
		va_start(arguments, pattern);
		int missing = appendStringInfoVA(&text, pattern, arguments);
		va_end(arguments);
		if (missing == 0)
			return text.data;
		enlargeStringInfo(&text, missing);
	}
}

/* What the server's caches give for an object that was dropped. */
static void
require_name(const char *name)
{
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("an object was dropped while it was looked at"),
				errdetail("It has no name any more."), errhint("Do it again."));
}

const char *
quoted(const char *identifier)
{
	require_name(identifier);
	return quote_identifier(identifier);
}

const char *
quoted(const char *schema, const char *name)
{
	require_name(schema);
	require_name(name);
	return quote_qualified_identifier(schema, name);
}

const char *
qualified(Oid relation)
{
	const char *name = qualified_if_there(relation);
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
				errdetail("It was dropped meanwhile."));
	return name;
}

const char *
qualified_if_there(Oid relation)
{
	const char *name = get_rel_name(relation);
	const char *schema = name == nullptr ? nullptr : get_namespace_name(get_rel_namespace(relation));
	return schema == nullptr ? nullptr : quoted(schema, name);
}

const char *
literal(const char *value)
{
	return quote_literal_cstr(value);
}

const char *
grouped(int64 number)
{
	char digits[32];
	int length =
		snprintf(digits, sizeof(digits), "%llu", static_cast<unsigned long long>(number < 0 ? -number : number));
	StringInfoData text;
	initStringInfo(&text);
	if (number < 0)
		appendStringInfoChar(&text, '-');
	for (int i = 0; i < length; i++)
	{
		if (i > 0 && (length - i) % 3 == 0)
			appendStringInfoChar(&text, ',');
		appendStringInfoChar(&text, digits[i]);
	}
	return text.data;
}

const char *
size(int64 bytes)
{
	return TextDatumGetCString(DirectFunctionCall1(pg_size_pretty, Int64GetDatum(bytes)));
}

const char *
number(double value, int decimals)
{
	char *text = psprintf("%.*f", decimals, value);
	if (strchr(text, '.') != nullptr)
	{
		char *end = text + strlen(text);
		while (end[-1] == '0')
			*--end = '\0';
		if (end[-1] == '.')
			*--end = '\0';
	}
	return text;
}

const char *
duration(int64 microseconds)
{
	static constexpr struct
	{
		int64 length;
		const char *one;
		const char *many;
	} units[] = {
		{USECS_PER_DAY, "day", "days"},
		{USECS_PER_HOUR, "hour", "hours"},
		{USECS_PER_MINUTE, "minute", "minutes"},
		{USECS_PER_SEC, "second", "seconds"},
	};
	for (const auto &unit : units)
		if (int64 count = microseconds / unit.length; count > 0)
			return psprintf("%lld %s", static_cast<long long>(count), count == 1 ? unit.one : unit.many);
	return "less than a second";
}

/* The elements of a one-dimensional text[] without NULLs, one after the other. */
static const text *
element(const varlena *text_array, int wanted)
{
	auto *array = reinterpret_cast<const ArrayType *>(text_array);
	const char *at = ARR_DATA_PTR(array);
	for (int i = 0; i < wanted; i++)
	{
		at = att_addlength_pointer(at, -1, at);
		at = reinterpret_cast<const char *>(att_align_nominal(at, TYPALIGN_INT));
	}
	return reinterpret_cast<const text *>(at);
}

int
array_length(const varlena *text_array)
{
	if (text_array == nullptr)
		return 0;
	auto *array = reinterpret_cast<const ArrayType *>(text_array);
	if (ARR_NDIM(array) != 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != TEXTOID)
		return 0;
	return ARR_DIMS(array)[0];
}

const char *
array_element(const varlena *text_array, int i)
{
	return text_to_cstring(element(text_array, i));
}

const char *
array_setting(const varlena *text_array, const char *name)
{
	std::size_t length = strlen(name);
	for (int i = 0; i < array_length(text_array); i++)
	{
		const char *item = array_element(text_array, i);
		if (pg_strncasecmp(item, name, length) == 0 && item[length] == '=')
			return item + length + 1;
	}
	return nullptr;
}

} // namespace dbeng
