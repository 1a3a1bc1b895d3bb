#include "audit/rendering.hpp"

#include "core/attempt.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

Renderer::Renderer() : context_(CurrentMemoryContext) {}

/* A text in this database's encoding; where it cannot be, what can be shown of it. */
static const char *
converted(const char *text, std::size_t length, int encoding)
{
	if (encoding == GetDatabaseEncoding())
		return text;
	return reinterpret_cast<const char *>(
		pg_do_encoding_conversion(reinterpret_cast<unsigned char *>(const_cast<char *>(text)), static_cast<int>(length),
								  encoding, GetDatabaseEncoding()));
}

static bool
is_text_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == JSONOID || type == XMLOID;
}

/* The type of what is kept as bytes. Of a domain: what it is over, which is the server's own. */
static Oid
stored_type(const ShapeColumn &column)
{
	if (column.type < FirstNormalObjectId)
		return column.type;
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	Oid type = pg::find_type(column.type_name);
	AtEOXact_GUC(true, level);
	Oid base = OidIsValid(type) ? getBaseType(type) : InvalidOid;
	return base < FirstNormalObjectId && get_typlen(base) == column.length ? base : InvalidOid;
}

static Datum
stored_datum(const ShapeColumn &column, std::span<const char> bytes)
{
	if (column.coding == Coding::bytes)
	{
		auto *value = static_cast<varlena *>(palloc(bytes.size() + VARHDRSZ));
		SET_VARSIZE(value, bytes.size() + VARHDRSZ);
		memcpy(VARDATA(value), bytes.data(), bytes.size());
		return PointerGetDatum(value);
	}
	if (column.by_value)
	{
		Datum place = 0;
		memcpy(&place, bytes.data(), bytes.size());
		return fetch_att(&place, true, column.length);
	}
	void *value = palloc(bytes.size());
	memcpy(value, bytes.data(), bytes.size());
	return PointerGetDatum(value);
}

static char *
terminated(std::span<const char> bytes)
{
	return pnstrdup(bytes.data(), bytes.size());
}

/* Bytes whose type is gone. */
static const char *
hexadecimal(std::span<const char> bytes)
{
	auto *text = static_cast<char *>(palloc(bytes.size() * 2 + 3));
	text[0] = '\\';
	text[1] = 'x';
	text[2 + hex_encode(bytes.data(), bytes.size(), text + 2)] = '\0';
	return text;
}

const Renderer::Output &
Renderer::output(Oid type)
{
	for (const Output *output : outputs_)
		if (output->type == type)
			return *output;
	auto *made = static_cast<Output *>(MemoryContextAllocZero(context_, sizeof(Output)));
	Oid function;
	bool varlena;
	getTypeOutputInfo(type, &function, &varlena);
	fmgr_info_cxt(function, &made->function, context_);
	made->type = type;
	made->element = get_element_type(type);
	if (OidIsValid(made->element))
		get_typlenbyvalalign(made->element, &made->element_length, &made->element_by_value, &made->element_align);
	outputs_.push_back(made);
	return *made;
}

const char *
Renderer::text(Oid type, Datum value)
{
	return OutputFunctionCall(&const_cast<Output &>(output(type)).function, value);
}

const char *
Renderer::text(const TableShape &shape, const ShapeColumn &column, const KeptValue &value)
{
	if (!value.kept || value.null)
		return nullptr;
	if (column.coding == Coding::cstring)
		return converted(terminated(value.bytes), value.bytes.size(), shape.encoding);
	Oid type = stored_type(column);
	if (!OidIsValid(type))
		return hexadecimal(value.bytes);
	if (is_text_type(type))
		return converted(terminated(value.bytes), value.bytes.size(), shape.encoding);
	return text(type, stored_datum(column, value.bytes));
}

