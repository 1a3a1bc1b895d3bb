#include "planner/parameters.hpp"

#include "core/parse.hpp"

namespace dbeng {

/* Each costs an analysis that fails; a statement nobody can type shall not hold up the others. */
static constexpr int most_attempts = 60;

/* More parameters than the protocol can send. */
static constexpr int most_parameters = PG_UINT16_MAX;

/* What literals of no type of their own, or of one they lost, mostly are. */
static constexpr Oid guesses[] = {INT4OID, INTERVALOID, TEXTOID,	  NUMERICOID,  TIMESTAMPTZOID,
								  DATEOID, BOOLOID,		INT4ARRAYOID, TEXTARRAYOID};

Parameters::Parameters() = default;

Oid &
Parameters::slot(int number)
{
	if (number < 1 || number > most_parameters)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_PARAMETER), errmsg("there is no parameter $%d", number));
	auto index = static_cast<std::size_t>(number - 1);
	while (types_->size() <= index)
	{
		types_->push_back(InvalidOid);
		declared_->push_back(InvalidOid);
		constants_->push_back(nullptr);
		same_as_->push_back(static_cast<int>(types_->size()));
	}
	return (*types_)[index];
}

void
Parameters::declare(int number, Oid type)
{
	slot(number) = type;
	(*declared_)[static_cast<std::size_t>(number - 1)] = type;
}

static Param *
make_param(int number, Oid type, int location)
{
	Param *param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = number;
	param->paramtype = type;
	param->paramtypmod = -1;
	param->paramcollid = get_typcollation(type);
	param->location = location;
	return param;
}

Node *
Parameters::reference(ParseState *pstate, ParamRef *reference)
{
	auto *self = static_cast<Parameters *>(pstate->p_ref_hook_state);
	self->slot(reference->number);
	int number = (*self->same_as_)[static_cast<std::size_t>(reference->number - 1)];
	if (A_Const *constant = (*self->constants_)[static_cast<std::size_t>(number - 1)])
		return reinterpret_cast<Node *>(make_const(pstate, constant));
	Oid &type = self->slot(number);
	if (!OidIsValid(type))
		type = UNKNOWNOID;
	self->unknown_left_ = self->unknown_left_ || type == UNKNOWNOID;
	return reinterpret_cast<Node *>(make_param(number, type, reference->location));
}

Node *
Parameters::coerce(ParseState *pstate, Param *param, Oid type, int32, int location)
{
	if (param->paramkind != PARAM_EXTERN || param->paramtype != UNKNOWNOID)
		return nullptr;
	auto *self = static_cast<Parameters *>(pstate->p_ref_hook_state);
	Oid &deduced = self->slot(param->paramid);
	if (deduced == UNKNOWNOID)
		deduced = type;
	/* In place: what has been found out of it is of every copy of the node that is yet to be made. */
	param->paramtype = type;
	param->paramtypmod = -1;
	param->paramcollid = get_typcollation(type);
	if (param->location < 0 || (location >= 0 && location < param->location))
		param->location = location;
	return reinterpret_cast<Node *>(param);
}

void
Parameters::begin(ParseState *pstate)
{
	for (std::size_t i = 0; i < types_->size(); i++)
		(*types_)[i] = (*declared_)[i];
	unknown_left_ = false;
	pstate->p_ref_hook_state = this;
	pstate->p_paramref_hook = reference;
	pstate->p_coerce_param_hook = coerce;
}

bool
Parameters::settle_node(Node *node, void *context)
{
	auto *self = static_cast<Parameters *>(context);
	if (node == nullptr)
		return false;
	if (IsA(node, Query))
		return pg::walk_query(castNode(Query, node), settle_node, context);
	if (IsA(node, Param))
	{
		Param *param = castNode(Param, node);
		if (param->paramkind == PARAM_EXTERN && param->paramtype == UNKNOWNOID)
		{
			Oid &type = self->slot(param->paramid);
			if (type == UNKNOWNOID)
				type = TEXTOID;
			param->paramtype = type;
			param->paramcollid = get_typcollation(type);
		}
		return false;
	}
	return pg::walk_expression(node, settle_node, context);
}

void
Parameters::settle(Query *query)
{
	if (unknown_left_)
		settle_node(reinterpret_cast<Node *>(query), this);
}

/*
 * An expression that stands twice, in GROUP BY date_trunc('day', at) and among
 * the columns, is one to the server, but not any more in the normalised text: there
 * only the constants of the one are parameters. Below is what finds them to be
 * the same again.
 */

static void
values_in(Node *node, Vector<Node *> &found)
{
	any_raw_node(node,
				 [&found](Node *at)
				 {
					 if (IsA(at, ParamRef) || IsA(at, A_Const))
						 found.push_back(at);
					 return false;
				 });
}

/* A copy in which every parameter and every constant is the same. */
static Node *
without_values(Node *node)
{
	auto *copy = static_cast<Node *>(copyObjectImpl(node));
	Local<Vector<Node *>> values;
	values_in(copy, *values);
	static_assert(sizeof(A_Const) >= sizeof(ParamRef));
	for (Node *value : *values)
	{
		auto *reference = reinterpret_cast<ParamRef *>(value);
		*reference = {};
		reference->type = T_ParamRef;
	}
	return copy;
}

