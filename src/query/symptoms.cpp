#include "query/symptoms.hpp"

#include "core/settings.hpp"

namespace dbeng {

/* What is a hundredth of the load is worth a word. */
static constexpr double least_share_pct = 1;

bool
is_slow(const Workload &load, const StatementEntry &statement, const SlowLimits &limits)
{
	return statement.application && statement.mean_ms > limits.mean_ms && matters(load, statement) &&
		   (static_cast<double>(statement.calls) >= limits.calls || share_pct(load, statement) >= limits.share_pct);
}

double
spilled_per_call(const StatementEntry &statement)
{
	return statement.calls == 0
			   ? 0
			   : static_cast<double>(statement.temp_written) * BLCKSZ / static_cast<double>(statement.calls);
}

bool
spills(const Workload &load, const StatementEntry &statement, double megabytes)
{
	return statement.application && statement.temp_written > 0 && matters(load, statement) &&
		   spilled_per_call(statement) >=
			   std::max(static_cast<double>(setting_bytes("work_mem")), 1024 * 1024 * megabytes);
}

bool
asks_for_rows(const StatementEntry &statement)
{
	Node *node = statement.parsed->stmt;
	if (IsA(node, UpdateStmt) || IsA(node, DeleteStmt))
		return where_of(statement) != nullptr;
	const SelectStmt *select = plain_select(statement);
	return select != nullptr && select->fromClause != NIL && select->groupClause == NIL &&
		   select->distinctClause == NIL && select->havingClause == nullptr &&
		   any_raw_node(node, [](Node *at)
						{ return IsA(at, A_Expr) || (IsA(at, JoinExpr) && castNode(JoinExpr, at)->quals != nullptr); });
}

/* The work of the users' own functions counts as the statement's, and says nothing about its tables. */
static bool
calls_own_function(const Catalog &catalog, Node *node)
{
	return any_raw_node(node,
						[&catalog](Node *at)
						{
							if (!IsA(at, FuncCall))
								return false;
							const char *name = last_name(castNode(FuncCall, at)->funcname);
							for (const FunctionEntry &function : catalog.own_functions())
								if (strcmp(function.name, name) == 0)
									return true;
							return false;
						});
}

double
blocks_per_row(const StatementEntry &statement)
{
	return static_cast<double>(statement.blocks_hit + statement.blocks_read) /
		   static_cast<double>(std::max({statement.rows, statement.calls, INT64CONST(1)}));
}

bool
reads_much(const Catalog &catalog, const Workload &load, const StatementEntry &statement, const BlockLimits &limits)
{
	/* An aggregate reads much and returns little by its nature. */
	return statement.application && asks_for_rows(statement) && blocks_per_row(statement) >= limits.blocks &&
		   share_pct(load, statement) >= limits.share_pct && static_cast<double>(statement.calls) >= limits.calls &&
		   !calls_own_function(catalog, statement.parsed->stmt) && !has_aggregate(catalog, statement.parsed->stmt);
}

bool
compiles_long(const Workload &load, const StatementEntry &statement, double jit_pct, double mean_ms)
{
	return statement.application && statement.jit_ms > 0 && matters(load, statement) && statement.mean_ms < mean_ms &&
		   100 * statement.jit_ms >= jit_pct * statement.total_ms;
}

bool
plans_long(const Workload &load, const StatementEntry &statement, double mean_ms, double share)
{
	return statement.application && statement.planning_ms > statement.total_ms &&
		   statement.planning_ms >= mean_ms * static_cast<double>(statement.calls) &&
		   100 * statement.planning_ms >= share * load.application_ms;
}

const RelationEntry *
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

const StatementEntry *
list_looked_up_singly(const Catalog &catalog, const Workload &load, const StatementEntry &lookup,
					  const RelationEntry &table, const LookUpLimits &limits)
{
	double least_calls = std::max(limits.calls, limits.calls_pct / 100 * static_cast<double>(load.application_calls));
	if (static_cast<double>(lookup.calls) < least_calls || rows_per_call(lookup) > 1 ||
		lookup.mean_ms >= limits.mean_ms)
		return nullptr;
	const StatementEntry *list = list_before(catalog, load, lookup, table, limits.rows);
	return list != nullptr && !has_aggregate(catalog, lookup.parsed->stmt) ? list : nullptr;
}

bool
misses_cache(const Workload &load, const StatementEntry &statement)
{
	constexpr int64 least_calls = 10;
	constexpr int64 least_blocks = 100;
	return statement.application && statement.calls >= least_calls && share_pct(load, statement) >= least_share_pct &&
		   statement.blocks_read >= least_blocks * statement.calls &&
		   statement.blocks_read * 10 > statement.blocks_hit + statement.blocks_read;
}

bool
varies(const Workload &load, const StatementEntry &statement)
{
	constexpr int64 least_calls = 100;
	constexpr double least_max_ms = 100;
	constexpr double least_times = 3;
	if (!statement.application || statement.calls < least_calls || statement.max_ms < least_max_ms ||
		share_pct(load, statement) < least_share_pct)
		return false;
	auto calls = static_cast<double>(statement.calls);
	double squares = calls * (statement.deviation_ms * statement.deviation_ms + statement.mean_ms * statement.mean_ms) -
					 statement.max_ms * statement.max_ms;
	double mean = std::max(statement.total_ms - statement.max_ms, 0.0) / (calls - 1);
	double deviation = std::sqrt(std::max(squares / (calls - 1) - mean * mean, 0.0));
	return deviation >= least_times * mean && 2 * deviation * std::sqrt(calls - 1) >= least_max_ms;
}

} // namespace dbeng