/* A json may say what jsonb cannot: NUL characters, numbers beyond numeric. It is shown as a string then. */
static void
append_json_text(StringInfo to, const char *text)
{
	bool plain = strstr(text, "\\u") == nullptr;
	for (const char *at = text; plain && *at != '\0'; at++)
		plain = !((*at == 'e' || *at == 'E') && (at[1] == '+' || at[1] == '-' || (at[1] >= '0' && at[1] <= '9')));
	if (plain || attempted([text] { DirectFunctionCall1(jsonb_in, CStringGetDatum(text)); }).code == 0)
		appendStringInfoString(to, text);
	else
		escape_json(to, text);
}

static void
append_number(StringInfo to, const char *text)
{
	/* NaN and the infinities are no numbers in JSON. */
	if (IsValidJsonNumber(text, static_cast<int>(strlen(text))))
		appendStringInfoString(to, text);
	else
		escape_json(to, text);
}

/* Calls element(i) for each element of an array of those dimensions, between brackets. */
template <class Element>
static void
append_array(StringInfo to, int dimensions, const int *lengths, int &next, Element element)
{
	appendStringInfoChar(to, '[');
	for (int i = 0; dimensions > 0 && i < lengths[0]; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(to, ", ");
		if (dimensions > 1)
			append_array(to, dimensions - 1, lengths + 1, next, element);
		else
			element(next++);
	}
	appendStringInfoChar(to, ']');
}

void
Renderer::array(StringInfo to, Oid type, Datum value)
{
	const Output &how = output(type);
	ArrayType *array = DatumGetArrayTypeP(value);
	Datum *elements;
	bool *nulls;
	int count;
	deconstruct_array(array, how.element, how.element_length, how.element_by_value, how.element_align, &elements,
					  &nulls, &count);
	int next = 0;
	append_array(to, ARR_NDIM(array), ARR_DIMS(array), next,
				 [&](int i)
				 {
					 if (nulls[i])
						 appendStringInfoString(to, "null");
					 else
						 json(to, how.element, elements[i]);
				 });
}

void
Renderer::json(StringInfo to, Oid type, Datum value)
{
	check_stack_depth();
	switch (type)
	{
		case BOOLOID:
			appendStringInfoString(to, DatumGetBool(value) ? "true" : "false");
			return;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			append_number(to, text(type, value));
			return;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		{
			char room[MAXDATELEN + 1];
			JsonEncodeDateTime(room, value, type, nullptr);
			escape_json(to, room);
			return;
		}
		case JSONBOID:
		{
			Jsonb *whole = DatumGetJsonbP(value);
			JsonbToCString(to, &whole->root, VARSIZE(whole));
			return;
		}
		case JSONOID:
			append_json_text(to, text(type, value));
			return;
		default:
			break;
	}
	if (OidIsValid(output(type).element))
		array(to, type, value);
	else
		escape_json(to, text(type, value));
}

static const JsonKind *
make_kind(JsonKind kind)
{
	auto *made = static_cast<JsonKind *>(palloc(sizeof(JsonKind)));
	*made = kind;
	return made;
}

/*
 * The type, where others than commas are between the elements of its arrays. Of a domain what it is over: its elements are
 * read as that, and no constraint of it, which is somebody's code, is asked in the reader's name.
 */
static Oid
own_delimiter(Oid element)
{
	element = getBaseType(element);
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(element));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	bool own = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typdelim != ',';
	ReleaseSysCache(tuple);
	return own ? element : InvalidOid;
}

