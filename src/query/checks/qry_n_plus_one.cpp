#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

/* SELECT … FROM table WHERE column = $1 [AND …]: one row at most, found by equality. */
static const RelationEntry *
looked_up(const Catalog &catalog, const StatementEntry &statement)
{
	const SelectStmt *select = plain_select(statement);
	if (select == nullptr || select->whereClause == nullptr || select->groupClause != NIL ||
		select->lockingClause != NIL || select->limitOffset != nullptr || select->withClause != nullptr)
		return nullptr;
	Source source = only_source(catalog, statement);
	if (source.relation == nullptr || !source.relation->is_table())
		return nullptr;
	Local<Vector<Node *>> parts;
	conjuncts(select->whereClause, *parts);
	for (Node *part : *parts)
	{
		if (!is_operator(part, "="))
			return nullptr;
		auto *equality = castNode(A_Expr, part);
		if (source.column(equality->lexpr) == nullptr || !is_value(equality->rexpr))
			return nullptr;
	}
	return source.relation;
}

static bool
are_linked(const RelationEntry &child, const RelationEntry &parent)
{
	if (&child == &parent)
		return true;
	for (const ConstraintEntry *key : child.constraints)
		if (key->type == CONSTRAINT_FOREIGN && key->referenced == &parent)
			return true;
	for (const ConstraintEntry *key : parent.constraints)
		if (key->type == CONSTRAINT_FOREIGN && key->referenced == &child)
			return true;
	return false;
}

static bool
reads_linked(const Catalog &catalog, const StatementEntry &parent, const RelationEntry &table)
{
	return any_raw_node(parent.parsed->stmt,
						[&](Node *node)
						{
							if (!IsA(node, RangeVar))
								return false;
							const RelationEntry *relation = resolve(catalog, parent, *castNode(RangeVar, node));
							return relation != nullptr && are_linked(table, *relation);
						});
}

/* What is read a few times is an export; that its rows are as many as the look-ups is chance. */
static bool
is_list(const StatementEntry &list, double least_rows)
{
	return list.calls >= 10 && rows_per_call(list) >= least_rows;
}

/*
 * The list whose rows are then looked up one by one: of the same user, many
 * rows a call, called far less often, about as many rows in all as there were
 * look-ups, and of a table that is linked to the one looked up.
 */
static const StatementEntry *
list_before(const Catalog &catalog, const Workload &load, const StatementEntry &lookup, const RelationEntry &table,
			double least_rows)
{
	for (const StatementEntry &list : load.statements)
	{
		double rows_per_lookup = static_cast<double>(list.rows) / static_cast<double>(lookup.calls);
		if (&list != &lookup && list.user == lookup.user && is_list(list, least_rows) && rows_per_lookup > 0.8 &&
			rows_per_lookup < 1.25 && plain_select(list) != nullptr && reads_linked(catalog, list, table))
			return &list;
	}
	return nullptr;
}

static void
tell(const Workload &load, const StatementEntry &statement, const StatementEntry &list, const RelationEntry &table,
	 Finding &finding)
{
	double times = static_cast<double>(statement.calls) / static_cast<double>(list.calls);
	finding.evidence("list_queryid", list.query_id);
	finding.evidence("list_calls", list.calls);
	tell_load(finding,
			  format("looks up one row of %s at a time, %s times for each call of the list queryid %lld: a join or "
					 "= ANY($1) gets them at once",
					 full_name(table), number(times), static_cast<long long>(list.query_id)),
			  load, statement);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	double least_calls = std::max(verdict.threshold("calls"),
								  verdict.threshold("calls_pct") / 100 * static_cast<double>(load.application_calls));

	for (const StatementEntry &statement : load.statements)
	{
		CHECK_FOR_INTERRUPTS();
		if (statement.calls == 0)
			continue;
		const RelationEntry *table = looked_up(catalog, statement);
		if (table == nullptr)
			continue;
		verdict.judged(static_cast<double>(statement.calls));
		if (static_cast<double>(statement.calls) < least_calls || rows_per_call(statement) > 1 ||
			statement.mean_ms >= verdict.threshold("mean_ms"))
			continue;
		const StatementEntry *list = list_before(catalog, load, statement, *table, verdict.threshold("rows"));
		if (list == nullptr || has_aggregate(catalog, statement.parsed->stmt))
			continue;
		verdict.failed(statement_name(catalog, statement),
					   [&load, &statement, list, table](Finding &finding)
					   { tell(load, statement, *list, *table, finding); },
					   {.weight = static_cast<double>(statement.calls)});
	}
}

CHECK(qry_n_plus_one){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Rows of a list looked up one by one",
	.rationale =
		"An application that reads a list and then asks for each of its rows pays a round trip to the server for "
		"every row; one join or one look-up by a list of keys does the same work at once. Judged only where the "
		"numbers leave little doubt: as many look-ups as a statement on a linked table returned rows.",
	.thresholds = {{"calls", 1000}, {"calls_pct", 5}, {"rows", 5}, {"mean_ms", 1}},
	.judge = judge,
};

} // namespace dbeng
