#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

namespace {
struct Excluded
{
	const RelationEntry *table = nullptr;
	const ColumnEntry *column = nullptr;
};
} // namespace

/* Does a condition that must hold let no NULL of the column through? Every comparison does not. */
static bool
excludes_null(const Source &source, const ColumnEntry &column, Node *where)
{
	Local<Vector<Node *>> parts;
	conjuncts(where, *parts);
	for (Node *part : *parts)
	{
		if (IsA(part, NullTest) && castNode(NullTest, part)->nulltesttype == IS_NOT_NULL &&
			source.column(reinterpret_cast<Node *>(castNode(NullTest, part)->arg)) == &column)
			return true;
		if (!IsA(part, A_Expr))
			continue;
		auto *expression = castNode(A_Expr, part);
		if (expression->kind != AEXPR_DISTINCT && expression->kind != AEXPR_NOT_DISTINCT &&
			(source.column(expression->lexpr) == &column || source.column(expression->rexpr) == &column))
			return true;
	}
	return false;
}

/* NOT x IN (SELECT column FROM table …) and x <> ALL (SELECT …), where the column may be NULL. */
static Excluded
excluded(const Catalog &catalog, const StatementEntry &statement, Node *node)
{
	SubLink *link = nullptr;
	if (IsA(node, BoolExpr) && castNode(BoolExpr, node)->boolop == NOT_EXPR)
	{
		auto *negated = static_cast<Node *>(linitial(castNode(BoolExpr, node)->args));
		if (IsA(negated, SubLink) && castNode(SubLink, negated)->subLinkType == ANY_SUBLINK)
			link = castNode(SubLink, negated);
	}
	else if (IsA(node, SubLink) && castNode(SubLink, node)->subLinkType == ALL_SUBLINK &&
			 strcmp(last_name(castNode(SubLink, node)->operName), "<>") == 0)
		link = castNode(SubLink, node);
	if (link == nullptr || !IsA(link->subselect, SelectStmt))
		return {};

	auto *select = castNode(SelectStmt, link->subselect);
	if (list_length(select->targetList) != 1 || select->groupClause != NIL)
		return {};
	Source source = only_source(catalog, statement, select->fromClause);
	const ColumnEntry *column = source.column(linitial_node(ResTarget, select->targetList)->val);
	if (column == nullptr || !source.relation->is_table() || column->not_null ||
		excludes_null(source, *column, select->whereClause))
		return {};
	return {source.relation, column};
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application)
			continue;
		verdict.judged(statement.total_ms);
		if (!matters(load, statement))
			continue;
		Excluded found;
		any_raw_node(statement.parsed->stmt,
					 [&](Node *node)
					 {
						 found = excluded(catalog, statement, node);
						 return found.column != nullptr;
					 });
		if (found.column == nullptr)
			continue;
		statement_failed(
			catalog, verdict, load, statement,
			[found](Finding &finding)
			{
				finding.evidence("table", full_name(*found.table));
				finding.evidence("column", found.column->name);
				if (found.column->statistics != nullptr)
					finding.evidence("null_fraction", static_cast<double>(found.column->statistics->null_fraction));
				bool nulls = found.column->statistics != nullptr && found.column->statistics->null_fraction > 0;
				return format("NOT IN over %s.%s, which %s: %s; NOT EXISTS does what is meant", full_name(*found.table),
							  quoted(found.column->name), nulls ? "has NULLs" : "may be NULL",
							  nulls ? "it is never true" : "one NULL and it is never true");
			},
			{.rank = share_pct(load, statement)});
	}
}

CHECK(qry_not_in_subquery){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "NOT IN over a nullable column",
	.rationale =
		"As soon as the sub-select returns one NULL, x NOT IN (…) is true for no row at all: the statement silently "
		"returns nothing. It also keeps the planner from an anti join, so it turns slow once the result no longer "
		"fits in work_mem. NOT EXISTS has neither trouble.",
	.reference = "https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN",
	.judge = judge,
};

} // namespace dbeng
