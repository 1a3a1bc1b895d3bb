/*
 * rendering.hpp: what the log keeps of a value, as text and as JSON.
 *
 * JSON is as to_jsonb() makes it of a row, but for types of extensions, which
 * may bring functions of their own for that: reading the log runs no code but
 * the server's. Of them, and of types that are gone, it shows the text.
 */
#pragma once

#include "audit/record.hpp"

namespace dbeng {

/* How JSON shows a value whose text is known. */
enum class JsonForm : uint8
{
	string,
	number,
	boolean,
	json,
	timestamp,
	timestamptz,
	array,
	object
};

struct JsonKind
{
	JsonForm form;
	const JsonKind *element;			/* of an array */
	Oid element_type;					/* of one whose text is not like that of text[] */
	std::span<const char *const> names; /* of an object */
	std::span<const JsonKind *const> fields;
};

class Renderer
{
  public:
	/* Lives in CurrentMemoryContext, for one statement: types may change between two. */
	Renderer();

	/* As the type's output function writes it, NULL for NULL. In CurrentMemoryContext. */
	const char *text(const TableShape &shape, const ShapeColumn &column, const KeptValue &value);
	/* Appends it to a JSON text. */
	void json(StringInfo to, const TableShape &shape, const ShapeColumn &column, const KeptValue &value);
	/* Appends the value of a type that there is, from its text; NULL for NULL. */
	void json_of_text(StringInfo to, Oid type, const char *text);

  private:
	struct Output
	{
		Oid type;
		Oid element; /* of an array */
		FmgrInfo function;
		int16 element_length;
		bool element_by_value;
		char element_align;
	};

	const Output &output(Oid type);
	const char *text(Oid type, Datum value);
	void json(StringInfo to, Oid type, Datum value);
	void array(StringInfo to, Oid type, Datum value);
	const JsonKind &kind(const ShapeColumn &column);

	MemoryContext context_;
	Vector<Output *> outputs_;
	FlatMap<const ShapeColumn *, const JsonKind *> kinds_;
};

/* {"name": value, …} of those columns whose value is kept and wanted(i); NULL when that is none and there is a choice. */
template <class Wanted>
const char *
json_object(Renderer &renderer, const TableShape &shape, std::span<const KeptValue> values, Wanted wanted)
{
	StringInfoData object;
	initStringInfo(&object);
	appendStringInfoChar(&object, '{');
	for (std::size_t i = 0; i < values.size(); i++)
	{
		if (!values[i].kept || !wanted(i))
			continue;
		if (object.len > 1)
			appendStringInfoString(&object, ", ");
		escape_json(&object, shape.columns[i].name);
		appendStringInfoString(&object, ": ");
		renderer.json(&object, shape, shape.columns[i], values[i]);
	}
	appendStringInfoChar(&object, '}');
	return object.data;
}

} // namespace dbeng