/* How to show the text of a value of a type that there is. */
static const JsonKind *
kind_of(Oid type)
{
	check_stack_depth();
	Oid base = getBaseType(type);
	switch (base)
	{
		case BOOLOID:
			return make_kind({JsonForm::boolean, nullptr, InvalidOid, {}, {}});
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return make_kind({JsonForm::number, nullptr, InvalidOid, {}, {}});
		case JSONOID:
		case JSONBOID:
			return make_kind({JsonForm::json, nullptr, InvalidOid, {}, {}});
		case TIMESTAMPOID:
			return make_kind({JsonForm::timestamp, nullptr, InvalidOid, {}, {}});
		case TIMESTAMPTZOID:
			return make_kind({JsonForm::timestamptz, nullptr, InvalidOid, {}, {}});
		default:
			break;
	}
	if (Oid element = get_element_type(base); OidIsValid(element))
		return make_kind({JsonForm::array, kind_of(element), own_delimiter(element), {}, {}});
	TupleDesc row = get_typtype(base) == TYPTYPE_COMPOSITE ? lookup_rowtype_tupdesc_noerror(base, -1, true) : nullptr;
	if (row == nullptr)
		return make_kind({JsonForm::string, nullptr, InvalidOid, {}, {}});
	auto columns = static_cast<std::size_t>(row->natts);
	auto *names = static_cast<const char **>(palloc(columns * sizeof(char *) + 1));
	auto *fields = static_cast<const JsonKind **>(palloc(columns * sizeof(JsonKind *) + 1));
	std::size_t count = 0;
	for (std::size_t i = 0; i < columns; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(row, static_cast<int>(i));
		if (column.attisdropped)
			continue;
		names[count] = pstrdup(NameStr(column.attname));
		fields[count++] = kind_of(column.atttypid);
	}
	ReleaseTupleDesc(row);
	return make_kind({JsonForm::object, nullptr, InvalidOid, {names, count}, {fields, count}});
}

static const JsonKind *
kind_by_name(const char *type_name)
{
	if (Oid type = pg::find_type(type_name); OidIsValid(type))
		return kind_of(type);
	const JsonKind *text = make_kind({JsonForm::string, nullptr, InvalidOid, {}, {}});
	std::string_view name = type_name;
	return name.ends_with("[]") ? make_kind({JsonForm::array, text, InvalidOid, {}, {}}) : text;
}

const JsonKind &
Renderer::kind(const ShapeColumn &column)
{
	auto found = kinds_.find(&column);
	if (found != kinds_.end())
		return *found->second;
	MemoryContext caller = MemoryContextSwitchTo(context_);
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	const JsonKind *made = kind_by_name(column.type_name);
	AtEOXact_GUC(true, level);
	kinds_.emplace(&column, made);
	MemoryContextSwitchTo(caller);
	return *made;
}

/* The fields of a composite value's text; false when it is none. NULL: an empty one. */
static bool
split_row(const char *text, Vector<const char *> &fields)
{
	if (*text++ != '(')
		return false;
	if (text[0] == ')' && text[1] == '\0')
		return true;
	for (;;)
	{
		StringInfoData field;
		initStringInfo(&field);
		bool quoted = false;
		bool any = false;
		for (; *text != '\0' && (quoted || (*text != ',' && *text != ')')); text++)
		{
			any = true;
			if (*text == '"' && quoted && text[1] == '"')
				appendStringInfoChar(&field, *text++);
			else if (*text == '"')
				quoted = !quoted;
			else if (*text == '\\' && text[1] != '\0')
				appendStringInfoChar(&field, *++text);
			else
				appendStringInfoChar(&field, *text);
		}
		if (*text == '\0')
			return false;
		fields.push_back(any ? field.data : nullptr);
		if (*text++ == ')')
			return *text == '\0';
	}
}

/* 2026-11-27 10:00:00+01 as 2026-11-27T10:00:00+01:00 */
static const char *
iso_time(const char *text, bool with_zone)
{
	char *iso = pstrdup(text);
	if (char *gap = strchr(iso, ' '); gap != nullptr && gap[1] >= '0' && gap[1] <= '9')
		*gap = 'T';
	std::size_t length = strlen(iso);
	bool hours_only = with_zone && length > 3 && (iso[length - 3] == '+' || iso[length - 3] == '-');
	return hours_only ? format("%s:00", iso) : iso;
}

static void append_text(StringInfo to, const JsonKind &kind, const char *text);

