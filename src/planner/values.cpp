#include "planner/values.hpp"

#include "catalog/expression.hpp"
#include "planner/trust.hpp"

namespace dbeng {

/* A LIMIT of which nothing is known. */
static constexpr int64 usual_limit = 100;

/* What a range lets through when nothing tells. */
static constexpr double usual_share = 0.05;

/* How far the rows returned have to be from the average before they tell of one value. */
static constexpr double clearly = 10;

/* How near the rows of a common value have to come to them. */
static constexpr double about = 3;

static constexpr double smallest_share = 1e-6;

namespace {
/* A condition "column operator $n" of the only table of a statement. */
struct Condition
{
	AttrNumber column;
	int parameter;
	Oid type;	   /* of the parameter */
	Oid operation; /* column on the left */
	bool equality;
	bool upper; /* column < $n, column <= $n; else, unless an equality, column > $n, column >= $n */
	bool ago;	/* column > now() - $n; else the parameter stands alone */
};

class Values
{
  public:
	Values(const Parameters &parameters, double rows_per_call) : rows_per_call_(rows_per_call), parameters_(parameters)
	{
		list_ = makeParamList(parameters.count());
		for (int i = 0; i < parameters.count(); i++)
			list_->params[i] = {Datum{0}, true, 0, InvalidOid};
	}

	void from_example(const Example &example, Oid user);
	void from_limits(Query *query);
	void from_truths(Query *query);
	void from_rows(Query *query);
	ParamListInfo list() const { return list_; }

  private:
	bool known(int number) const { return (list_->params[number - 1].pflags & PARAM_FLAG_CONST) != 0; }
	void set(int number, Datum value, Oid type);
	void set_limit(Node *limit, double rows);
	void set_true(Node *condition);