namespace {
/* Expressions that others must be the same as. */
struct Pattern
{
	Node *shape;
	Node *expression;
};

struct Unifier
{
	Local<Vector<Pattern>> patterns;
	Local<Vector<int>> *same_as;
	Local<Vector<A_Const *>> *constants;
	bool changed = false;

	void add(Node *expression)
	{
		if (expression == nullptr || IsA(expression, ParamRef) || IsA(expression, A_Const))
			return;
		Local<Vector<Node *>> values;
		values_in(expression, *values);
		if (!values->empty())
			patterns->push_back({without_values(expression), expression});
	}
	void add_all(List *items)
	{
		ListCell *cell;
		foreach (cell, items)
			add(static_cast<Node *>(lfirst(cell)));
	}
	void match(Node *node)
	{
		for (const Pattern &pattern : *patterns)
			if (pattern.expression != node && nodeTag(pattern.expression) == nodeTag(node) &&
				equal(pattern.shape, without_values(node)))
				join_all(node, pattern.expression);
	}
	void join_all(Node *one, Node *other)
	{
		Local<Vector<Node *>> ones;
		Local<Vector<Node *>> others;
		values_in(one, *ones);
		values_in(other, *others);
		for (std::size_t i = 0; i < ones->size(); i++)
			if (IsA((*ones)[i], A_Const) && IsA((*others)[i], A_Const) && !equal((*ones)[i], (*others)[i]))
				return;
		for (std::size_t i = 0; i < ones->size(); i++)
			join((*ones)[i], (*others)[i]);
	}
	void join(Node *one, Node *other)
	{
		if (IsA(one, A_Const))
			std::swap(one, other);
		if (IsA(one, A_Const))
			return;
		int &target = (**same_as)[static_cast<std::size_t>(castNode(ParamRef, one)->number - 1)];
		auto index = static_cast<std::size_t>(target - 1);
		if ((**constants)[index] != nullptr)
			return;
		if (IsA(other, A_Const))
			(**constants)[index] = castNode(A_Const, other);
		else
		{
			int root = (**same_as)[static_cast<std::size_t>(castNode(ParamRef, other)->number - 1)];
			if (target == root)
				return;
			target = root;
		}
		changed = true;
	}
};
} // namespace

bool
Parameters::unify(RawStmt *statement)
{
	Unifier unifier;
	unifier.same_as = &same_as_;
	unifier.constants = &constants_;
	any_raw_node(statement->stmt,
				 [&unifier, this](Node *node)
				 {
					 if (IsA(node, ParamRef))
						 slot(castNode(ParamRef, node)->number);
					 if (!IsA(node, SelectStmt))
						 return false;
					 SelectStmt *select = castNode(SelectStmt, node);
					 unifier.add_all(select->groupClause);
					 unifier.add_all(select->distinctClause);
					 ListCell *cell;
					 if (select->distinctClause != NIL)
						 foreach (cell, select->targetList)
							 unifier.add(lfirst_node(ResTarget, cell)->val);
					 return false;
				 });
	if (unifier.patterns->empty())
		return false;
	any_raw_node(statement->stmt,
				 [&unifier](Node *node)
				 {
					 unifier.match(node);
					 return false;
				 });
	return unifier.changed;
}

/* Where the parser says that a node is; of an operator and a call, not where its first operand is. */
static int
own_location(Node *node)
{
	switch (nodeTag(node))
	{
		case T_A_Expr:
			return castNode(A_Expr, node)->location;
		case T_FuncCall:
			return castNode(FuncCall, node)->location;
		case T_SubLink:
			return castNode(SubLink, node)->location;
		case T_CaseExpr:
			return castNode(CaseExpr, node)->location;
		case T_CoalesceExpr:
			return castNode(CoalesceExpr, node)->location;
		case T_TypeCast:
			return castNode(TypeCast, node)->location;
		case T_A_ArrayExpr:
			return castNode(A_ArrayExpr, node)->location;
		default:
			return -1;
	}
}

static Node *
node_at(RawStmt *statement, int at)
{
	Node *found = nullptr;
	if (at >= 0)
		any_raw_node(statement->stmt,
					 [&found, at](Node *node)
					 {
						 if (own_location(node) == at)
							 found = node;
						 return found != nullptr;
					 });
	return found;
}

static void
add_if_parameter(Node *node, Vector<int> &found)
{
	if (node == nullptr || !IsA(node, ParamRef))
		return;
	int number = castNode(ParamRef, node)->number;
	if (std::find(found.begin(), found.end(), number) == found.end())
		found.push_back(number);
}

static void
add_parameters(List *nodes, Vector<int> &found)
{
	ListCell *cell;
	foreach (cell, nodes)
	{
		auto *node = static_cast<Node *>(lfirst(cell));
		if (node != nullptr && IsA(node, List))
			add_parameters(reinterpret_cast<List *>(node), found);
		else
			add_if_parameter(node, found);
	}
}

