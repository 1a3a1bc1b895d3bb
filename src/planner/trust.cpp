#include "planner/trust.hpp"

#include "catalog/expression.hpp"
#include "core/text.hpp"

namespace dbeng {

static bool
is_built_in(Oid function)
{
	return function < FirstNormalObjectId;
}

bool
Trust::trusted(Oid function, Oid user)
{
	if (is_built_in(function))
		return true;
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	auto *form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
	Oid owner = form->proowner;
	/* A volatile one is never executed, but what a SQL function does may end up in the statement itself. */
	bool harmless = form->provolatile == PROVOLATILE_VOLATILE && form->prolang != SQLlanguageId;
	ReleaseSysCache(tuple);
	return harmless || has_privs_of_role(owner, user);
}

/* Aggregates and window functions are not executed. */
static bool
any_function(Node *node, check_function_callback visit, void *context)
{
	return !IsA(node, Aggref) && !IsA(node, WindowFunc) && check_functions_in_node(node, visit, context);
}

/* Numbers of users' functions and operators are five digits long at least: most expressions have none. */
static bool
may_call_own(const char *tree)
{
	for (const char *label : {":funcid ", ":opno "})
		for (const char *at = strstr(tree, label); at != nullptr; at = strstr(at, label))
		{
			at += strlen(label);
			if (strtoul(at, nullptr, 10) >= FirstNormalObjectId)
				return true;
		}
	return strstr(tree, ":opnos ") != nullptr || strstr(tree, "{COERCEVIAIO ") != nullptr;
}

void
Trust::collect(const RelationEntry *relation, const char *tree)
{
	if (relation == nullptr || tree == nullptr || !may_call_own(tree))
		return;
	Local<Vector<Oid>> functions;
	any_node(expression_tree(tree),
			 [&functions](Node *node)
			 {
				 return any_function(
					 node,
					 [](Oid function, void *found)
					 {
						 if (!is_built_in(function))
							 static_cast<Vector<Oid> *>(found)->push_back(function);
						 return false;
					 },
					 &*functions);
			 });
	/* A statement on a parent plans its children, too. */
	for (; relation != nullptr; relation = relation->parent)
		for (Oid function : *functions)
			calls_->push_back({relation->oid, function});
}

/* Expressions that the model leaves out: those of a catalog with a relation's number and a tree that may be NULL. */
void
Trust::collect_stored(Oid catalog_oid, AttrNumber relation, AttrNumber expressions)
{
	Relation catalog = table_open(catalog_oid, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple); tuple = systable_getnext(scan))
	{
		bool null;
		Datum tree = heap_getattr(tuple, expressions, RelationGetDescr(catalog), &null);
		if (null)
			continue;
		Oid of = DatumGetObjectId(heap_getattr(tuple, relation, RelationGetDescr(catalog), &null));
		collect(catalog_.relation(of), TextDatumGetCString(tree));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

void
Trust::collect()
{
	for (const IndexEntry &index : catalog_.indexes)
	{
		collect(index.table, index.expressions);
		collect(index.table, index.predicate);
	}
	for (const ConstraintEntry &constraint : catalog_.constraints)
		collect(constraint.table, constraint.expression);
	for (const RelationEntry &relation : catalog_.relations)
		for (const ColumnEntry &column : relation.columns)
			if (column.generated != '\0' && column.default_value != nullptr)
				collect(&relation, column.default_value->tree);
	collect_stored(StatisticExtRelationId, Anum_pg_statistic_ext_stxrelid, Anum_pg_statistic_ext_stxexprs);
	collect_stored(PartitionedRelationId, Anum_pg_partitioned_table_partrelid, Anum_pg_partitioned_table_partexprs);
	std::sort(calls_->begin(), calls_->end(),
			  [](const Call &a, const Call &b)
			  { return std::pair(a.relation, a.function) < std::pair(b.relation, b.function); });
	collected_ = true;
}

/* The first function in the expressions of a relation that the user shall not run. */
Oid
Trust::distrusted_call(Oid relation, Oid user) const
{
	auto at = std::lower_bound(calls_->begin(), calls_->end(), relation,
							   [](const Call &call, Oid wanted) { return call.relation < wanted; });
	for (; at != calls_->end() && at->relation == relation; ++at)
		if (!trusted(at->function, user))
			return at->function;
	return InvalidOid;
}

namespace {
struct Distrusted
{
	Oid user;
	Oid function = InvalidOid;
};
} // namespace

static bool
is_distrusted(Oid function, void *context)
{
	auto *search = static_cast<Distrusted *>(context);
	if (Trust::trusted(function, search->user))
		return false;
	search->function = function;
	return true;
}

const char *
Trust::objection(List *queries, Oid user)
{
	if (!collected_)
	{
		MemoryContext before = MemoryContextSwitchTo(catalog_.context);
		collect();
		MemoryContextSwitchTo(before);
	}
	Distrusted search = {user};
	ListCell *cell;
	foreach (cell, queries)
		any_node(static_cast<Node *>(lfirst(cell)),
				 [this, &search](Node *node)
				 {
					 if (IsA(node, Query))
					 {
						 ListCell *entry;
						 foreach (entry, castNode(Query, node)->rtable)
						 {
							 RangeTblEntry *range = lfirst_node(RangeTblEntry, entry);
							 if (range->rtekind == RTE_RELATION && !OidIsValid(search.function))
								 search.function = distrusted_call(range->relid, search.user);
						 }
					 }
					 else if (!OidIsValid(search.function))
						 any_function(node, is_distrusted, &search);
					 return OidIsValid(search.function);
				 });
	if (!OidIsValid(search.function))
		return nullptr;
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(search.function));
	if (!HeapTupleIsValid(tuple))
		return "a function it uses was dropped";
	const char *reason = format("planning it could run the function %s of role \"%s\" as another role",
								format_procedure_qualified(search.function),
								GetUserNameFromId(reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->proowner, true));
	ReleaseSysCache(tuple);
	return reason;
}

} // namespace dbeng