	double rows_per_call_;
	const Parameters &parameters_;
	ParamListInfo list_;
};
} // namespace

void
Values::set(int number, Datum value, Oid type)
{
	if (number < 1 || number > list_->numParams || known(number))
		return;
	ParamExternData &param = list_->params[number - 1];
	param.value = value;
	param.isnull = false;
	param.ptype = type;
	param.pflags = PARAM_FLAG_CONST;
}

/* A number above the statement's own $1, $2 … has no value in the example: it has literals there. */
void
Values::from_example(const Example &example, Oid user)
{
	int number = 0;
	for (const ExampleValue &value : example.values)
	{
		if (++number > list_->numParams)
			return;
		ParamExternData &param = list_->params[number - 1];
		if (parameters_.type(number) != value.type || get_typtype(value.type) == TYPTYPE_DOMAIN)
			continue;
		if (value.value == nullptr)
		{
			param.pflags = PARAM_FLAG_CONST;
			param.ptype = value.type;
			continue;
		}
		Oid element = get_base_element_type(value.type);
		Oid leaf = OidIsValid(element) ? element : value.type;
		char kind = get_typtype(leaf);
		Oid input;
		Oid argument;
		getTypeInputInfo(value.type, &input, &argument);
		/* The input of a domain and of a row checks conditions that are anybody's code. */
		if ((kind != TYPTYPE_BASE && kind != TYPTYPE_ENUM && leaf >= FirstNormalObjectId) || kind == TYPTYPE_DOMAIN ||
			kind == TYPTYPE_COMPOSITE || kind == TYPTYPE_PSEUDO || !Trust::trusted(input, user))
			continue;
		set(number, OidInputFunctionCall(input, pstrdup(value.value), argument, -1), value.type);
	}
}

static const Param *
as_parameter(Node *node)
{
	while (node != nullptr && IsA(node, RelabelType))
		node = reinterpret_cast<Node *>(castNode(RelabelType, node)->arg);
	if (node == nullptr || !IsA(node, Param) || castNode(Param, node)->paramkind != PARAM_EXTERN)
		return nullptr;
	return castNode(Param, node);
}

void
Values::set_limit(Node *limit, double rows)
{
	const Param *param = as_parameter(limit);
	if (param != nullptr && param->paramtype == INT8OID)
		set(param->paramid, Int64GetDatum(static_cast<int64>(rows)), INT8OID);
}

/* LIMIT and OFFSET, of sub-selects too. */
void
Values::from_limits(Query *query)
{
	double rows = std::isnan(rows_per_call_) ? static_cast<double>(usual_limit)
											 : std::clamp(std::ceil(rows_per_call_), 1.0, 1e15);
	any_node(reinterpret_cast<Node *>(query),
			 [this, rows](Node *node)
			 {
				 /* (SELECT … LIMIT $1) as a value is one row. */
				 if (IsA(node, SubLink) && castNode(SubLink, node)->subLinkType == EXPR_SUBLINK &&
					 IsA(castNode(SubLink, node)->subselect, Query))
					 set_limit(castNode(Query, castNode(SubLink, node)->subselect)->limitCount, 1);
				 if (IsA(node, Query))
				 {
					 set_limit(castNode(Query, node)->limitCount, rows);
					 set_limit(castNode(Query, node)->limitOffset, 0);
				 }
				 return false;
			 });
}

/* WHERE 1 = 1, WHERE true: what generators of SQL begin their conditions with. */
void
Values::set_true(Node *condition)
{
	if (condition == nullptr)
		return;
	if (IsA(condition, List) || (IsA(condition, BoolExpr) && castNode(BoolExpr, condition)->boolop == AND_EXPR))
	{
		ListCell *cell;
		List *parts = IsA(condition, List) ? reinterpret_cast<List *>(condition) : castNode(BoolExpr, condition)->args;
		foreach (cell, parts)
			set_true(static_cast<Node *>(lfirst(cell)));
		return;
	}
	if (const Param *param = as_parameter(condition); param != nullptr && param->paramtype == BOOLOID)
	{
		set(param->paramid, BoolGetDatum(true), BOOLOID);
		return;
	}
	if (!IsA(condition, OpExpr) || list_length(castNode(OpExpr, condition)->args) != 2)
		return;
	const OpExpr *compared = castNode(OpExpr, condition);
	const Param *left = as_parameter(static_cast<Node *>(linitial(compared->args)));
	const Param *right = as_parameter(static_cast<Node *>(lsecond(compared->args)));
	if (left == nullptr || right == nullptr || left->paramid == right->paramid || left->paramtype != TEXTOID ||
		right->paramtype != TEXTOID || compared->opfuncid != F_TEXTEQ)
		return;
	Datum same = CStringGetTextDatum("1");
	set(left->paramid, same, TEXTOID);
	set(right->paramid, same, TEXTOID);
}

void
Values::from_truths(Query *query)
{
	any_node(reinterpret_cast<Node *>(query),
			 [this](Node *node)
			 {
				 if (IsA(node, FromExpr))
					 set_true(castNode(FromExpr, node)->quals);
				 return false;
			 });
}

/* The only table a statement reads or changes; NULL when there are others. */
static const RangeTblEntry *
only_table(const Query &query, int *number)
{
	if (list_length(query.rtable) < 1 || query.setOperations != nullptr || query.jointree == nullptr ||
		list_length(query.jointree->fromlist) != 1 || !IsA(linitial(query.jointree->fromlist), RangeTblRef))
		return nullptr;
	*number = linitial_node(RangeTblRef, query.jointree->fromlist)->rtindex;
	const RangeTblEntry *table = rt_fetch(*number, query.rtable);
	return table->rtekind == RTE_RELATION ? table : nullptr;
}

/* Does a call return the rows its conditions let through, no more and no fewer? */
static bool
returns_plain_rows(const Query &query)
{
	bool rows = query.commandType == CMD_UPDATE || query.commandType == CMD_DELETE || query.commandType == CMD_SELECT;
	return rows && !query.hasAggs && !query.hasTargetSRFs && query.groupClause == NIL && query.groupingSets == NIL &&
		   query.distinctClause == NIL && query.havingQual == nullptr && query.limitCount == nullptr &&
		   query.limitOffset == nullptr;
}

static AttrNumber
as_column(Node *node, int table)
{
	while (node != nullptr && IsA(node, RelabelType))
		node = reinterpret_cast<Node *>(castNode(RelabelType, node)->arg);
	if (node == nullptr || !IsA(node, Var))
		return InvalidAttrNumber;
	const Var *var = castNode(Var, node);
	return var->varno == static_cast<decltype(var->varno)>(table) && var->varlevelsup == 0 && var->varattno > 0
			   ? var->varattno
			   : AttrNumber{InvalidAttrNumber};
}

/* now(), CURRENT_TIMESTAMP, CURRENT_DATE, as they stand or cast. */
static bool
is_present(Node *node)
{
	if (IsA(node, SQLValueFunction))
	{
		SQLValueFunctionOp op = castNode(SQLValueFunction, node)->op;
		return op == SVFOP_CURRENT_DATE || op == SVFOP_CURRENT_TIMESTAMP || op == SVFOP_LOCALTIMESTAMP;
	}
	if (!IsA(node, FuncExpr))
		return false;
	const FuncExpr *call = castNode(FuncExpr, node);
	if (call->funcid == F_NOW)
		return true;
	return list_length(call->args) == 1 && call->funcid < FirstNormalObjectId &&
		   is_present(static_cast<Node *>(linitial(call->args)));
}

/* The $n of "now() - $n"; NULL when it is something else. */
static const Param *
as_time_ago(Node *node)
{
	if (!IsA(node, OpExpr) || list_length(castNode(OpExpr, node)->args) != 2)
		return nullptr;
	const OpExpr *difference = castNode(OpExpr, node);
	if (difference->opfuncid != F_TIMESTAMPTZ_MI_INTERVAL && difference->opfuncid != F_TIMESTAMP_MI_INTERVAL &&
		difference->opfuncid != F_DATE_MI_INTERVAL)
		return nullptr;
	auto *from = static_cast<Node *>(linitial(difference->args));
	const Param *param = as_parameter(static_cast<Node *>(lsecond(difference->args)));
	return param != nullptr && param->paramtype == INTERVALOID && is_present(from) ? param : nullptr;
}

/* Fills condition from "column operator $n" and "$n operator column". */
static bool
read_condition(const OpExpr &expression, int table, Condition &condition)
{
	if (list_length(expression.args) != 2)
		return false;
	auto *left = static_cast<Node *>(linitial(expression.args));
	auto *right = static_cast<Node *>(lsecond(expression.args));
	Oid operation = expression.opno;
	condition.column = as_column(left, table);
	if (condition.column == InvalidAttrNumber)
	{
		std::swap(left, right);
		condition.column = as_column(left, table);
		operation = get_commutator(operation);
	}
	if (condition.column == InvalidAttrNumber || !OidIsValid(operation))
		return false;
	const Param *param = as_parameter(right);
	condition.ago = param == nullptr;
	if (condition.ago)
		param = as_time_ago(right);
	if (param == nullptr)
		return false;
	condition.parameter = param->paramid;
	condition.type = param->paramtype;
	condition.operation = operation;
	TypeCacheEntry *cache = lookup_type_cache(exprType(left), TYPECACHE_BTREE_OPFAMILY);
	if (!OidIsValid(cache->btree_opf))
		return false;
	int strategy = get_op_opfamily_strategy(operation, cache->btree_opf);
	condition.equality = strategy == BTEqualStrategyNumber;
	condition.upper = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
	return strategy != InvalidStrategy;
}

static void
read_conditions(Node *quals, int table, Vector<Condition> &conditions, bool &others)
{
	if (quals == nullptr)
		return;
	if (IsA(quals, List) || (IsA(quals, BoolExpr) && castNode(BoolExpr, quals)->boolop == AND_EXPR))
	{
		ListCell *cell;
		List *parts = IsA(quals, List) ? reinterpret_cast<List *>(quals) : castNode(BoolExpr, quals)->args;
		foreach (cell, parts)
			read_conditions(static_cast<Node *>(lfirst(cell)), table, conditions, others);
		return;
	}
	Condition condition;
	if (IsA(quals, OpExpr) && read_condition(*castNode(OpExpr, quals), table, condition))
		conditions.push_back(condition);
	else
		others = true;
}

namespace {
/* What ANALYZE knows of a column, as read from the catalog; of a parent, of all of the tree. */
class ColumnFacts
{
  public:
	ColumnFacts(Oid relation, AttrNumber column, bool with_children)
	{
		tuple_ = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relation), Int16GetDatum(column),
								 BoolGetDatum(with_children));
	}
	bool known() const { return HeapTupleIsValid(tuple_); }
	void release()
	{
		if (known())
			ReleaseSysCache(tuple_);
	}

