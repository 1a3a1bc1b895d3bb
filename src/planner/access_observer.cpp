#include "planner/access_observer.hpp"

namespace dbeng {

namespace {
class Observer
{
  public:
	Observer(PlannerInfo *root, RelOptInfo *rel, MemoryContext context)
		: root_(root), rel_(rel), relid_(static_cast<int>(rel->relid)),
		  conditions_(ContextAllocator<Condition>(context)), order_(ContextAllocator<OrderKey>(context)),
		  needed_(ContextAllocator<AttrNumber>(context))
	{}

	void all(TableAccess &access);

  private:
	void restriction(Node *clause, int32 arm);
	void joins();
	void order(List *pathkeys);
	void needed(TableAccess &access);
	void comparison(Node *clause, Oid op, Oid collation, Node *left, Node *right, bool any, int32 arm);
	void row_comparison(Node *clause, const RowCompareExpr *rows, int32 arm);
	void truth(Node *clause, Node *key, bool value, int32 arm);
	void function(Node *clause, const FuncExpr *call, int32 arm);
	void disjunction(const BoolExpr *either);

	Condition condition(Test test, Node *clause, Node *key, int32 arm);
	Node *indexable(Node *node);
	bool constant_side(Node *node, uint64 &partners);
	double share(Node *clause);

