#include "audit/steps.hpp"

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static RowKey
copied_key(PresentTable &table, Renderer &renderer, const RowChange &change, bool after)
{
	std::size_t columns = table.key().size();
	auto *key = static_cast<const char **>(palloc((columns + 1) * sizeof(char *)));
	bool there = after ? key_after(table, renderer, change, table.key(), key)
					   : key_of(table, renderer, *change.shape, change.before, table.key(), key);
	return there ? RowKey(key, columns) : RowKey();
}

static std::span<const StepValue>
values_of(PresentTable &table, Renderer &renderer, const TableShape &shape, std::span<const KeptValue> values)
{
	if (values.empty())
		return {};
	std::span<const int> places = table.places(shape);
	auto *found = static_cast<StepValue *>(palloc((places.size() + 1) * sizeof(StepValue)));
	std::size_t count = 0;
	for (std::size_t i = 0; i < places.size(); i++)
	{
		if (places[i] < 0)
			continue;
		auto place = static_cast<std::size_t>(places[i]);
		const KeptValue &value = values[place];
		if (value.kept || value.redacted)
			found[count++] = {static_cast<int>(i), value.redacted && !value.null,
							  renderer.text(shape, shape.columns[place], value)};
	}
	return {found, count};
}

Step
step_of(PresentTable &table, Renderer &renderer, const LoggedChunk &chunk, const RowChange &change)
{
	Step step = {};
	step.audit_id = change.audit_id;
	step.changed_at = chunk.changed_at;
	step.written_at = chunk.written_at;
	step.transaction_id = chunk.transaction_id;
	step.action = change.action;
	step.shape = change.shape;
	if (!table.key().empty())
	{
		step.key_before = copied_key(table, renderer, change, false);
		if (change.action == Action::insert || change.action == Action::update)
			step.key_after = copied_key(table, renderer, change, true);
	}
	step.before = values_of(table, renderer, *change.shape, change.before);
	step.after = values_of(table, renderer, *change.shape, change.after);
	return step;
}

static std::span<const StepValue>
copied(std::span<const StepValue> values)
{
	auto *copy = static_cast<StepValue *>(palloc((values.size() + 1) * sizeof(StepValue)));
	for (std::size_t i = 0; i < values.size(); i++)
	{
		copy[i] = values[i];
		copy[i].text = values[i].text == nullptr ? nullptr : pstrdup(values[i].text);
	}
	return {copy, values.size()};
}

Step
copied(const Step &step)
{
	Step copy = step;
	copy.key_before = copied(step.key_before);
	copy.key_after = copied(step.key_after);
	copy.before = copied(step.before);
	copy.after = copied(step.after);
	return copy;
}

void
each_step(PresentTable &table, Renderer &renderer, ChunkFilter filter, void (*visit)(const Step &step, void *argument),
		  void *argument)
{
	Local<Vector<Step>> steps;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng steps", ALLOCSET_DEFAULT_SIZES);
	std::pair<int32, uint64> transaction = {};
	/* What a subtransaction has changed is written before what came before it. */
	auto visit_all = [&]
	{
		std::sort(steps->begin(), steps->end(), [](const Step &a, const Step &b) { return a.audit_id < b.audit_id; });
		for (const Step &step : *steps)
			visit(step, argument);
		steps->clear();
		MemoryContextReset(context);
	};
	filter.table_id = table.table_id();
	filter.ordered = true;
	each_chunk(filter,
			   [&](const LoggedChunk &chunk, RowChangeReader &reader)
			   {
				   std::pair<int32, uint64> its = {chunk.cluster, chunk.transaction_id};
				   if (its != transaction)
					   visit_all();
				   transaction = its;
				   RowChange change;
				   while (reader.next(change))
				   {
					   if (change.table_id != filter.table_id)
						   continue;
					   CHECK_FOR_INTERRUPTS();
					   MemoryContext caller = MemoryContextSwitchTo(context);
					   steps->push_back(step_of(table, renderer, chunk, change));
					   MemoryContextSwitchTo(caller);
				   }
			   });
	visit_all();
	MemoryContextDelete(context);
}

namespace {
/* A step with what tells its place among others. */
struct PlacedStep
{
	Step step;
	int32 cluster;
	TimestampTz written_at;
};
} // namespace

/* What may concern one of the keys, in memory of a context. */
static void
read_steps(PresentTable &table, Renderer &renderer, KeyLookup &lookup, const ChunkFilter &filter, MemoryContext context,
		   Vector<PlacedStep> &steps)
{
	each_chunk(
		filter, lookup.numbers(),
		[&](const LoggedChunk &chunk, RowChangeReader &reader)
		{
			RowChange change;
			while (reader.next(change))
			{
				if (change.table_id != filter.table_id || !lookup.may_concern(change))
					continue;
				CHECK_FOR_INTERRUPTS();
				MemoryContext caller = MemoryContextSwitchTo(context);
				steps.push_back({copied(step_of(table, renderer, chunk, change)), chunk.cluster, chunk.written_at});
				MemoryContextSwitchTo(caller);
			}
		});
}