static void
parameters_in(Node *node, Vector<int> &found)
{
	any_raw_node(node,
				 [&found](Node *at)
				 {
					 add_if_parameter(at, found);
					 return false;
				 });
}

/* Parameters that get a type from nothing but habit: results of CASE, elements, whole columns, added to something. */
static void
loose_parameters(Node *node, Vector<int> &found)
{
	any_raw_node(node,
				 [&found](Node *at)
				 {
					 switch (nodeTag(at))
					 {
						 case T_CaseWhen:
							 add_if_parameter(reinterpret_cast<Node *>(castNode(CaseWhen, at)->result), found);
							 break;
						 case T_CaseExpr:
							 add_if_parameter(reinterpret_cast<Node *>(castNode(CaseExpr, at)->defresult), found);
							 break;
						 case T_A_ArrayExpr:
							 add_parameters(castNode(A_ArrayExpr, at)->elements, found);
							 break;
						 case T_CoalesceExpr:
							 add_parameters(castNode(CoalesceExpr, at)->args, found);
							 break;
						 case T_MinMaxExpr:
							 add_parameters(castNode(MinMaxExpr, at)->args, found);
							 break;
						 case T_FuncCall:
							 add_parameters(castNode(FuncCall, at)->args, found);
							 break;
						 case T_SelectStmt:
							 add_parameters(castNode(SelectStmt, at)->valuesLists, found);
							 break;
						 case T_ResTarget:
							 add_if_parameter(castNode(ResTarget, at)->val, found);
							 break;
						 case T_A_Expr:
						 {
							 A_Expr *expression = castNode(A_Expr, at);
							 const char *name = expression->name == NIL ? "" : strVal(llast(expression->name));
							 if (expression->kind == AEXPR_OP && strchr("+-*/%|", name[0]) != nullptr)
							 {
								 add_if_parameter(expression->lexpr, found);
								 add_if_parameter(expression->rexpr, found);
							 }
							 break;
						 }
						 default:
							 break;
					 }
					 return false;
				 });
}

/* Many are tried together only. */
static constexpr std::size_t most_alone = 8;

/* Each type is tried for all suspects together and then for each alone. */
bool
Parameters::next_guess()
{
	std::size_t alone = suspects_->size() > 1 && suspects_->size() <= most_alone ? suspects_->size() : 0;
	if (suspects_->empty() || guess_ >= (1 + alone) * std::size(guesses))
		return false;
	Oid type = guesses[guess_ / (1 + alone)];
	std::size_t round = guess_ % (1 + alone);
	guess_++;
	for (std::size_t i = 0; i < suspects_->size(); i++)
		(*declared_)[static_cast<std::size_t>((*suspects_)[i] - 1)] = round == 0 || round == i + 1 ? type : InvalidOid;
	return true;
}

/* From now on types are tried for these, but for those whose type is known. */
bool
Parameters::suspect(const Vector<int> &numbers)
{
	suspects_->clear();
	guess_ = 0;
	for (int number : numbers)
	{
		slot(number);
		if (!OidIsValid((*declared_)[static_cast<std::size_t>(number - 1)]))
			suspects_->push_back(number);
	}
	return next_guess();
}

static bool
contains(Node *node, int location)
{
	return any_raw_node(node, [location](Node *at) { return own_location(at) == location; });
}

bool
Parameters::try_other(const Refusal &refusal, RawStmt *statement, int at)
{
	switch (refusal.code)
	{
		case ERRCODE_GROUPING_ERROR:
		case ERRCODE_INVALID_COLUMN_REFERENCE:
			if (unified_)
				return false;
			unified_ = true;
			return unify(statement);
		case ERRCODE_UNDEFINED_FUNCTION:
		case ERRCODE_AMBIGUOUS_FUNCTION:
		case ERRCODE_DATATYPE_MISMATCH:
		case ERRCODE_CANNOT_COERCE:
		case ERRCODE_INDETERMINATE_DATATYPE:
			break;
		default:
			return false;
	}
	if (++attempts_ > most_attempts)
		return false;

	Node *node = node_at(statement, at);
	/* A complaint about something else: what was guessed before was right. */
	bool other = node != nullptr && failed_ != nullptr && !contains(failed_, at) && !everywhere_;
	if (attempts_ == 1 || other)
	{
		failed_ = node;
		everywhere_ = false;
		Local<Vector<int>> found;
		if (node != nullptr)
			loose_parameters(node, *found);
		if (found->empty() && node != nullptr)
			parameters_in(node, *found);
		if (suspect(*found))
			return true;
	}
	else if (next_guess())
		return true;
	if (everywhere_)
		return false;
	/* What it could not make sense of may have got its type elsewhere: from the columns of a sub-select or of VALUES. */
	for (int number : *suspects_)
		(*declared_)[static_cast<std::size_t>(number - 1)] = InvalidOid;
	everywhere_ = true;
	Local<Vector<int>> found;
	loose_parameters(statement->stmt, *found);
	return suspect(*found);
}

} // namespace dbeng
