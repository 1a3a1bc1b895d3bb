#include "query/unserved_condition.hpp"

#include "catalog/expression.hpp"

namespace dbeng {

static bool
has_column(Node *node)
{
	return any_raw_node(node, [](Node *at) { return IsA(at, ColumnRef); });
}

/* Casts that keep the value and its order, or that an index of the column survives, are not looked at. */
static bool
changes_value(const Catalog &catalog, const ColumnEntry &column, const char *type)
{
	Oid from = catalog.base_type(column.type);
	if (strcmp(type, "date") == 0)
		return from == TIMESTAMPOID || from == TIMESTAMPTZOID;
	if (strcmp(type, "text") == 0)
		return from == INT2OID || from == INT4OID || from == INT8OID || from == UUIDOID || from == NUMERICOID ||
			   from == DATEOID || from == TIMESTAMPOID || from == TIMESTAMPTZOID;
	return false;
}

static HiddenColumn
hidden(const Catalog &catalog, const Source &source, Node *side)
{
	if (side == nullptr)
		return {};
	if (IsA(side, TypeCast))
	{
		auto *cast = castNode(TypeCast, side);
		const ColumnEntry *column = source.column(cast->arg);
		const char *type = last_name(cast->typeName->names);
		if (column == nullptr || cast->typeName->arrayBounds != NIL || !changes_value(catalog, *column, type))
			return {};
		return {source.relation, column, nullptr, type};
	}
	if (!IsA(side, FuncCall))
		return {};
	auto *call = castNode(FuncCall, side);
	const ColumnEntry *only = nullptr;
	ListCell *cell;
	foreach (cell, call->args)
	{
		auto *argument = static_cast<Node *>(lfirst(cell));
		const ColumnEntry *column = source.column(argument);
		if ((column == nullptr && has_column(argument)) || (column != nullptr && only != nullptr))
			return {};
		if (column != nullptr)
			only = column;
	}
	return only == nullptr ? HiddenColumn() : HiddenColumn{source.relation, only, call, nullptr};
}

static bool
is_comparison(const A_Expr &expression)
{
	switch (expression.kind)
	{
		case AEXPR_IN:
		case AEXPR_BETWEEN:
		case AEXPR_OP_ANY:
			return true;
		case AEXPR_OP:
			for (const char *name : {"=", "<", ">", "<=", ">="})
				if (strcmp(last_name(expression.name), name) == 0)
					return true;
			return false;
		default:
			return false;
	}
}

/* What the condition hides; nothing when another part of it finds the rows through an index. */
static HiddenColumn
hidden_in(const Catalog &catalog, const Source &source, Node *where)
{
	Local<Vector<Node *>> parts;
	conjuncts(where, *parts);
	HiddenColumn found;
	for (Node *part : *parts)
	{
		if (!IsA(part, A_Expr))
			continue;
		auto *expression = castNode(A_Expr, part);
		if (!is_comparison(*expression))
			continue;
		for (Node *side : {expression->lexpr, expression->rexpr})
			if (const ColumnEntry *column = source.column(side);
				column != nullptr && leads_index(*source.relation, *column))
				return {};
		Node *value = expression->rexpr;
		HiddenColumn here = hidden(catalog, source, expression->lexpr);
		if (here.column == nullptr && expression->kind == AEXPR_OP)
		{
			here = hidden(catalog, source, expression->rexpr);
			value = expression->lexpr;
		}
		if (found.column == nullptr && here.column != nullptr && !has_column(value))
			found = here;
	}
	return found;
}

/* Does this node of an index's expression compute what the statement does? */
static bool
computes(Node *node, const HiddenColumn &hidden)
{
	bool named = hidden.call == nullptr;
	if (hidden.call != nullptr && IsA(node, FuncExpr))
	{
		const char *name = get_func_name(castNode(FuncExpr, node)->funcid);
		named = name != nullptr && strcmp(name, last_name(hidden.call->funcname)) == 0;
	}
	return named && any_node(node, [&hidden](Node *at)
							 { return IsA(at, Var) && castNode(Var, at)->varattno == hidden.column->number; });
}

static bool
is_served(const HiddenColumn &hidden)
{
	for (const IndexEntry *index : hidden.table->indexes)
		if (index->expressions != nullptr && index->usable() &&
			any_node(expression_tree(index->expressions),
					 [&hidden](Node *node) { return !IsA(node, List) && computes(node, hidden); }))
			return true;
	return false;
}

HiddenColumn
hidden_column(const Catalog &catalog, const StatementEntry &statement)
{
	Source source = only_source(catalog, statement);
	Node *where = where_of(statement);
	if (where == nullptr || source.relation == nullptr || !source.relation->is_table())
		return {};
	HiddenColumn found = hidden_in(catalog, source, where);
	return found.column == nullptr || is_served(found) ? HiddenColumn() : found;
}

/* The column that a LIKE or ILIKE somewhere in the condition searches; NULL without. */
static const ColumnEntry *
searched(const Source &source, Node *where)
{
	const ColumnEntry *column = nullptr;
	any_raw_node(where,
				 [&source, &column](Node *node)
				 {
					 if (!IsA(node, A_Expr))
						 return false;
					 auto *expression = castNode(A_Expr, node);
					 /* NOT LIKE wants most rows, no index helps it. */
					 if ((expression->kind == AEXPR_LIKE || expression->kind == AEXPR_ILIKE) &&
						 last_name(expression->name)[0] != '!')
						 column = source.column(expression->lexpr);
					 return column != nullptr;
				 });
	return column;
}

/* Does a GIN or GiST index have the column, by itself or in an expression? Then patterns were thought of. */
static bool
has_search_index(const RelationEntry &table, const ColumnEntry &column)
{
	for (const IndexEntry *index : table.indexes)
	{
		if (index->method == BTREE_AM_OID || index->method == HASH_AM_OID || !index->usable())
			continue;
		for (const IndexKey &key : index->key())
			if (key.column == column.number)
				return true;
		if (index->expressions != nullptr)
			for (AttrNumber used : expression_columns(index->expressions))
				if (used == column.number)
					return true;
	}
	return false;
}

PatternSearch
pattern_search(const Catalog &catalog, const StatementEntry &statement)
{
	Source source = only_source(catalog, statement);
	Node *where = where_of(statement);
	if (where == nullptr || source.relation == nullptr || !source.relation->is_table())
		return {};
	const ColumnEntry *column = searched(source, where);
	if (column == nullptr || has_search_index(*source.relation, *column))
		return {};
	return {source.relation, column};
}

} // namespace dbeng