	PlannerInfo *root_;
	RelOptInfo *rel_;
	int relid_;
	int32 arms_ = 0;
	Vector<Condition> conditions_;
	Vector<OrderKey> order_;
	Vector<AttrNumber> needed_;
};
} // namespace

/* A copy with Vars of varno 1. */
static Node *
own(Node *node, int relid)
{
	auto *copy = static_cast<Node *>(copyObjectImpl(node));
	ChangeVarNodes(copy, relid, 1, 0);
	return copy;
}

static Node *
stripped(Node *node)
{
	while (node != nullptr && IsA(node, RelabelType))
		node = reinterpret_cast<Node *>(castNode(RelabelType, node)->arg);
	return node;
}

static bool
refuses_index(Node *node)
{
	struct Walk
	{
		static bool step(Node *at, void *)
		{
			if (at == nullptr)
				return false;
			if (IsA(at, Var))
				return castNode(Var, at)->varattno <= 0 || castNode(Var, at)->varlevelsup > 0;
			if (IsA(at, Param) || IsA(at, SubLink) || IsA(at, SubPlan) || IsA(at, AlternativeSubPlan) ||
				IsA(at, Aggref) || IsA(at, WindowFunc) || IsA(at, GroupingFunc) || IsA(at, PlaceHolderVar) ||
				IsA(at, SetToDefault) || IsA(at, CurrentOfExpr))
				return true;
			return pg::walk_expression(at, step, nullptr);
		}
	};
	return Walk::step(node, nullptr);
}

/* What an index could have as a key: a column of this table, or an immutable expression over it. NULL: nothing. */
Node *
Observer::indexable(Node *node)
{
	node = stripped(node);
	if (node == nullptr)
		return nullptr;
	int only;
	Relids used = pull_varnos(root_, node);
	if (!bms_get_singleton_member(used, &only) || only != relid_ || refuses_index(node) ||
		contain_mutable_functions(node) || expression_returns_set(node))
		return nullptr;
	return node;
}

/* Could it be looked up in an index of this table: no column of its own in it, the same for the whole scan? */
bool
Observer::constant_side(Node *node, uint64 &partners)
{
	Relids used = pull_varnos(root_, node);
	if (bms_is_member(relid_, used) || contain_volatile_functions(node))
		return false;
	partners = 0;
	for (int member = bms_next_member(used, -1); member >= 0; member = bms_next_member(used, member))
		partners |= uint64{1} << (member % 64);
	return true;
}

double
Observer::share(Node *clause)
{
	return clause_selectivity(root_, clause, 0, JOIN_INNER, nullptr);
}

Condition
Observer::condition(Test test, Node *clause, Node *key, int32 arm)
{
	Condition made = {};
	made.test = test;
	made.arm = arm;
	made.key = key == nullptr ? nullptr : own(key, relid_);
	if (made.key != nullptr)
	{
		made.column = IsA(made.key, Var) ? castNode(Var, made.key)->varattno : InvalidAttrNumber;
		made.type = exprType(made.key);
		made.collation = exprCollation(made.key);
	}
	made.clause = clause == nullptr ? nullptr : own(clause, relid_);
	made.share = clause == nullptr ? 0 : share(clause);
	return made;
}

static const Const *
as_constant(Node *node)
{
	node = stripped(node);
	return node != nullptr && IsA(node, Const) && !castNode(Const, node)->constisnull
			   ? static_cast<const Const *>(copyObjectImpl(node))
			   : nullptr;
}

/* Does LIKE ask for texts that begin with something? */
static bool
is_prefix_pattern(Oid op, const Const *pattern)
{
	if (pattern == nullptr || (op != OID_TEXT_LIKE_OP && op != OID_BPCHAR_LIKE_OP && op != OID_NAME_LIKE_OP))
		return false;
	const char *wanted = TextDatumGetCString(pattern->constvalue);
	return *wanted != '\0' && *wanted != '%' && *wanted != '_';
}

static int
btree_strategy(Oid op, Oid type)
{
	Oid family = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	return OidIsValid(family) ? get_op_opfamily_strategy(op, family) : 0;
}

void
Observer::comparison(Node *clause, Oid op, Oid collation, Node *left, Node *right, bool any, int32 arm)
{
	uint64 partners;
	Node *key = indexable(left);
	Node *other = right;
	if (key == nullptr || !constant_side(other, partners))
	{
		/* For ANY the array is on the right, whatever happens. */
		if (any)
			return;
		key = indexable(right);
		other = left;
		op = get_commutator(op);
		if (key == nullptr || !OidIsValid(op) || !constant_side(other, partners))
			return;
	}
	int strategy = btree_strategy(op, exprType(key));
	const Const *constant = partners == 0 ? as_constant(other) : nullptr;
	Test test = Test::search;
	if (strategy == BTEqualStrategyNumber)
		test = any ? Test::any_of : Test::equal;
	else if (strategy != 0 && !any)
		test = Test::range;
	else if (!any && is_prefix_pattern(op, constant))
	{
		Condition prefix = condition(Test::range, clause, key, arm);
		prefix.op = op;
		prefix.collation = collation;
		prefix.constant = constant;
		prefix.pattern = true;
		conditions_.push_back(prefix);
	}
	Condition made = condition(test, clause, key, arm);
	made.op = op;
	if (OidIsValid(collation))
		made.collation = collation;
	made.constant = constant;
	made.partners = partners;
	conditions_.push_back(made);
}

/* (a, b) < ($1, $2): what keyset pagination asks. */
void
Observer::row_comparison(Node *clause, const RowCompareExpr *rows, int32 arm)
{
	Local<Vector<AttrNumber>> columns{ContextAllocator<AttrNumber>(conditions_.get_stored_allocator().context())};
	bool left = true;
	for (bool side : {true, false})
	{
		columns->clear();
		ListCell *cell;
		foreach (cell, side ? rows->largs : rows->rargs)
		{
			Node *key = indexable(static_cast<Node *>(lfirst(cell)));
			if (key == nullptr || !IsA(key, Var))
				break;
			columns->push_back(castNode(Var, key)->varattno);
		}
		left = side;
		if (!columns->empty())
			break;
	}
	uint64 partners;
	if (columns->empty() || !constant_side(reinterpret_cast<Node *>(left ? rows->rargs : rows->largs), partners))
		return;
	Condition made = condition(Test::rows, clause, nullptr, arm);
	made.partners = partners;
	made.row = {columns->data(), columns->size()};
	conditions_.push_back(made);
}

void
Observer::truth(Node *clause, Node *operand, bool value, int32 arm)
{
	Node *key = indexable(operand);
	if (key == nullptr || !IsA(key, Var) || exprType(key) != BOOLOID)
		return;
	Condition made = condition(Test::truth, clause, key, arm);
	made.value = value;
	conditions_.push_back(made);
}

/* starts_with(), PostGIS' ST_DWithin() …: their support functions turn them into conditions on an index. */
void
Observer::function(Node *clause, const FuncExpr *call, int32 arm)
{
	if (!OidIsValid(get_func_support(call->funcid)))
		return;
	ListCell *cell;
	foreach (cell, call->args)
		if (Node *key = indexable(static_cast<Node *>(lfirst(cell))))
			conditions_.push_back(condition(Test::function_call, clause, key, arm));
}

void
Observer::restriction(Node *clause, int32 arm)
{
	if (clause == nullptr)
		return;
	if (IsA(clause, RestrictInfo))
	{
		auto *info = castNode(RestrictInfo, clause);
		if (info->pseudoconstant)
			return;
		clause = reinterpret_cast<Node *>(info->clause);
	}
	if (contain_volatile_functions(clause))
		return;
	switch (nodeTag(clause))
	{
		case T_OpExpr:
		{
			auto *op = castNode(OpExpr, clause);
			if (list_length(op->args) == 2)
				comparison(clause, op->opno, op->inputcollid, static_cast<Node *>(linitial(op->args)),
						   static_cast<Node *>(lsecond(op->args)), false, arm);
			break;
		}
		case T_ScalarArrayOpExpr:
		{
			auto *op = castNode(ScalarArrayOpExpr, clause);
			if (op->useOr)
				comparison(clause, op->opno, op->inputcollid, static_cast<Node *>(linitial(op->args)),
						   static_cast<Node *>(lsecond(op->args)), true, arm);
			break;
		}
		case T_RowCompareExpr:
			row_comparison(clause, castNode(RowCompareExpr, clause), arm);
			break;
		case T_NullTest:
		{
			auto *test = castNode(NullTest, clause);
			if (Node *key = test->argisrow ? nullptr : indexable(reinterpret_cast<Node *>(test->arg)))
				conditions_.push_back(
					condition(test->nulltesttype == IS_NULL ? Test::is_null : Test::not_null, clause, key, arm));
			break;
		}
		case T_BooleanTest:
		{
			auto *test = castNode(BooleanTest, clause);
			if (test->booltesttype == IS_TRUE || test->booltesttype == IS_FALSE)
				truth(clause, reinterpret_cast<Node *>(test->arg), test->booltesttype == IS_TRUE, arm);
			break;
		}
		case T_Var:
			truth(clause, clause, true, arm);
			break;
		case T_FuncExpr:
			function(clause, castNode(FuncExpr, clause), arm);
			break;
		case T_BoolExpr:
		{
			auto *expression = castNode(BoolExpr, clause);
			ListCell *cell;
			if (expression->boolop == NOT_EXPR)
				truth(clause, static_cast<Node *>(linitial(expression->args)), false, arm);
			else if (expression->boolop == AND_EXPR)
			{
				foreach (cell, expression->args)
					restriction(static_cast<Node *>(lfirst(cell)), arm);
			}
			else if (arm == 0)
				disjunction(expression);
			break;
		}
		default:
			break;
	}
}

void
Observer::disjunction(const BoolExpr *either)
{
	ListCell *cell;
	foreach (cell, either->args)
	{
		if (++arms_ > 8)
			return;
		restriction(static_cast<Node *>(lfirst(cell)), arms_);
	}
}

/* Equalities with other tables: those the planner keeps as clauses, and those it has made equivalences of. */
void
Observer::joins()
{
	ListCell *cell;
	foreach (cell, rel_->joininfo)
	{
		auto *info = lfirst_node(RestrictInfo, cell);
		if (!contain_volatile_functions(reinterpret_cast<Node *>(info->clause)) && IsA(info->clause, OpExpr))
			restriction(reinterpret_cast<Node *>(info->clause), 0);
	}
	bool child = rel_->reloptkind == RELOPT_OTHER_MEMBER_REL;
	if (!rel_->has_eclass_joins)
		return;
	foreach (cell, root_->eq_classes)
	{
		auto *equivalence = lfirst_node(EquivalenceClass, cell);
		if (equivalence->ec_has_const || equivalence->ec_has_volatile)
			continue;
		uint64 partners = 0;
		Node *key = nullptr;
		Oid type = InvalidOid;
		pg::each_member(equivalence, rel_,
						[&](const EquivalenceMember *member)
						{
							if (bms_equal(member->em_relids, rel_->relids) && member->em_is_child == child)
							{
								if (key == nullptr)
								{
									key = indexable(reinterpret_cast<Node *>(member->em_expr));
									type = member->em_datatype;
								}
							}
							else if (!member->em_is_child && !bms_is_member(relid_, member->em_relids))
								for (int i = bms_next_member(member->em_relids, -1); i >= 0;
									 i = bms_next_member(member->em_relids, i))
									partners |= uint64{1} << (i % 64);
						});
		if (key == nullptr || partners == 0 || !OidIsValid(type))
			continue;
		Condition made = condition(Test::equal, nullptr, key, 0);
		if (OidIsValid(equivalence->ec_collation))
			made.collation = equivalence->ec_collation;
		made.partners = partners;
		made.share = 0;
		conditions_.push_back(made);
	}
}

void
Observer::order(List *pathkeys)
{
	ListCell *cell;
	bool child = rel_->reloptkind == RELOPT_OTHER_MEMBER_REL;
	foreach (cell, pathkeys)
	{
		auto *pathkey = lfirst_node(PathKey, cell);
		if (pathkey->pk_eclass->ec_has_volatile)
			return;
		Node *key = nullptr;
		Oid distance = InvalidOid;
		pg::each_member(pathkey->pk_eclass, rel_,
						[&](const EquivalenceMember *member)
						{
							if (key != nullptr || !bms_equal(member->em_relids, rel_->relids) ||
								member->em_is_child != child)
								return;
							Node *expression = stripped(reinterpret_cast<Node *>(member->em_expr));
							if (expression != nullptr && IsA(expression, OpExpr) &&
								list_length(castNode(OpExpr, expression)->args) == 2)
							{
								auto *op = castNode(OpExpr, expression);
								uint64 partners;
								Node *left = indexable(static_cast<Node *>(linitial(op->args)));
								if (left != nullptr &&
									constant_side(static_cast<Node *>(lsecond(op->args)), partners) && partners == 0)
								{
									key = left;
									distance = op->opno;
									return;
								}
							}
							key = indexable(expression);
						});
		if (key == nullptr)
			return;
		OrderKey made = {};
		made.key = own(key, relid_);
		made.column = IsA(made.key, Var) ? castNode(Var, made.key)->varattno : InvalidAttrNumber;
		made.type = exprType(made.key);
		made.opfamily = pathkey->pk_opfamily;
		made.collation = pathkey->pk_eclass->ec_collation;
		made.distance_op = distance;
		made.descending = pg::is_descending(pathkey);
		made.nulls_first = pathkey->pk_nulls_first;
		order_.push_back(made);
	}
}

void
Observer::needed(TableAccess &access)
{
	Bitmapset *columns = nullptr;
	pull_varattnos(reinterpret_cast<Node *>(rel_->reltarget->exprs), rel_->relid, &columns);
	ListCell *cell;
	foreach (cell, rel_->baserestrictinfo)
		pull_varattnos(reinterpret_cast<Node *>(lfirst_node(RestrictInfo, cell)->clause), rel_->relid, &columns);
	for (int number = bms_next_member(columns, -1); number >= 0; number = bms_next_member(columns, number))
	{
		auto column = static_cast<AttrNumber>(number + FirstLowInvalidHeapAttributeNumber);
		/* A whole row, or where the row is: no index has that. */
		if (column <= 0)
		{
			needed_.clear();
			break;
		}
		needed_.push_back(column);
	}
	access.needed = {needed_.data(), needed_.size()};
}

void
Observer::all(TableAccess &access)
{
	ListCell *cell;
	foreach (cell, rel_->baserestrictinfo)
		restriction(static_cast<Node *>(lfirst(cell)), 0);
	joins();
	order(root_->query_pathkeys);
	needed(access);
	access.conditions = {conditions_.data(), conditions_.size()};
	access.order = {order_.data(), order_.size()};
	access.rows = rel_->tuples;
	access.pages = rel_->pages;
	access.few_wanted =
		root_->parse->limitCount != nullptr || (root_->tuple_fraction > 0 && root_->tuple_fraction < 100000);
	access.distinct_on = root_->parse->hasDistinctOn;
	access.target = root_->parse->resultRelation == relid_;
}

void
observe_access(const Catalog &catalog, PlannerInfo *root, RelOptInfo *rel, const RangeTblEntry *entry,
			   Vector<TableAccess> &accesses)
{
	if (entry->rtekind != RTE_RELATION)
		return;
	const RelationEntry *table = catalog.relation(entry->relid);
	if (table == nullptr || table->standing != Standing::user)
		return;
	/* Partitions have what the partitioned table has; a parent in plain inheritance comes again as its own child. */
	bool partitioned = table->kind == RELKIND_PARTITIONED_TABLE;
	if (table->root != table || (!partitioned && (!table->stores_rows() || entry->inh)))
		return;

	MemoryContext context = accesses.get_stored_allocator().context();
	MemoryContext before = MemoryContextSwitchTo(context);
	Local<Observer> observer(root, rel, context);
	TableAccess access = {};
	access.table = table;
	observer->all(access);
	if (partitioned)
		access.pages = static_cast<double>(catalog.bytes(*table)) / BLCKSZ;
	accesses.push_back(access);
	MemoryContextSwitchTo(before);
}

} // namespace dbeng