static void
put_in_order(Vector<PlacedStep> &steps)
{
	auto transaction = [](const PlacedStep &one) { return std::pair(one.cluster, one.step.transaction_id); };
	std::sort(steps.begin(), steps.end(),
			  [transaction](const PlacedStep &a, const PlacedStep &b)
			  { return std::pair(transaction(a), a.written_at) < std::pair(transaction(b), b.written_at); });
	for (std::size_t i = steps.size(); i-- > 1;)
		if (transaction(steps[i - 1]) == transaction(steps[i]))
			steps[i - 1].written_at = steps[i].written_at;
	std::sort(steps.begin(), steps.end(),
			  [transaction](const PlacedStep &a, const PlacedStep &b)
			  {
				  return std::tuple(a.written_at, transaction(a), a.step.audit_id) <
						 std::tuple(b.written_at, transaction(b), b.step.audit_id);
			  });
}

void
each_step_of(PresentTable &table, Renderer &renderer, KeyLookup &lookup, ChunkFilter filter,
			 void (*visit)(const Step &step, void *argument), void *argument)
{
	filter.table_id = table.table_id();
	Local<Vector<PlacedStep>> steps;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng steps", ALLOCSET_DEFAULT_SIZES);
	/* Each key that a row got has changes of its own to be looked for. */
	for (bool more = true; more;)
	{
		CHECK_FOR_INTERRUPTS();
		steps->clear();
		MemoryContextReset(context);
		read_steps(table, renderer, lookup, filter, context, *steps);
		put_in_order(*steps);
		more = false;
		for (const PlacedStep &one : *steps)
			if (!one.step.key_before.empty() && !one.step.key_after.empty() &&
				!same_key(one.step.key_before, one.step.key_after) && lookup.has(one.step.key_before))
				more |= lookup.add(one.step.key_after);
	}
	for (const PlacedStep &one : *steps)
		visit(one.step, argument);
	MemoryContextDelete(context);
}

bool
is_time_of_change(const PresentColumn &column, const char *text, const Step &step)
{
	Oid type = getBaseType(column.type);
	if (text == nullptr || (type != TIMESTAMPTZOID && type != TIMESTAMPOID))
		return false;
	PGFunction input = type == TIMESTAMPTZOID ? timestamptz_in : timestamp_in;
	TimestampTz time = DatumGetTimestampTz(
		DirectFunctionCall3(input, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	if (TIMESTAMP_NOT_FINITE(time))
		return false;
	if (type == TIMESTAMPTZOID)
		return time >= step.changed_at && time <= step.written_at;
	/* now() in some time zone. */
	constexpr int64 quarter = 15 * SECS_PER_MINUTE * USECS_PER_SEC;
	return (time - step.changed_at) % quarter == 0 && std::abs(time - step.changed_at) <= 60 * quarter;
}

void
pin_reading_of_values()
{
	pin_setting("array_nulls", "on");
	pin_setting("xmloption", "content");
	pin_setting("intervalstyle", "postgres");
}

const char *
typed_literal(const PresentColumn &column, const char *text)
{
	int32 typmod = column.typmod;
	Oid type = getBaseTypeAndTypmod(column.type, &typmod);
	return format("%s::%s", literal(text),
				  format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
}

/* As it has to be written to be meant: another schema that comes first may have one of its name. */
static const char *
operator_symbol(Oid oid)
{
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", oid);
	auto *form = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
	const char *symbol =
		form->oprnamespace == PG_CATALOG_NAMESPACE && OperatorIsVisible(oid)
			? pstrdup(NameStr(form->oprname))
			: format("OPERATOR(%s.%s)", quoted(get_namespace_name(form->oprnamespace)), NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return symbol;
}

/* What casts a type of the table's owner to text may be a function of his: concat() asks its output function. */
static const char *
equals_as_text(const PresentColumn &column, const char *text)
{
	const char *name = quoted(column.name);
	const char *as_text =
		may_hold_domains(column.type) ? format("pg_catalog.concat(%s)", name) : format("%s::text", name);
	return format("%s %s %s", as_text, operator_symbol(TextEqualOperator), literal(text));
}

const char *
equals(const PresentColumn &column, const char *text)
{
	const char *name = quoted(column.name);
	if (text == nullptr)
		return format("%s IS NULL", name);
	TypeCacheEntry *type = lookup_type_cache(column.type, TYPECACHE_EQ_OPR);
	if (!OidIsValid(type->eq_opr))
		return equals_as_text(column, text);
	/* Casts that its owner has made of a composite type would leave no = the only one that can be meant. */
	bool composite = get_typtype(getBaseType(column.type)) == TYPTYPE_COMPOSITE;
	const char *symbol = composite ? "OPERATOR(pg_catalog.*=)" : operator_symbol(type->eq_opr);
	return format("%s %s %s", name, symbol, typed_literal(column, text));
}

const char *
key_condition(PresentTable &table, std::span<const int> columns, RowKey key)
{
	StringInfoData condition;
	initStringInfo(&condition);
	for (std::size_t i = 0; i < columns.size(); i++)
	{
		const PresentColumn &column = table.columns()[static_cast<std::size_t>(columns[i])];
		bool as_text = key[i] != nullptr && may_hold_domains(column.type);
		const char *equal = as_text ? equals_as_text(column, key[i]) : equals(column, key[i]);
		appendStringInfo(&condition, "%s%s", i == 0 ? "" : " AND ", equal);
	}
	return condition.data;
}

} // namespace dbeng
