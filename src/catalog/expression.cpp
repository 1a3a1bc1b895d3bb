#include "catalog/expression.hpp"

namespace dbeng {

Node *
expression_tree(const char *tree)
{
	return tree == nullptr ? nullptr : static_cast<Node *>(stringToNode(tree));
}

bool
same_expression(const char *a, const char *b)
{
	if (a == nullptr || b == nullptr)
		return a == b;
	/* equal() looks past the source locations, which make the texts differ. */
	return strcmp(a, b) == 0 || equal(expression_tree(a), expression_tree(b));
}

static char
weaker(char a, char b)
{
	if (a == PROVOLATILE_VOLATILE || b == PROVOLATILE_VOLATILE)
		return PROVOLATILE_VOLATILE;
	return a == PROVOLATILE_STABLE || b == PROVOLATILE_STABLE ? PROVOLATILE_STABLE : PROVOLATILE_IMMUTABLE;
}

static char
function_volatility(Oid function)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return PROVOLATILE_VOLATILE;
	char volatility = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->provolatile;
	ReleaseSysCache(tuple);
	return volatility;
}

static bool
note_volatility(Oid function, void *context)
{
	auto *so_far = static_cast<char *>(context);
	*so_far = weaker(*so_far, function_volatility(function));
	return *so_far == PROVOLATILE_VOLATILE;
}

char
expression_volatility(const char *tree)
{
	char volatility = PROVOLATILE_IMMUTABLE;
	any_node(expression_tree(tree),
			 [&volatility](Node *node)
			 {
				 if (IsA(node, NextValueExpr))
					 volatility = PROVOLATILE_VOLATILE;
				 else if (IsA(node, SQLValueFunction))
					 volatility = weaker(volatility, PROVOLATILE_STABLE);
				 else
					 check_functions_in_node(node, note_volatility, &volatility);
				 return volatility == PROVOLATILE_VOLATILE;
			 });
	return volatility;
}

namespace {
enum class Truth
{
	yes,
	no,
	null,
	unknown
};
} // namespace

static Truth truth(Node *node);

static Const *
constant(Node *node)
{
	while (IsA(node, RelabelType))
		node = reinterpret_cast<Node *>(castNode(RelabelType, node)->arg);
	return IsA(node, Const) ? castNode(Const, node) : nullptr;
}

static Truth
compared(OpExpr *expression)
{
	if (list_length(expression->args) != 2 || expression->opresulttype != BOOLOID)
		return Truth::unknown;
	Const *left = constant(static_cast<Node *>(linitial(expression->args)));
	Const *right = constant(static_cast<Node *>(lsecond(expression->args)));
	if (left == nullptr || right == nullptr || expression->opno >= FirstNormalObjectId ||
		!pg::is_comparison(expression->opno))
		return Truth::unknown;
	if (left->constisnull || right->constisnull)
		return Truth::null;
	set_opfuncid(expression);
	return DatumGetBool(
			   OidFunctionCall2Coll(expression->opfuncid, expression->inputcollid, left->constvalue, right->constvalue))
			   ? Truth::yes
			   : Truth::no;
}

static Truth
combined(BoolExpr *expression)
{
	if (expression->boolop == NOT_EXPR)
	{
		Truth of = truth(static_cast<Node *>(linitial(expression->args)));
		return of == Truth::yes ? Truth::no : of == Truth::no ? Truth::yes : of;
	}
	/* AND is decided by one false, OR by one true; an unknown part leaves the rest undecided. */
	Truth decisive = expression->boolop == AND_EXPR ? Truth::no : Truth::yes;
	Truth result = expression->boolop == AND_EXPR ? Truth::yes : Truth::no;
	ListCell *cell;
	foreach (cell, expression->args)
	{
		Truth of = truth(static_cast<Node *>(lfirst(cell)));
		if (of == decisive)
			return decisive;
		if (of == Truth::unknown || (of == Truth::null && result != Truth::unknown))
			result = of;
	}
	return result;
}

