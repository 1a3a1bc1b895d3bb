#include "audit/row_key.hpp"

#include "core/query.hpp"
#include "core/text.hpp"
#include "core/value_text.hpp"

namespace dbeng {

bool
same_text(const char *a, const char *b)
{
	return a == nullptr || b == nullptr ? a == b : strcmp(a, b) == 0;
}

bool
same_key(RowKey a, RowKey b)
{
	return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_text);
}

/* 1.0 and 1.00 are the same key. */
const char *
comparable(Oid type, const char *text)
{
	if (text == nullptr || getBaseType(type) != NUMERICOID)
		return text;
	Datum value =
		DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	return numeric_normalize(DatumGetNumeric(value));
}

RowKey
copied(RowKey key)
{
	auto *copy = static_cast<const char **>(palloc((key.size() + 1) * sizeof(char *)));
	for (std::size_t i = 0; i < key.size(); i++)
		copy[i] = key[i] == nullptr ? nullptr : pstrdup(key[i]);
	return {copy, key.size()};
}

static const char *
key_column(PresentTable &table, Renderer &renderer, const TableShape &shape, int place, int column,
		   const KeptValue &value)
{
	const char *text = renderer.text(shape, shape.columns[static_cast<std::size_t>(place)], value);
	return comparable(table.columns()[static_cast<std::size_t>(column)].type, text);
}

bool
key_of(PresentTable &table, Renderer &renderer, const TableShape &shape, std::span<const KeptValue> values,
	   std::span<const int> columns, const char **key)
{
	if (values.empty())
		return false;
	std::span<const int> places = table.places(shape);
	for (std::size_t i = 0; i < columns.size(); i++)
	{
		int place = places[static_cast<std::size_t>(columns[i])];
		if (place < 0 || !values[static_cast<std::size_t>(place)].kept)
			return false;
		key[i] = key_column(table, renderer, shape, place, columns[i], values[static_cast<std::size_t>(place)]);
	}
	return true;
}

bool
key_after(PresentTable &table, Renderer &renderer, const RowChange &change, std::span<const int> columns,
		  const char **key)
{
	if (change.action != Action::update)
		return key_of(table, renderer, *change.shape, change.after, columns, key);
	std::span<const int> places = table.places(*change.shape);
	for (std::size_t i = 0; i < columns.size(); i++)
	{
		int place = places[static_cast<std::size_t>(columns[i])];
		if (place < 0)
			return false;
		const KeptValue &after = change.after[static_cast<std::size_t>(place)];
		const KeptValue &value = after.kept ? after : change.before[static_cast<std::size_t>(place)];
		if (!value.kept)
			return false;
		key[i] = key_column(table, renderer, *change.shape, place, columns[i], value);
	}
	return true;
}

std::string_view
key_bytes(RowKey key)
{
	StringInfoData bytes;
	initStringInfo(&bytes);
	for (const char *part : key)
	{
		/* An empty text is not a NULL. */
		appendStringInfoChar(&bytes, part == nullptr ? 'n' : 't');
		if (part != nullptr)
			appendBinaryStringInfo(&bytes, part, static_cast<int>(strlen(part)) + 1);
	}
	return {bytes.data, static_cast<std::size_t>(bytes.len)};
}

uint64
key_hash(int32 table_id, RowKey key)
{
	std::string_view bytes = key_bytes(key);
	return hash_bytes_extended(reinterpret_cast<const unsigned char *>(bytes.data()), static_cast<int>(bytes.size()),
							   static_cast<uint64>(table_id));
}

/* a, b and "Odd One" */
static const char *
column_list(PresentTable &table)
{
	StringInfoData list;
	initStringInfo(&list);
	auto add = [&list, &table](std::size_t column)
	{ appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", quoted(table.columns()[column].name)); };
	if (table.key().empty())
		for (std::size_t i = 0; i < table.columns().size(); i++)
			add(i);
	else
		for (int column : table.key())
			add(static_cast<std::size_t>(column));
	return list.data;
}

[[noreturn]] static void
refuse_key(PresentTable &table, const Jsonb *key, const char *why)
{
	const char *given = JsonbToCString(nullptr, const_cast<JsonbContainer *>(&key->root), VARSIZE(key));
	const char *what =
		table.key().empty() ? "It has no key: any of its columns can be asked for: %s." : "Its key is (%s).";
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is no key of %s: %s", given, table.name(), why),
			errdetail_internal(what, column_list(table)),
			errhint("Give a value for each column of it: '{\"%s\": …}'.",
					table.columns()[table.key().empty() ? 0 : static_cast<std::size_t>(table.key()[0])].name));
	pg_unreachable();
}

