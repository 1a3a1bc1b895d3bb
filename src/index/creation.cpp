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

/* An index that a partition has already, which ATTACH PARTITION takes for the same. */
static const IndexEntry *
attachable(const RelationEntry &partition, const ImaginedIndex &index)
{
	if (index.predicate != NIL)
		return nullptr;
	for (const IndexEntry *there : partition.indexes)
	{
		if (!there->usable() || there->parent != nullptr || there->unique || there->method != index.method ||
			there->predicate != nullptr || there->expressions != nullptr || there->exclusion ||
			there->keys.size() != index.keys.size() || there->key_columns != index.key_columns)
			continue;
		bool same = true;
		for (std::size_t i = 0; i < index.keys.size(); i++)
		{
			const ColumnEntry *wanted = index.table->column(index.keys[i].column);
			const ColumnEntry *found = partition.column(there->keys[i].column);
			same = same && wanted != nullptr && found != nullptr && strcmp(wanted->name, found->name) == 0 &&
				   (i >= index.key_columns ||
					(there->keys[i].opclass == index.keys[i].opclass && there->keys[i].option == index.keys[i].option &&
					 there->keys[i].collation == index.keys[i].collation));
		}
		if (same)
			return there;
	}
	return nullptr;
}

static const char *
create_tree(Finding &finding, const ImaginedIndex &index, const RelationEntry &table, const char *tail,
			Vector<const char *> &used)
{
	bool partitioned = table.kind == RELKIND_PARTITIONED_TABLE;
	const char *name = free_name(*table.schema, table.name, name_part(index), false, used);
	finding.fix("CREATE INDEX %s%s ON %s%s%s", partitioned ? "" : "CONCURRENTLY ", quoted(name),
				partitioned ? "ONLY " : "", full_name(table), tail);
	if (partitioned)
		for (const RelationEntry *partition : table.children)
		{
			CHECK_FOR_INTERRUPTS();
			const IndexEntry *there = attachable(*partition, index);
			const char *child = there != nullptr ? there->name : create_tree(finding, index, *partition, tail, used);
			finding.fix("ALTER INDEX %s ATTACH PARTITION %s", quoted(table.schema->name, name),
						quoted(partition->schema->name, child));
		}
	return name;
}

static bool
has_foreign_table(const RelationEntry &table)
{
	return std::any_of(table.children.begin(), table.children.end(),
					   [](const RelationEntry *partition)
					   { return !partition->is_table() || has_foreign_table(*partition); });
}

void
fix_create(Finding &finding, const ImaginedIndex &index, Vector<const char *> &used)
{
	const char *method = index.method == BTREE_AM_OID ? "" : format(" USING %s", quoted(method_name(index)));
	const char *tail = text_of(index, format("%s (", method), ")");
	bool partitioned = index.table->kind == RELKIND_PARTITIONED_TABLE;
	if (tail == nullptr || (partitioned && has_foreign_table(*index.table)))
		return;
	create_tree(finding, index, *index.table, tail, used);
	/* What is known of an expression comes from its index. */
	if (std::any_of(index.keys.begin(), index.keys.end(), [](const ImaginedKey &key) { return key.column == 0; }))
		finding.fix("ANALYZE %s", full_name(*index.table));
}

} // namespace dbeng