static Truth
truth(Node *node)
{
	if (Const *value = constant(node))
	{
		if (value->consttype != BOOLOID)
			return Truth::unknown;
		return value->constisnull ? Truth::null : DatumGetBool(value->constvalue) ? Truth::yes : Truth::no;
	}
	if (IsA(node, BoolExpr))
		return combined(castNode(BoolExpr, node));
	if (IsA(node, OpExpr))
		return compared(castNode(OpExpr, node));
	if (IsA(node, NullTest))
		if (Const *value = constant(reinterpret_cast<Node *>(castNode(NullTest, node)->arg)))
			return value->constisnull == (castNode(NullTest, node)->nulltesttype == IS_NULL) ? Truth::yes : Truth::no;
	return Truth::unknown;
}

bool
always_true(const char *tree)
{
	return tree != nullptr && truth(expression_tree(tree)) == Truth::yes;
}

bool
always_false(const char *tree)
{
	return tree != nullptr && truth(expression_tree(tree)) == Truth::no;
}

static bool
requires_not_null(Node *node, std::span<const AttrNumber> columns)
{
	if (IsA(node, BoolExpr) && castNode(BoolExpr, node)->boolop == AND_EXPR)
	{
		ListCell *cell;
		foreach (cell, castNode(BoolExpr, node)->args)
			if (!requires_not_null(static_cast<Node *>(lfirst(cell)), columns))
				return false;
		return true;
	}
	if (!IsA(node, NullTest) || castNode(NullTest, node)->nulltesttype != IS_NOT_NULL)
		return false;
	auto *tested = reinterpret_cast<Node *>(castNode(NullTest, node)->arg);
	return IsA(tested, Var) &&
		   std::find(columns.begin(), columns.end(), castNode(Var, tested)->varattno) != columns.end();
}

bool
only_requires_not_null(const char *tree, std::span<const AttrNumber> columns)
{
	return tree != nullptr && requires_not_null(expression_tree(tree), columns);
}

std::span<const AttrNumber>
expression_columns(const char *tree)
{
	Local<Vector<AttrNumber>> columns;
	any_node(expression_tree(tree),
			 [&columns](Node *node)
			 {
				 if (IsA(node, Var) && castNode(Var, node)->varno == 1)
					 columns->push_back(castNode(Var, node)->varattno);
				 return false;
			 });
	std::sort(columns->begin(), columns->end());
	auto end = std::unique(columns->begin(), columns->end());
	return {columns->data(), static_cast<std::size_t>(end - columns->begin())};
}

/*
 * ruleutils opens the table under ACCESS SHARE to learn its column names. With
 * the lock already ours it cannot wait, and the table cannot vanish under it.
 */
template <class Deparse>
static const char *
with_table(Oid table, Deparse deparse)
{
	if (!ConditionalLockRelationOid(table, AccessShareLock))
		return nullptr;
	const char *sql = SearchSysCacheExists1(RELOID, ObjectIdGetDatum(table)) ? deparse() : nullptr;
	UnlockRelationOid(table, AccessShareLock);
	return sql;
}

const char *
expression_sql(const char *tree, const RelationEntry &relation)
{
	return with_table(relation.oid,
					  [&]() -> const char * {
						  return deparse_expression(expression_tree(tree),
													deparse_context_for(relation.name, relation.oid), false, false);
					  });
}

const char *
index_definition(const IndexEntry &index)
{
	return with_table(index.table->oid,
					  [&]() -> const char *
					  {
						  LOCAL_FCINFO(call, 1);
						  InitFunctionCallInfoData(*call, nullptr, 1, InvalidOid, nullptr, nullptr);
						  call->args[0] = {ObjectIdGetDatum(index.oid), false};
						  Datum definition = pg_get_indexdef(call);
						  return call->isnull ? nullptr : TextDatumGetCString(definition);
					  });
}

/* Under the lock on its table an index cannot vanish but CONCURRENTLY, which takes two transactions more. */
const char *
index_creation(const IndexEntry &index)
{
	return with_table(index.table->oid,
					  [&]() -> const char *
					  {
						  if (!SearchSysCacheExists1(INDEXRELID, ObjectIdGetDatum(index.oid)))
							  return nullptr;
						  return pg_get_indexdef_string(index.oid);
					  });
}

const char *
constraint_creation(const ConstraintEntry &constraint)
{
	return with_table(constraint.table->oid,
					  [&]() -> const char *
					  {
						  if (!SearchSysCacheExists1(CONSTROID, ObjectIdGetDatum(constraint.oid)))
							  return nullptr;
						  return pg_get_constraintdef_command(constraint.oid);
					  });
}

} // namespace dbeng