/* A value of JSON as the column's type would write it. */
static const char *
canonical(const PresentTable &table, const PresentColumn &column, const JsonbValue &value)
{
	const char *text = nullptr;
	switch (value.type)
	{
		case jbvNull:
			return nullptr;
		case jbvString:
			text = pnstrdup(value.val.string.val, static_cast<Size>(value.val.string.len));
			break;
		case jbvNumeric:
			text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value.val.numeric)));
			break;
		case jbvBool:
			text = value.val.boolean ? "true" : "false";
			break;
		default:
		{
			Jsonb *nested = JsonbValueToJsonb(const_cast<JsonbValue *>(&value));
			text = JsonbToCString(nullptr, &nested->root, VARSIZE(nested));
			break;
		}
	}
	/* Of a domain what it is over: its constraints may run anybody's code, and a key that breaks them is found nowhere. */
	int32 typmod = column.typmod;
	Oid type = getBaseTypeAndTypmod(column.type, &typmod);
	Oid input;
	Oid argument;
	Oid output;
	bool varlena;
	getTypeInputInfo(type, &input, &argument);
	getTypeOutputInfo(type, &output, &varlena);
	FmgrInfo function;
	fmgr_info(input, &function);
	Datum datum = table.parsed(function, text, argument, typmod);
	/* Names of other objects are asked for as the caller's search_path has them, and written as the log has them. */
	int level = pin_value_style();
	pin_setting("search_path", "pg_catalog, pg_temp");
	const char *written = OidOutputFunctionCall(output, datum);
	restore_value_style(level);
	return comparable(type, written);
}

static int
column_named(PresentTable &table, const JsonbValue &name)
{
	std::string_view wanted(name.val.string.val, static_cast<std::size_t>(name.val.string.len));
	for (std::size_t i = 0; i < table.columns().size(); i++)
		if (wanted == table.columns()[i].name)
			return static_cast<int>(i);
	return -1;
}

RowKey
asked_key(PresentTable &table, const Jsonb *key, Vector<int> &columns)
{
	std::span<const int> wanted = table.key();
	auto *values = static_cast<const char **>(palloc0((table.columns().size() + 1) * sizeof(char *)));
	auto *root = const_cast<JsonbContainer *>(&key->root);
	JsonbValue value;
	if (JsonContainerIsScalar(root))
	{
		if (wanted.size() != 1)
			refuse_key(table, key, "it is one value");
		JsonbExtractScalar(root, &value);
		columns.assign(wanted.begin(), wanted.end());
		values[0] = canonical(table, table.columns()[static_cast<std::size_t>(wanted[0])], value);
		return {values, 1};
	}
	if (!JsonContainerIsObject(root))
		refuse_key(table, key, "it is an array");
	if (!wanted.empty())
		columns.assign(wanted.begin(), wanted.end());
	std::size_t given = 0;
	JsonbIterator *iterator = JsonbIteratorInit(root);
	(void) JsonbIteratorNext(&iterator, &value, true);
	while (JsonbIteratorNext(&iterator, &value, true) == WJB_KEY)
	{
		int column = column_named(table, value);
		const char *name = pnstrdup(value.val.string.val, static_cast<Size>(value.val.string.len));
		if (wanted.empty() && column >= 0)
			columns.push_back(column);
		auto place = std::find(columns.begin(), columns.end(), column);
		if (column < 0 || place == columns.end())
			refuse_key(table, key, format("column %s is not part of it", quoted(name)));
		(void) JsonbIteratorNext(&iterator, &value, true);
		values[place - columns.begin()] = canonical(table, table.columns()[static_cast<std::size_t>(column)], value);
		given++;
	}
	if (given == 0 || given < columns.size())
		refuse_key(table, key, "a column of it is missing");
	return {values, columns.size()};
}

const char *
key_json(PresentTable &table, Renderer &renderer, std::span<const int> columns, RowKey key)
{
	StringInfoData object;
	initStringInfo(&object);
	appendStringInfoChar(&object, '{');
	for (std::size_t i = 0; i < columns.size(); i++)
	{
		const PresentColumn &column = table.columns()[static_cast<std::size_t>(columns[i])];
		if (i > 0)
			appendStringInfoString(&object, ", ");
		escape_json(&object, column.name);
		appendStringInfoString(&object, ": ");
		renderer.json_of_text(&object, column.type, key[i]);
	}
	appendStringInfoChar(&object, '}');
	return object.data;
}

} // namespace dbeng