	/* The share of the rows that an average value has. */
	double average_share(double rows) const
	{
		auto *form = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple_));
		double distinct = form->stadistinct >= 0 ? form->stadistinct : -form->stadistinct * std::max(rows, 1.0);
		return distinct < 1 ? 1 : (1 - form->stanullfrac) / distinct;
	}

	bool slot(int kind, int flags, AttStatsSlot &slot) const
	{
		return get_attstatsslot(&slot, tuple_, kind, InvalidOid, flags);
	}

  private:
	HeapTuple tuple_;
};
} // namespace

static bool
fits(Oid value_type, Oid parameter_type)
{
	return value_type == parameter_type || IsBinaryCoercible(value_type, parameter_type);
}

static Datum
copied(Datum value, Oid type)
{
	int16 length;
	bool by_value;
	get_typlenbyval(type, &length, &by_value);
	return datumCopy(value, by_value, length);
}

/* How long before now a point in time of the histogram was; for the future, nothing. */
static Datum
time_since(Datum value, Oid type)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	if (type == TIMESTAMPTZOID)
		return DirectFunctionCall2(timestamp_mi, TimestampTzGetDatum(now), value);
	Datum local = DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(now));
	if (type == DATEOID)
		value = DirectFunctionCall1(date_timestamp, value);
	return DirectFunctionCall2(timestamp_mi, local, value);
}

