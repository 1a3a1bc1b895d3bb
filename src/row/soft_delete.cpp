/*
 * soft_delete.cpp: DELETE, of a table that keeps its rows, planned and run as
 * the UPDATE that marks them.
 *
 * A rule would break RETURNING and the count of rows, and a BEFORE trigger
 * that updates and says "do nothing" does so too. Here the plan is changed:
 * what the statement may do and which rows it is about was worked out for a
 * DELETE, under its policies and its privilege, and so is the command tag;
 * what is done to each row is an UPDATE.
 *
 * A session that has not loaded this library does so while it plans: an index of
 * each such table has a condition with dbeng._keeps_rows() in it, which the
 * planner asks, and so has the default of the column of the deletion. That plan is not ours
 * yet, and is changed when it is started.
 */
#include "row/soft_delete.hpp"

#include "core/text.hpp"

namespace dbeng {

bool hard_delete = false;
int soft_delete_retention = 0;
uint64 statements_seen = 0;

static planner_hook_type next_planner = nullptr;
static create_upper_paths_hook_type next_upper_paths = nullptr;
static ExecutorStart_hook_type next_start = nullptr;
static ExecutorFinish_hook_type next_finish = nullptr;

/* Plans were made for the setting as it was. */
void
assign_hard_delete(bool value, void *)
{
	if (value != hard_delete)
		ResetPlanCache();
}

/*
 * What ON DELETE CASCADE of a table that is really deleted from takes along has
 * to go, too. Nothing but the server's own code for foreign keys acts in that way,
 * and it writes its statements so.
 */
static bool
is_cascade(const char *text)
{
	return InNoForceRLSOperation() && text != nullptr && strncmp(text, "DELETE FROM ", 12) == 0 &&
		   strstr(text, " WHERE $1") != nullptr;
}

static bool
deletes_hard(Oid relation, const char *text)
{
	if (is_cascade(text))
		return true;
	if (!hard_delete)
		return false;
	if (!pg::owns_relation(relation, GetUserId()))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("must be owner of table %s to delete its rows for good", get_rel_name(relation)),
				errdetail("dbeng.hard_delete is on; role \"%s\" may only mark rows as deleted.",
						  GetUserNameFromId(GetUserId(), false)),
				errhint("RESET dbeng.hard_delete;"));
	return true;
}

static Node *
is_live(int relation, const SoftTable &table)
{
	auto *live = makeNode(NullTest);
	live->arg = reinterpret_cast<Expr *>(makeVar(relation, table.deleted_at, TIMESTAMPTZOID, -1, InvalidOid, 0));
	live->nulltesttype = IS_NULL;
	live->location = -1;
	return reinterpret_cast<Node *>(live);
}

/* The condition under which an index of live rows serves a DELETE, and by which the second of two deletes nothing. */
static void
ask_for_live_rows(Query *query, const char *text)
{
	auto *relation = rt_fetch(query->resultRelation, query->rtable);
	SoftTable table = soft_table(relation->relid);
	if (!table.keeps() || deletes_hard(relation->relid, text))
		return;
	query->jointree->quals = make_and_qual(query->jointree->quals, is_live(query->resultRelation, table));
}

/*
 * An ON CONFLICT (column) whose unique index is one of live rows means that
 * one. Asked for late: where this library is not loaded yet, planning the default of the
 * column of the deletion loads it.
 */
static void
mean_live_rows(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input, RelOptInfo *output, void *extra)
{
	if (next_upper_paths != nullptr)
		next_upper_paths(root, stage, input, output, extra);
	Query *query = root->parse;
	if (stage != UPPERREL_FINAL || query->commandType != CMD_INSERT || query->onConflict == nullptr)
		return;
	OnConflictExpr *conflict = query->onConflict;
	if (conflict->arbiterElems == NIL)
		return;
	SoftTable table = soft_table(rt_fetch(query->resultRelation, query->rtable)->relid);
	/* By now a list of conditions that all hold. */
	if (table.keeps())
		conflict->arbiterWhere = reinterpret_cast<Node *>(
			lappend(reinterpret_cast<List *>(conflict->arbiterWhere), is_live(query->resultRelation, table)));
}