/* int2vector and oidvector are arrays that are written as 1 2 3. */
static const char *
as_array(const char *written)
{
	if (*written == '{' || *written == '[')
		return written;
	char *array = pstrdup(format("{%s}", written));
	std::replace(array, array + strlen(array), ' ', ',');
	return array;
}

static void
append_text_array(StringInfo to, const JsonKind &kind, const char *written)
{
	bool as_text = !OidIsValid(kind.element_type);
	Oid type = as_text ? TEXTOID : kind.element_type;
	int16 length;
	bool by_value;
	char align;
	get_typlenbyvalalign(type, &length, &by_value, &align);
	Oid output;
	bool varlena;
	getTypeOutputInfo(type, &output, &varlena);
	ArrayType *array =
		DatumGetArrayTypeP(OidInputFunctionCall(F_ARRAY_IN, const_cast<char *>(as_array(written)), type, -1));
	Datum *elements;
	bool *nulls;
	int count;
	deconstruct_array(array, type, length, by_value, align, &elements, &nulls, &count);
	int next = 0;
	append_array(to, ARR_NDIM(array), ARR_DIMS(array), next,
				 [&](int i)
				 { append_text(to, *kind.element, nulls[i] ? nullptr : OidOutputFunctionCall(output, elements[i])); });
}

static void
append_text_row(StringInfo to, const JsonKind &kind, const char *text)
{
	Local<Vector<const char *>> fields;
	if (!split_row(text, *fields) || fields->size() != kind.names.size())
	{
		/* Its type has other columns now. */
		escape_json(to, text);
		return;
	}
	appendStringInfoChar(to, '{');
	for (std::size_t i = 0; i < fields->size(); i++)
	{
		if (i > 0)
			appendStringInfoString(to, ", ");
		escape_json(to, kind.names[i]);
		appendStringInfoString(to, ": ");
		append_text(to, *kind.fields[i], (*fields)[i]);
	}
	appendStringInfoChar(to, '}');
}

static void
append_text(StringInfo to, const JsonKind &kind, const char *text)
{
	check_stack_depth();
	if (text == nullptr)
	{
		appendStringInfoString(to, "null");
		return;
	}
	switch (kind.form)
	{
		case JsonForm::boolean:
			appendStringInfoString(to, *text == 't' ? "true" : "false");
			break;
		case JsonForm::number:
			append_number(to, text);
			break;
		case JsonForm::json:
			if (attempted([text] { DirectFunctionCall1(jsonb_in, CStringGetDatum(text)); }).code == 0)
				appendStringInfoString(to, text);
			else
				escape_json(to, text);
			break;
		case JsonForm::timestamp:
		case JsonForm::timestamptz:
			escape_json(to, iso_time(text, kind.form == JsonForm::timestamptz));
			break;
		case JsonForm::array:
			append_text_array(to, kind, text);
			break;
		case JsonForm::object:
			append_text_row(to, kind, text);
			break;
		case JsonForm::string:
			escape_json(to, text);
			break;
	}
}

void
Renderer::json_of_text(StringInfo to, Oid type, const char *text)
{
	append_text(to, *kind_of(type), text);
}

void
Renderer::json(StringInfo to, const TableShape &shape, const ShapeColumn &column, const KeptValue &value)
{
	if (value.null)
	{
		appendStringInfoString(to, "null");
		return;
	}
	if (column.coding == Coding::cstring)
	{
		append_text(to, kind(column), text(shape, column, value));
		return;
	}
	Oid type = stored_type(column);
	if (!OidIsValid(type))
		escape_json(to, hexadecimal(value.bytes));
	else if (is_text_type(type) && type != JSONOID)
		escape_json(to, text(shape, column, value));
	else if (type == JSONOID)
		append_json_text(to, text(shape, column, value));
	else
		json(to, type, stored_datum(column, value.bytes));
}

} // namespace dbeng
