#include "index/creation.hpp"

#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "index/definition.hpp"

namespace dbeng {

static bool
looks_like_function(const Node *expression)
{
	return IsA(expression, FuncExpr) &&
		   reinterpret_cast<const FuncExpr *>(expression)->funcformat == COERCE_EXPLICIT_CALL;
}

static const char *
key_text(const ImaginedIndex &index, const ImaginedKey &key)
{
	StringInfoData text;
	initStringInfo(&text);
	if (const ColumnEntry *column = index.table->column(key.column))
		appendStringInfoString(&text, quoted(column->name));
	else
	{
		const char *sql = expression_sql(nodeToString(key.expression), *index.table);
		if (sql == nullptr)
			return nullptr;
		appendStringInfo(&text, looks_like_function(key.expression) ? "%s" : "(%s)", sql);
	}
	if (OidIsValid(key.opclass) && key.opclass != GetDefaultOpClass(key.type, index.method))
		appendStringInfo(&text, " %s", generate_opclass_name(key.opclass));
	bool descending = (key.option & INDOPTION_DESC) != 0;
	bool nulls_first = (key.option & INDOPTION_NULLS_FIRST) != 0;
	if (descending)
		appendStringInfoString(&text, " DESC");
	if (nulls_first != descending)
		appendStringInfoString(&text, nulls_first ? " NULLS FIRST" : " NULLS LAST");
	return text.data;
}

/* Keys, and behind them what is included and the predicate. */
static const char *
text_of(const ImaginedIndex &index, const char *before, const char *after)
{
	StringInfoData text;
	initStringInfo(&text);
	appendStringInfoString(&text, before);
	for (std::size_t i = 0; i < index.keys.size(); i++)
	{
		const char *key = key_text(index, index.keys[i]);
		if (key == nullptr)
			return nullptr;
		if (i == index.key_columns)
			appendStringInfo(&text, "%s INCLUDE (", after);
		else if (i > 0)
			appendStringInfoString(&text, ", ");
		appendStringInfoString(&text, key);
	}
	appendStringInfoString(&text, index.keys.size() > index.key_columns ? ")" : after);
	if (index.predicate != NIL)
	{
		Node *predicate = reinterpret_cast<Node *>(make_ands_explicit(index.predicate));
		const char *sql = expression_sql(nodeToString(predicate), *index.table);
		if (sql == nullptr)
			return nullptr;
		appendStringInfo(&text, " WHERE %s", sql);
	}
	return text.data;
}

const char *
columns_text(const ImaginedIndex &index)
{
	return text_of(index, "", "");
}

const char *
method_name(const ImaginedIndex &index)
{
	return get_am_name(index.method);
}

static void
append_part(StringInfo part, const char *name)
{
	appendStringInfo(part, "%s%s", part->len > 0 ? "_" : "", name);
}

/*
 * What stands for an index in its name: its columns, as the server would have
 * it, and what tells it from another one on the same columns.
 */
static const char *
name_part(const ImaginedIndex &index)
{
	StringInfoData part;
	initStringInfo(&part);
	for (const ImaginedKey &key : index.keys)
	{
		const ColumnEntry *column = index.table->column(key.column);
		const char *name = column != nullptr			   ? column->name
						   : IsA(key.expression, FuncExpr) ? get_func_name(castNode(FuncExpr, key.expression)->funcid)
														   : nullptr;
		append_part(&part, name != nullptr ? name : "expr");
		if (key.opclass == TEXT_BTREE_PATTERN_OPS_OID || key.opclass == BPCHAR_BTREE_PATTERN_OPS_OID)
			append_part(&part, "pattern");
	}
	if (index.method != BTREE_AM_OID)
		append_part(&part, method_name(index));
	if (index.predicate != NIL)
	{
		append_part(&part, "where");
		for (AttrNumber number : expression_columns(nodeToString(index.predicate)))
			if (const ColumnEntry *column = index.table->column(number))
				append_part(&part, column->name);
	}
	return part.data;
}

static bool
is_same(const void *made_for, const RelationEntry &partition, const IndexEntry &there)
{
	const ImaginedIndex &index = *static_cast<const ImaginedIndex *>(made_for);
	if (index.predicate != NIL || there.method != index.method || there.keys.size() != index.keys.size() ||
		there.key_columns != index.key_columns)
		return false;
	for (std::size_t i = 0; i < index.keys.size(); i++)
	{
		const ImaginedKey &wanted = index.keys[i];
		const IndexKey &found = there.keys[i];
		const ColumnEntry *column = index.table->column(wanted.column);
		const ColumnEntry *own = partition.column(found.column);
		if (column == nullptr || own == nullptr || strcmp(column->name, own->name) != 0)
			return false;
		if (i < index.key_columns &&
			(found.opclass != wanted.opclass || found.option != wanted.option || found.collation != wanted.collation))
			return false;
	}
	return true;
}

void
fix_create(Finding &finding, const ImaginedIndex &index, Vector<const char *> &used)
{
	const char *method = index.method == BTREE_AM_OID ? "" : format(" USING %s", quoted(method_name(index)));
	const char *tail = text_of(index, format("%s (", method), ")");
	if (tail == nullptr)
		return;
	std::size_t before = used.size();
	fix_create(finding, {index.table, tail, name_part(index), false, is_same, &index}, used);
	if (used.size() == before)
		return;
	/* What is known of an expression comes from its index. */
	if (std::any_of(index.keys.begin(), index.keys.end(), [](const ImaginedKey &key) { return key.column == 0; }))
		finding.fix("ANALYZE %s", full_name(*index.table));
}

} // namespace dbeng
