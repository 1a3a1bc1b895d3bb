#include "planner/planning.hpp"

#include "core/query.hpp"
#include "planner/access_observer.hpp"

namespace dbeng {

static const Assumptions *assumed = nullptr;
static get_relation_info_hook_type next_relation_info = nullptr;
static set_rel_pathlist_hook_type next_pathlist = nullptr;

/* The same column in a partition, where it may have another number. */
static AttrNumber
number_in(const RelationEntry &partition, const RelationEntry &table, AttrNumber number)
{
	if (&partition == &table || number <= 0)
		return number;
	const ColumnEntry *column = table.column(number);
	const ColumnEntry *same = column == nullptr ? nullptr : partition.column(column->name);
	return same == nullptr ? InvalidAttrNumber : same->number;
}

namespace {
struct Renumbering
{
	const RelationEntry *partition;
	const RelationEntry *table;
	Index varno;
	bool failed;
};
} // namespace

static bool
renumber_step(Node *node, void *context)
{
	auto *renumbering = static_cast<Renumbering *>(context);
	if (node == nullptr)
		return false;
	if (IsA(node, Var))
	{
		auto *var = castNode(Var, node);
		var->varno = static_cast<decltype(var->varno)>(renumbering->varno);
		var->varattno = number_in(*renumbering->partition, *renumbering->table, var->varattno);
		renumbering->failed |= var->varattno == InvalidAttrNumber;
		return false;
	}
	return pg::walk_expression(node, renumber_step, context);
}

/* A copy of an expression of the table as it is in the query, of this partition of it. NULL: it has no such column. */
static Node *
placed(const void *expression, const RelationEntry &partition, const RelationEntry &table, Index varno)
{
	auto *copy = static_cast<Node *>(copyObjectImpl(expression));
	Renumbering renumbering = {&partition, &table, varno, false};
	renumber_step(copy, &renumbering);
	return renumbering.failed ? nullptr : copy;
}

template <class T>
static T *
array_of(int n)
{
	return static_cast<T *>(palloc0(sizeof(T) * static_cast<std::size_t>(std::max(n, 1))));
}

/* What get_relation_info() would have made of it, had it been there. NULL where a partition lacks a column. */
static IndexOptInfo *
described(const ImaginedIndex &imagined, const RelationEntry &partition, RelOptInfo *rel)
{
	const IndexAmRoutine *method = GetIndexAmRoutineByAmId(imagined.method, false);
	auto *info = makeNode(IndexOptInfo);
	int columns = static_cast<int>(imagined.keys.size());
	int keys = imagined.key_columns;

	info->indexoid = imagined.oid;
	info->reltablespace = rel->reltablespace;
	info->rel = rel;
	info->ncolumns = columns;
	info->nkeycolumns = keys;
	info->indexkeys = array_of<int>(columns);
	info->indexcollations = array_of<Oid>(columns);
	info->opfamily = array_of<Oid>(columns);
	info->opcintype = array_of<Oid>(columns);
	info->canreturn = array_of<bool>(columns);
	info->opclassoptions = array_of<bytea *>(columns);
	for (int i = 0; i < columns; i++)
	{
		const ImaginedKey &key = imagined.keys[static_cast<std::size_t>(i)];
		info->indexkeys[i] = number_in(partition, *imagined.table, key.column);
		if (key.column != 0 && info->indexkeys[i] == 0)
			return nullptr;
		info->canreturn[i] = imagined.method == BTREE_AM_OID || i >= keys;
		Node *expression = nullptr;
		if (key.column == 0)
		{
			expression = placed(key.expression, partition, *imagined.table, rel->relid);
			if (expression == nullptr)
				return nullptr;
			info->indexprs = lappend(info->indexprs, expression);
		}
		else
		{
			const ColumnEntry *column = partition.column(static_cast<AttrNumber>(info->indexkeys[i]));
			if (column == nullptr)
				return nullptr;
			expression = reinterpret_cast<Node *>(makeVar(static_cast<int>(rel->relid), column->number, column->type,
														  column->typmod, column->collation, 0));
		}
		info->indextlist = lappend(info->indextlist, makeTargetEntry(reinterpret_cast<Expr *>(expression),
																	 static_cast<AttrNumber>(i + 1), nullptr, false));
		if (i >= keys)
			continue;
		info->indexcollations[i] = key.collation;
		info->opfamily[i] = key.opfamily;
		info->opcintype[i] = key.input_type;
	}
	if (imagined.method == BTREE_AM_OID)
	{
		info->sortopfamily = info->opfamily;
		info->reverse_sort = array_of<bool>(keys);
		info->nulls_first = array_of<bool>(keys);
		for (int i = 0; i < keys; i++)
		{
			int16 option = imagined.keys[static_cast<std::size_t>(i)].option;
			info->reverse_sort[i] = (option & INDOPTION_DESC) != 0;
			info->nulls_first[i] = (option & INDOPTION_NULLS_FIRST) != 0;
		}
	}
	if (imagined.predicate != NIL)
	{
		Node *predicate = placed(imagined.predicate, partition, *imagined.table, rel->relid);
		if (predicate == nullptr)
			return nullptr;
		info->indpred = reinterpret_cast<List *>(predicate);
	}
	info->relam = imagined.method;
	info->immediate = true;
	info->hypothetical = true;
	info->amcanorderbyop = method->amcanorderbyop;
	info->amoptionalkey = method->amoptionalkey;
	info->amsearcharray = method->amsearcharray;
	info->amsearchnulls = method->amsearchnulls;
	info->amhasgettuple = method->amgettuple != nullptr;
	info->amhasgetbitmap = method->amgetbitmap != nullptr;
	info->amcanparallel = method->amcanparallel;
	info->amcanmarkpos = method->ammarkpos != nullptr && method->amrestrpos != nullptr;
	info->amcostestimate = reinterpret_cast<decltype(info->amcostestimate)>(method->amcostestimate);

	/* A partition has its part of it, by its rows. */
	double all = imagined.table->kind == RELKIND_PARTITIONED_TABLE ? assumed->catalog.rows(*imagined.table) : 0;
	double part = all > 0 ? std::min(1.0, static_cast<double>(std::max(partition.tuples, 0.0F)) / all) : 1;
	info->tuples = std::clamp(imagined.size.tuples * part, 1.0, std::max(rel->tuples, 1.0));
	info->pages = static_cast<BlockNumber>(std::max(1.0, std::ceil(imagined.size.pages * part)));
	info->tree_height = imagined.size.tree_height;
	return info;
}

static void
relation_info(PlannerInfo *root, Oid oid, bool inherits, RelOptInfo *rel)
{
	if (next_relation_info != nullptr)
		next_relation_info(root, oid, inherits, rel);
	if (assumed == nullptr)
		return;
	if (!assumed->without.empty())
	{
		ListCell *cell;
		foreach (cell, rel->indexlist)
		{
			if (std::binary_search(assumed->without.begin(), assumed->without.end(),
								   lfirst_node(IndexOptInfo, cell)->indexoid))
				rel->indexlist = foreach_delete_current(rel->indexlist, cell);
		}
	}
	if (inherits || assumed->imagined.empty())
		return;
	const RelationEntry *relation = assumed->catalog.relation(oid);
	if (relation == nullptr || !relation->stores_rows())
		return;
	for (const ImaginedIndex *imagined : assumed->imagined)
		if (imagined->table == relation || imagined->table == relation->root)
			if (IndexOptInfo *info = described(*imagined, *relation, rel))
				rel->indexlist = lappend(rel->indexlist, info);
}

static void
pathlist(PlannerInfo *root, RelOptInfo *rel, Index number, RangeTblEntry *entry)
{
	if (next_pathlist != nullptr)
		next_pathlist(root, rel, number, entry);
	if (assumed != nullptr && assumed->accesses != nullptr)
		observe_access(assumed->catalog, root, rel, entry, *assumed->accesses);
}

void
install_planner_hooks()
{
	next_relation_info = get_relation_info_hook;
	get_relation_info_hook = relation_info;
	next_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = pathlist;
}

static void
find_indexes(const Plan *node, Vector<Oid> &found)
{
	if (node == nullptr)
		return;
	check_stack_depth();
	auto each = [&found](const List *plans)
	{
		ListCell *cell;
		foreach (cell, plans)
			find_indexes(static_cast<const Plan *>(lfirst(cell)), found);
	};
	switch (nodeTag(node))
	{
		case T_IndexScan:
			found.push_back(reinterpret_cast<const IndexScan *>(node)->indexid);
			break;
		case T_IndexOnlyScan:
			found.push_back(reinterpret_cast<const IndexOnlyScan *>(node)->indexid);
			break;
		case T_BitmapIndexScan:
			found.push_back(reinterpret_cast<const BitmapIndexScan *>(node)->indexid);
			break;
		case T_Append:
			each(reinterpret_cast<const Append *>(node)->appendplans);
			break;
		case T_MergeAppend:
			each(reinterpret_cast<const MergeAppend *>(node)->mergeplans);
			break;
		case T_BitmapAnd:
			each(reinterpret_cast<const BitmapAnd *>(node)->bitmapplans);
			break;
		case T_BitmapOr:
			each(reinterpret_cast<const BitmapOr *>(node)->bitmapplans);
			break;
		case T_SubqueryScan:
			find_indexes(reinterpret_cast<const SubqueryScan *>(node)->subplan, found);
			break;
		case T_CustomScan:
			each(reinterpret_cast<const CustomScan *>(node)->custom_plans);
			break;
		default:
			break;
	}
	find_indexes(node->lefttree, found);
	find_indexes(node->righttree, found);
}

/* What is assumed must not outlive an error: the memory the statement is visited in is emptied in any case. */
static void
assume_nothing(void *)
{
	assumed = nullptr;
}

Planned
plan(const PlannableStatement &statement, const Assumptions &assumptions)
{
	MemoryContextCallback *forget = static_cast<MemoryContextCallback *>(palloc0(sizeof(MemoryContextCallback)));
	forget->func = assume_nothing;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, forget);

	Planned result = {0, {}};
	Local<Vector<Oid>> found;
	ListCell *cell;
	foreach (cell, statement.queries)
	{
		auto *query = lfirst_node(Query, cell);
		if (query->commandType == CMD_UTILITY)
			continue;
		assumed = &assumptions;
		PlannedStmt *planned =
			standard_planner(static_cast<Query *>(copyObjectImpl(query)), "", 0, statement.parameters);
		assumed = nullptr;
		result.cost += planned->planTree->total_cost;
		find_indexes(planned->planTree, *found);
		ListCell *sub;
		foreach (sub, planned->subplans)
			find_indexes(static_cast<const Plan *>(lfirst(sub)), *found);
	}
	std::sort(found->begin(), found->end());
	found->erase(std::unique(found->begin(), found->end()), found->end());
	result.indexes = {found->data(), found->size()};
	return result;
}

} // namespace dbeng