/* A time that calculating with would fail for: infinity. */
static bool
is_infinite(Datum value, Oid type)
{
	switch (type)
	{
		case DATEOID:
			return DATE_NOT_FINITE(DatumGetDateADT(value));
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value));
		default:
			return false;
	}
}

template <class Number>
static Number
between(Number a, Number b, double share)
{
	return static_cast<Number>(static_cast<double>(a) + (static_cast<double>(b) - static_cast<double>(a)) * share);
}

/*
 * The value that a share of the rows is below. Between two of a histogram
 * where they are numbers or times, else the next one, below or above.
 */
static Datum
value_at(const AttStatsSlot &slot, double place, bool above)
{
	double position = std::clamp(place, 0.0, 1.0) * (slot.nvalues - 1);
	int bucket = std::clamp(static_cast<int>(position), 0, std::max(slot.nvalues - 2, 0));
	double share = position - bucket;
	Datum low = slot.values[bucket];
	Datum high = slot.values[std::min(bucket + 1, slot.nvalues - 1)];
	Datum nearest = above ? high : low;
	if (is_infinite(low, slot.valuetype) || is_infinite(high, slot.valuetype))
		return nearest;
	switch (slot.valuetype)
	{
		case INT2OID:
			return Int16GetDatum(between(DatumGetInt16(low), DatumGetInt16(high), share));
		case INT4OID:
			return Int32GetDatum(between(DatumGetInt32(low), DatumGetInt32(high), share));
		case DATEOID:
			return DateADTGetDatum(between(DatumGetDateADT(low), DatumGetDateADT(high), share));
		case INT8OID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		{
			double distance = static_cast<double>(DatumGetInt64(high)) - static_cast<double>(DatumGetInt64(low));
			if (distance > 9e18)
				return nearest;
			return Int64GetDatum(DatumGetInt64(low) + static_cast<int64>(distance * share));
		}
		case FLOAT4OID:
			return Float4GetDatum(between(DatumGetFloat4(low), DatumGetFloat4(high), share));
		case FLOAT8OID:
			return Float8GetDatum(between(DatumGetFloat8(low), DatumGetFloat8(high), share));
		default:
			return nearest;
	}
}

