#include "query/statement.hpp"

#include "core/settings.hpp"

namespace dbeng {

/* Below this a server is new, idle or a developer's: its slowest statement is nobody's concern. */
static constexpr int64 least_calls = 1000;
static constexpr double least_ms = 10000;

static constexpr double least_time_pct = 0.5;
static constexpr double least_calls_pct = 1;
/* What was run once or twice was typed by hand. */
static constexpr int64 least_repeats = 3;

/* Each eviction drops the least used twentieth: this many have replaced everything once. */
static constexpr double evictions_of_all = 20;

const Workload *
observed_load(const Catalog &catalog, Verdict &verdict)
{
	const Workload &load = workload(catalog);
	if (load.missing != nullptr)
	{
		verdict.unknown("%s", load.missing);
		return nullptr;
	}
	double days = load.reset == 0 ? 0 : static_cast<double>(catalog.now - load.reset) / USECS_PER_DAY;
	if (static_cast<double>(load.evicted) > evictions_of_all * std::max(days, 1.0))
	{
		verdict.unknown("pg_stat_statements had to drop statements %s times since its reset, so it shows a part of the "
						"load only: raise pg_stat_statements.max",
						grouped(load.evicted));
		return nullptr;
	}
	if (load.application_calls < least_calls && load.application_ms < least_ms)
		return nullptr;
	return &load;
}

double
share_pct(const Workload &load, const StatementEntry &statement)
{
	return load.application_ms <= 0 ? 0 : std::min(100 * statement.total_ms / load.application_ms, 100.0);
}

bool
matters(const Workload &load, const StatementEntry &statement)
{
	if (statement.calls < least_repeats)
		return false;
	return share_pct(load, statement) >= least_time_pct ||
		   100.0 * static_cast<double>(statement.calls) >=
			   least_calls_pct * static_cast<double>(load.application_calls);
}

double
rows_per_call(const StatementEntry &statement)
{
	return statement.calls == 0 ? 0 : static_cast<double>(statement.rows) / static_cast<double>(statement.calls);
}

double
blocks_per_call(const StatementEntry &statement)
{
	return statement.calls == 0 ? 0
								: static_cast<double>(statement.blocks_hit + statement.blocks_read) /
									  static_cast<double>(statement.calls);
}

const char *
excerpt(const StatementEntry &statement)
{
	constexpr int longest = 80;

	if (statement.text == nullptr)
		return "";
	StringInfoData line;
	initStringInfo(&line);
	for (const char *at = statement.text; *at != '\0' && line.len < 8 * longest; at++)
	{
		if (strchr(" \t\n\r\f\v", *at) == nullptr)
			appendStringInfoChar(&line, *at);
		else if (line.len > 0 && line.data[line.len - 1] != ' ')
			appendStringInfoChar(&line, ' ');
	}
	if (pg_mbstrlen_with_len(line.data, line.len) <= longest)
		return line.data;
	int length = pg_mbcharcliplen(line.data, line.len, longest - 1);
	/* Where the server does not know what its bytes mean, no character may be cut in two. */
	while (GetDatabaseEncoding() == PG_SQL_ASCII && length > 0 && IS_HIGHBIT_SET(line.data[length - 1]))
		length--;
	return format("%s…", pnstrdup(line.data, static_cast<Size>(length)));
}

const char *
milliseconds(double value)
{
	return value >= 100 ? grouped(std::llround(value)) : number(value, value >= 1 ? 1 : 3);
}

const char *
statement_name(const Catalog &catalog, const StatementEntry &statement)
{
	return MemoryContextStrdup(catalog.context, format("queryid %lld", static_cast<long long>(statement.query_id)));
}

void
tell_load(Finding &finding, const char *what, const Workload &load, const StatementEntry &statement)
{
	finding.message("%s; %s calls of %s ms, %s %% of the load: %s", what, grouped(statement.calls),
					milliseconds(statement.mean_ms), number(share_pct(load, statement)), excerpt(statement));
	finding.evidence("queryid", statement.query_id);
	finding.evidence("calls", statement.calls);
	finding.evidence("total_ms", statement.total_ms);
	finding.evidence("mean_ms", statement.mean_ms);
	finding.evidence("rows", statement.rows);
	finding.evidence("share_pct", share_pct(load, statement));
}

const SelectStmt *
plain_select(const StatementEntry &statement)
{
	if (!statement.application || !IsA(statement.parsed->stmt, SelectStmt))
		return nullptr;
	const SelectStmt *select = castNode(SelectStmt, statement.parsed->stmt);
	return select->op == SETOP_NONE && select->valuesLists == NIL && select->intoClause == nullptr ? select : nullptr;
}

Node *
where_of(const StatementEntry &statement)
{
	if (!statement.application)
		return nullptr;
	Node *node = statement.parsed->stmt;
	if (IsA(node, SelectStmt))
		return castNode(SelectStmt, node)->whereClause;
	if (IsA(node, UpdateStmt))
		return castNode(UpdateStmt, node)->whereClause;
	if (IsA(node, DeleteStmt))
		return castNode(DeleteStmt, node)->whereClause;
	return nullptr;
}

void
conjuncts(Node *condition, Vector<Node *> &parts)
{
	if (condition == nullptr)
		return;
	if (!IsA(condition, BoolExpr) || castNode(BoolExpr, condition)->boolop != AND_EXPR)
	{
		parts.push_back(condition);
		return;
	}
	ListCell *cell;
	foreach (cell, castNode(BoolExpr, condition)->args)
		conjuncts(static_cast<Node *>(lfirst(cell)), parts);
}

bool
is_value(const Node *node)
{
	return node != nullptr && (IsA(node, ParamRef) || IsA(node, A_Const));
}

const char *
last_name(const List *name)
{
	return name == NIL ? "" : strVal(llast(name));
}

bool
is_operator(const Node *node, const char *name)
{
	return node != nullptr && IsA(node, A_Expr) && reinterpret_cast<const A_Expr *>(node)->kind == AEXPR_OP &&
		   reinterpret_cast<const A_Expr *>(node)->lexpr != nullptr &&
		   strcmp(last_name(reinterpret_cast<const A_Expr *>(node)->name), name) == 0;
}

bool
Source::is_called(const char *qualifier) const
{
	return strcmp(range->alias != nullptr ? range->alias->aliasname : range->relname, qualifier) == 0;
}

const ColumnEntry *
Source::column(const Node *reference) const
{
	if (relation == nullptr || reference == nullptr || !IsA(reference, ColumnRef))
		return nullptr;
	List *fields = reinterpret_cast<const ColumnRef *>(reference)->fields;
	if (list_length(fields) > 2 || !IsA(llast(fields), String) || !IsA(linitial(fields), String))
		return nullptr;
	if (list_length(fields) == 2 && !is_called(strVal(linitial(fields))))
		return nullptr;
	return relation->column(strVal(llast(fields)));
}

Source
only_source(const Catalog &catalog, const StatementEntry &statement, const List *from)
{
	if (list_length(from) != 1 || !IsA(linitial(from), RangeVar))
		return {};
	const RangeVar *range = linitial_node(RangeVar, from);
	return {range, resolve(catalog, statement, *range)};
}

Source
only_source(const Catalog &catalog, const StatementEntry &statement)
{
	if (const SelectStmt *select = plain_select(statement))
		return only_source(catalog, statement, select->fromClause);
	if (!statement.application)
		return {};
	const RangeVar *range = nullptr;
	Node *node = statement.parsed->stmt;
	if (IsA(node, UpdateStmt) && castNode(UpdateStmt, node)->fromClause == NIL)
		range = castNode(UpdateStmt, node)->relation;
	else if (IsA(node, DeleteStmt) && castNode(DeleteStmt, node)->usingClause == NIL)
		range = castNode(DeleteStmt, node)->relation;
	if (range == nullptr)
		return {};
	return {range, resolve(catalog, statement, *range)};
}

static bool
is_aggregate_call(const Catalog &catalog, const FuncCall &call)
{
	static constexpr const char *built_in[] = {"any_value",
											   "array_agg",
											   "avg",
											   "bit_and",
											   "bit_or",
											   "bit_xor",
											   "bool_and",
											   "bool_or",
											   "corr",
											   "count",
											   "every",
											   "json_agg",
											   "json_object_agg",
											   "jsonb_agg",
											   "jsonb_object_agg",
											   "max",
											   "min",
											   "percentile_cont",
											   "percentile_disc",
											   "range_agg",
											   "stddev",
											   "stddev_pop",
											   "stddev_samp",
											   "string_agg",
											   "sum",
											   "var_pop",
											   "var_samp",
											   "variance",
											   "xmlagg"};

	if (call.agg_star || call.agg_distinct || call.agg_within_group || call.agg_order != NIL ||
		call.agg_filter != nullptr || call.over != nullptr)
		return true;
	const char *name = last_name(call.funcname);
	for (const char *aggregate : built_in)
		if (strcmp(aggregate, name) == 0)
			return true;
	for (const FunctionEntry &function : catalog.functions)
		if (function.kind == PROKIND_AGGREGATE && strcmp(function.name, name) == 0)
			return true;
	return false;
}

bool
has_aggregate(const Catalog &catalog, Node *node)
{
	return any_raw_node(node, [&catalog](Node *at)
						{ return IsA(at, FuncCall) && is_aggregate_call(catalog, *castNode(FuncCall, at)); });
}

bool
leads_index(const RelationEntry &table, const ColumnEntry &column)
{
	for (const IndexEntry *index : table.indexes)
		if (index->usable() && index->keys[0].column == column.number)
			return true;
	return false;
}

} // namespace dbeng