/* What comes from the plan below stands one column further. */
static bool
shift_step(Node *node, void *)
{
	if (node == nullptr)
		return false;
	if (IsA(node, Var))
	{
		auto *var = castNode(Var, node);
		if (var->varno == OUTER_VAR)
			var->varattno++;
		return false;
	}
	return pg::walk_expression(node, shift_step, nullptr);
}

static TargetEntry *
number_entry()
{
	Const *zero = makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(to_be_numbered), false, true);
	return makeTargetEntry(reinterpret_cast<Expr *>(zero), 1, pstrdup("deletion_id"), false);
}

/* An UPDATE's plan yields the new values first. */
static Plan *
with_new_value(Plan *below)
{
	auto *result = makeNode(Result);
	Plan &plan = result->plan;
	plan.startup_cost = below->startup_cost;
	plan.total_cost = below->total_cost;
	plan.plan_rows = below->plan_rows;
	plan.plan_width = below->plan_width;
	plan.parallel_safe = false;
	plan.plan_node_id = below->plan_node_id;
	plan.extParam = bms_copy(below->extParam);
	plan.allParam = bms_copy(below->allParam);
	plan.lefttree = below;
	plan.targetlist = list_make1(number_entry());
	ListCell *cell;
	foreach (cell, below->targetlist)
	{
		auto *entry = lfirst_node(TargetEntry, cell);
		auto *expression = reinterpret_cast<Node *>(entry->expr);
		Var *var = makeVar(OUTER_VAR, entry->resno, exprType(expression), exprTypmod(expression),
						   exprCollation(expression), 0);
		plan.targetlist =
			lappend(plan.targetlist, makeTargetEntry(reinterpret_cast<Expr *>(var),
													 static_cast<AttrNumber>(entry->resno + 1), entry->resname, true));
	}
	return &plan;
}

static bool
deletes(const ModifyTable *node)
{
	if (node->operation != CMD_MERGE)
		return node->operation == CMD_DELETE;
	ListCell *list;
	ListCell *cell;
	foreach (list, node->mergeActionLists)
		foreach (cell, lfirst_node(List, list))
			if (lfirst_node(MergeAction, cell)->commandType == CMD_DELETE)
				return true;
	return false;
}

/* A partition is as its root is; tables that inherit need not be as their parent. */
[[noreturn]] static void
refuse_mixture(Oid relation)
{
	ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("cannot delete from \"%s\" along with tables that keep their deleted rows", get_rel_name(relation)),
			errdetail("It inherits from one of them, or is a foreign partition, and cannot keep its own."),
			errhint("Delete from ONLY the parent, and from \"%s\" by itself.", get_rel_name(relation)));
}

/* Do the tables that a part of a plan deletes from keep their rows? */
static bool
is_kept(const PlannedStmt *plan, const ModifyTable *node, const char *text)
{
	if (!deletes(node))
		return false;
	int soft = 0;
	Oid other = InvalidOid;
	Oid first = InvalidOid;
	ListCell *cell;
	foreach (cell, node->resultRelations)
	{
		Oid relation = rt_fetch(lfirst_int(cell), plan->rtable)->relid;
		bool keeps = soft_table(relation).keeps();
		soft += keeps ? 1 : 0;
		if (keeps)
			first = relation;
		if (!keeps || get_rel_relkind(relation) == RELKIND_FOREIGN_TABLE)
			other = relation;
	}
	if (soft == 0 ||
		deletes_hard(node->rootRelation == 0 ? first : rt_fetch(node->rootRelation, plan->rtable)->relid, text))
		return false;
	if (OidIsValid(other))
		refuse_mixture(other);
	return true;
}

static AttrNumber
mark_updated(PlannedStmt *plan, int index)
{
	RangeTblEntry *relation = rt_fetch(index, plan->rtable);
	SoftTable table = soft_table(relation->relid);
	pg::mark_updated(plan, relation, table.deleted_at);
	pg::mark_updated(plan, relation, table.deletion_id);
	return table.deletion_id;
}

static void
keep_in_merge(ModifyTable *node, const Vector<AttrNumber> &columns)
{
	std::size_t i = 0;
	ListCell *list;
	ListCell *cell;
	foreach (list, node->mergeActionLists)
	{
		foreach (cell, lfirst_node(List, list))
		{
			auto *action = lfirst_node(MergeAction, cell);
			if (action->commandType != CMD_DELETE)
				continue;
			action->commandType = CMD_UPDATE;
			action->targetList = list_make1(number_entry());
			action->updateColnos = list_make1_int(columns[i]);
		}
		i++;
	}
}