void
Values::from_rows(Query *query)
{
	int number = 0;
	const RangeTblEntry *table = only_table(*query, &number);
	if (table == nullptr)
		return;
	Local<Vector<Condition>> conditions;
	bool others = false;
	read_conditions(query->jointree->quals, number, *conditions, others);
	if (conditions->empty())
		return;

	Relation relation = table_open(table->relid, AccessShareLock);
	bool with_children = table->inh && relation->rd_rel->relhassubclass;
	double rows = relation->rd_rel->reltuples;
	table_close(relation, NoLock);
	bool told = returns_plain_rows(*query) && !std::isnan(rows_per_call_) && rows > 0;

	/* The share of the rows that all the conditions let through, and what the equalities do on average. */
	double wanted = told ? std::clamp(rows_per_call_ / rows, smallest_share, 1.0) : usual_share;
	double average = 1;
	for (const Condition &condition : *conditions)
	{
		if (!condition.equality)
			continue;
		ColumnFacts facts(table->relid, condition.column, with_children);
		if (facts.known())
			average *= facts.average_share(rows);
		facts.release();
	}

	bool ranges = std::any_of(conditions->begin(), conditions->end(), [](const Condition &c) { return !c.equality; });
	bool unusual = told && !others && !ranges && (wanted > average * clearly || wanted * clearly < average);
	Condition *best = nullptr;
	Datum best_value = 0;
	double best_distance = std::log(about);
	/* Of the ranges, what the equalities leave. */
	double share = told ? std::clamp(wanted / average, smallest_share, 0.9) : usual_share;

	for (Condition &condition : *conditions)
	{
		CHECK_FOR_INTERRUPTS();
		if (known(condition.parameter))
			continue;
		ColumnFacts facts(table->relid, condition.column, with_children);
		if (!facts.known())
			continue;
		AttStatsSlot slot;
		if (condition.equality && unusual &&
			facts.slot(STATISTIC_KIND_MCV, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS, slot))
		{
			double rest = average / std::max(facts.average_share(rows), smallest_share);
			for (int i = 0; i < std::min(slot.nvalues, slot.nnumbers); i++)
			{
				double distance = std::abs(std::log(std::max<double>(slot.numbers[i], smallest_share) * rest / wanted));
				if (distance < best_distance && fits(slot.valuetype, condition.type))
				{
					best_distance = distance;
					best = &condition;
					best_value = copied(slot.values[i], slot.valuetype);
				}
			}
			free_attstatsslot(&slot);
		}
		else if (!condition.equality && facts.slot(STATISTIC_KIND_HISTOGRAM, ATTSTATSSLOT_VALUES, slot))
		{
			bool paired = std::any_of(conditions->begin(), conditions->end(),
									  [&condition](const Condition &other) {
										  return !other.equality && other.column == condition.column &&
												 other.upper != condition.upper;
									  });
			/* Between two bounds, the middle; else one end. */
			double place = condition.upper ? share : 1 - share;
			if (paired)
				place = condition.upper ? 0.5 + share / 2 : 0.5 - share / 2;
			Datum value = value_at(slot, place, condition.upper);
			bool is_time =
				slot.valuetype == TIMESTAMPTZOID || slot.valuetype == TIMESTAMPOID || slot.valuetype == DATEOID;
			if (condition.ago && is_time && !is_infinite(value, slot.valuetype))
				set(condition.parameter, time_since(value, slot.valuetype), INTERVALOID);
			else if (!condition.ago && fits(slot.valuetype, condition.type))
				set(condition.parameter, copied(value, slot.valuetype), condition.type);
			free_attstatsslot(&slot);
		}
		facts.release();
	}
	if (best != nullptr)
		set(best->parameter, best_value, best->type);
}

ParamListInfo
choose_values(List *queries, const Parameters &parameters, double rows_per_call, const Example *example, Oid user)
{
	if (parameters.count() == 0)
		return nullptr;
	Values values(parameters, rows_per_call);
	if (example != nullptr)
		values.from_example(*example, user);
	ListCell *cell;
	foreach (cell, queries)
	{
		Query *query = lfirst_node(Query, cell);
		values.from_limits(query);
		values.from_truths(query);
		values.from_rows(query);
	}
	return values.list();
}

} // namespace dbeng