/* Turns the DELETE of a part of a plan into the UPDATE that marks the rows. */
static void
keep(PlannedStmt *plan, ModifyTable *node)
{
	Local<Vector<AttrNumber>> columns;
	ListCell *cell;
	foreach (cell, node->resultRelations)
		columns->push_back(mark_updated(plan, lfirst_int(cell)));
	if (node->rootRelation != 0)
		mark_updated(plan, static_cast<int>(node->rootRelation));
	if (node->operation == CMD_MERGE)
	{
		keep_in_merge(node, *columns);
		return;
	}
	node->operation = CMD_UPDATE;
	for (AttrNumber column : *columns)
		node->updateColnosLists = lappend(node->updateColnosLists, list_make1_int(column));
	outerPlan(node) = with_new_value(outerPlan(node));
	shift_step(reinterpret_cast<Node *>(node->returningLists), nullptr);
	shift_step(reinterpret_cast<Node *>(node->plan.targetlist), nullptr);
}

/* Calls visit(ModifyTable *) for each part of a plan that changes a table. */
template <class Visit>
static void
each_change(PlannedStmt *plan, Visit visit)
{
	if (plan->planTree != nullptr && IsA(plan->planTree, ModifyTable))
		visit(reinterpret_cast<ModifyTable *>(plan->planTree));
	ListCell *cell;
	foreach (cell, plan->subplans)
		if (auto *sub = static_cast<Plan *>(lfirst(cell)); sub != nullptr && IsA(sub, ModifyTable))
			visit(reinterpret_cast<ModifyTable *>(sub));
}

static bool
may_delete(const PlannedStmt *plan)
{
	return plan->commandType == CMD_DELETE || plan->commandType == CMD_MERGE || plan->hasModifyingCTE;
}

static bool
has_kept(PlannedStmt *plan, const char *text)
{
	bool found = false;
	if (may_delete(plan))
		each_change(plan, [plan, text, &found](ModifyTable *node) { found = found || is_kept(plan, node, text); });
	return found;
}

static void
keep_all(PlannedStmt *plan, const char *text)
{
	each_change(plan,
				[plan, text](ModifyTable *node)
				{
					if (is_kept(plan, node, text))
						keep(plan, node);
				});
}

static PlannedStmt *
plan_statement(Query *query, const char *text, int options, ParamListInfo parameters)
{
	if (query->commandType == CMD_DELETE)
		ask_for_live_rows(query, text);
	ListCell *cell;
	foreach (cell, query->cteList)
		if (auto *sub = castNode(Query, lfirst_node(CommonTableExpr, cell)->ctequery); sub->commandType == CMD_DELETE)
			ask_for_live_rows(sub, text);
	PlannedStmt *plan = next_planner != nullptr ? next_planner(query, text, options, parameters)
												: standard_planner(query, text, options, parameters);
	if (has_kept(plan, text))
		keep_all(plan, text);
	return plan;
}

static void
start(QueryDesc *statement, int flags)
{
	statements_seen++;
	/* Planned before this library was there. The plan may be one that others will run. */
	if (has_kept(statement->plannedstmt, statement->sourceText))
	{
		statement->plannedstmt = static_cast<PlannedStmt *>(copyObjectImpl(statement->plannedstmt));
		keep_all(statement->plannedstmt, statement->sourceText);
	}
	if (next_start != nullptr)
		next_start(statement, flags);
	else
		standard_ExecutorStart(statement, flags);
}

static void
finish(QueryDesc *statement)
{
	if (next_finish != nullptr)
		next_finish(statement);
	else
		standard_ExecutorFinish(statement);
	follow_deletion(statement);
}

void
install_soft_delete_hooks()
{
	next_planner = planner_hook;
	planner_hook = plan_statement;
	next_upper_paths = create_upper_paths_hook;
	create_upper_paths_hook = mean_live_rows;
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start;
	next_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish;
}

} // namespace dbeng

/* Both IMMUTABLE, so that planning calls them: that is all they are for. */
SQL_FUNCTION(dbeng_keeps_rows)
{
	PG_RETURN_BOOL(true);
}

SQL_FUNCTION(dbeng_no_deletion)
{
	PG_RETURN_NULL();
}
