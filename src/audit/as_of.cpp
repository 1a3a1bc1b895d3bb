/*
 * as_of.cpp: rows as they were: dbeng.row_as_of(), dbeng.table_as_of().
 *
 * A change counts from when its transaction began, which is its changed_at.
 * What the log cannot tell is an error that says from when on it can.
 */
#include "audit/log.hpp"
#include "audit/log_partitions.hpp"
#include "audit/past.hpp"
#include "audit/reading.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/text.hpp"
#include "core/value_text.hpp"

namespace dbeng {

[[noreturn]] static void
refuse_time(const PresentTable &table, TimestampTz at, TimestampTz since, const char *why)
{
	const char *when = pstrdup(timestamptz_to_str(at));
	const char *from = pstrdup(timestamptz_to_str(since));
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("what %s was at %s cannot be told", table.name(), when), errdetail("%s", why),
			errhint("It can be told from %s on.", from));
	pg_unreachable();
}

/* Until when its changes are not in the log, or not any more. */
static void
require_logged_since(const PresentTable &table, TimestampTz at)
{
	const AuditedTable &audited = table.audited();
	if (!audited.enabled())
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("what %s was cannot be told: it is not audited any more", table.name()),
				errdetail("Its audit was switched off at %s; what was changed since is not known.",
						  timestamptz_to_str(audited.disabled_at)),
				errhint("SELECT * FROM dbeng.audit_log WHERE relation = %s::regclass;", literal(table.name())));
	if (at < audited.enabled_at)
		refuse_time(table, at, audited.enabled_at, "Its audit began later.");
	Local<Vector<LogPartition>> partitions;
	log_partitions(*partitions);
	TimestampTz first = DT_NOEND;
	for (const LogPartition &partition : *partitions)
		if (!partition.is_default)
			first = std::min(first, partition.from);
	if (first != DT_NOEND && at < first && audited.enabled_at < first)
		refuse_time(table, at, first, "The log of that time is gone.");
}

/* What the log says that it does not have. */
static void
require_told(const PresentTable &table, const Step &step, TimestampTz at)
{
	if (step.action == Action::truncate)
		refuse_time(table, at, step.changed_at,
					"It was truncated since: the log does not have the rows that were in it.");
	if (step.action == Action::unlogged)
		refuse_time(table, at, step.changed_at,
					"Rows were written past the log since, under session_replication_role = replica.");
}

/* Whoever sees some rows only must not see through the log what the others are. */
static void
require_all_rows(const PresentTable &table)
{
	if (check_enable_rls(table.relation(), InvalidOid, true) != RLS_ENABLED)
		return;
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("row security would hide rows of %s", table.name()),
			errdetail("Its past is told to those who see all of its rows."),
			errhint("Ask as its owner, or as a role with BYPASSRLS."));
}

static bool
is_excluded(const AuditedTable &table, const char *column)
{
	return std::any_of(table.exclude.begin(), table.exclude.end(),
					   [column](const char *excluded) { return strcmp(excluded, column) == 0; });
}

/*
 * Columns of which nothing is known at a time: those that rows did not have then, and those that are excluded or were for some
 * time since. A shape without the column tells of either.
 */
static bool *
absent_columns(PresentTable &table, TimestampTz at)
{
	auto *absent = static_cast<bool *>(palloc0(table.columns().size() + 1));
	Local<Vector<const TableShape *>> shapes;
	shapes_since(table.table_id(), at, *shapes);
	for (std::size_t i = 0; i < table.columns().size(); i++)
	{
		const PresentColumn &column = table.columns()[i];
		absent[i] =
			is_excluded(table.audited(), column.name) ||
			(!column.generated && std::any_of(shapes->begin(), shapes->end(),
											  [&](const TableShape *shape) { return table.places(*shape)[i] < 0; }));
	}
	return absent;
}

static const char *
column_list(const PresentTable &table)
{
	StringInfoData list;
	initStringInfo(&list);
	for (const PresentColumn &column : table.columns())
		appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", quoted(column.name));
	return list.data;
}

/* Values of today are written as the log has them, names of other objects with their schema, and read so. */
static void
pin_values()
{
	pin_setting("search_path", "pg_catalog, pg_temp");
	pin_reading_of_values();
}

/* The texts of a row of today. */
static const char **
texts_of(const PresentTable &table, const Row &row)
{
	auto *texts = static_cast<const char **>(palloc((table.columns().size() + 1) * sizeof(char *)));
	for (std::size_t i = 0; i < table.columns().size(); i++)
		texts[i] = row.text(static_cast<int>(i + 1));
	return texts;
}

/* The row as JSON: what is not known is left out. */
static const char *
past_json(PresentTable &table, Renderer &renderer, const PastRow &row, const char *const *now, const bool *absent)
{
	StringInfoData object;
	initStringInfo(&object);
	appendStringInfoChar(&object, '{');
	for (std::size_t i = 0; i < table.columns().size(); i++)
	{
		const PresentColumn &column = table.columns()[i];
		bool unknown = row.facts[i] == Fact::unknown;
		if (absent[i] || row.facts[i] == Fact::lost || (unknown && now == nullptr))
			continue;
		if (object.len > 1)
			appendStringInfoString(&object, ", ");
		escape_json(&object, column.name);
		appendStringInfoString(&object, ": ");
		renderer.json_of_text(&object, column.type, unknown ? now[i] : row.texts[i]);
	}
	appendStringInfoChar(&object, '}');
	return object.data;
}

namespace {
/* One row on its way from a time to now. */
struct Traced
{
	enum class State : uint8
	{
		there, /* as far as is known */
		gone,
		never /* it was not there at that time */
	};

	State state;
	RowKey key;
	PastRow *row;
};
} // namespace

static void
trace(Traced &traced, const Step &step)
{
	if (traced.state != Traced::State::there)
		return;
	bool before = !step.key_before.empty() && same_key(step.key_before, traced.key);
	bool after = !step.key_after.empty() && same_key(step.key_after, traced.key);
	if (!before)
	{
		/* It came by this. */
		if (after)
			traced.state = Traced::State::never;
		return;
	}
	learn(*traced.row, step.before);
	if (step.action == Action::remove)
		traced.state = Traced::State::gone;
	else
		traced.key = copied(step.key_after);
}

/* NULL: it was not there. */
static const char *
row_as_of(Oid relation, const Jsonb *key, TimestampTz at)
{
	require_audit_reader("dbeng.row_as_of()");
	Local<PresentTable> table(relation);
	if (table->key().empty())
		ereport(
			ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s has no key", table->name()),
			errdetail("Without a primary key, or a unique one that is its replica identity, no row can be named."),
			errhint("SELECT * FROM dbeng.table_as_of(NULL::%s, %s);", table->name(), literal(timestamptz_to_str(at))));
	require_all_rows(*table);
	Local<Vector<int>> columns;
	Local<Renderer> renderer;
	Traced traced = {Traced::State::there, asked_key(*table, key, *columns), make_row(*table, true)};
	require_logged_since(*table, at);
	pin_values();
	LogSnapshot snapshot;
	bool *absent = absent_columns(*table, at);
	MemoryContext result = CurrentMemoryContext;
	Local<KeyLookup> lookup(*table);
	lookup->add(traced.key);
	each_step_of(*table, *renderer, *lookup, begun_after(at),
				 [&](const Step &step)
				 {
					 require_told(*table, step, at);
					 MemoryContext caller = MemoryContextSwitchTo(result);
					 trace(traced, step);
					 MemoryContextSwitchTo(caller);
				 });
	const char **now = nullptr;
	bool there = traced.state == Traced::State::gone;
	if (traced.state == Traced::State::there)
		each_row(format("SELECT %s FROM %s WHERE %s", column_list(*table), table->from_clause(),
						key_condition(*table, table->key(), traced.key)),
				 [&](const Row &row)
				 {
					 now = texts_of(*table, row);
					 there = true;
				 });
	snapshot.end();
	return there ? past_json(*table, *renderer, *traced.row, now, absent) : nullptr;
}

namespace {
/* Texts into values of the table's columns, for one statement. */
class Parser
{
  public:
	explicit Parser(const PresentTable &table);
	Datum value(std::size_t column, const char *text);

  private:
	struct Input
	{
		FmgrInfo function;
		Oid argument;
		int32 typmod;
	};

	const PresentTable &table_;
	Vector<Input> inputs_;
};
} // namespace

/* Of domains what they are over: the past need not obey the constraints of today, and these may be anybody's code. */
Parser::Parser(const PresentTable &table) : table_(table)
{
	for (const PresentColumn &column : table.columns())
	{
		Input &input = inputs_.emplace_back();
		input.typmod = column.typmod;
		Oid type = getBaseTypeAndTypmod(column.type, &input.typmod);
		Oid function;
		getTypeInputInfo(type, &function, &input.argument);
		fmgr_info(function, &input.function);
	}
}

Datum
Parser::value(std::size_t column, const char *text)
{
	Input &input = inputs_[column];
	return table_.parsed(input.function, text, input.argument, input.typmod);
}

namespace {
/* What table_as_of() returns, row by row. */
class PastTable
{
  public:
	PastTable(FunctionCallInfo fcinfo, PresentTable &table, const bool *absent);
	/* A row of today as it is, or with what is known of it. */
	void put(const PastRow *past, const Row *now);

  private:
	Rows rows_;
	PresentTable &table_;
	Parser parser_;
	const bool *absent_;
	/* For each column of the result the one of the table; -1: dropped. */
	Vector<int> columns_;
};
} // namespace

PastTable::PastTable(FunctionCallInfo fcinfo, PresentTable &table, const bool *absent)
	: rows_(fcinfo), table_(table), parser_(table), absent_(absent)
{
	TupleDesc result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->setDesc;
	for (int i = 0; i < result->natts; i++)
	{
		int found = -1;
		for (std::size_t column = 0; column < table.columns().size(); column++)
			if (table.columns()[column].number == i + 1)
				found = static_cast<int>(column);
		columns_.push_back(found);
	}
}

void
PastTable::put(const PastRow *past, const Row *now)
{
	for (int number : columns_)
	{
		auto column = static_cast<std::size_t>(number);
		bool none = number < 0 || absent_[column] || (past != nullptr && past->facts[column] == Fact::lost);
		if (none)
			rows_.null();
		else if (past != nullptr && past->facts[column] == Fact::known)
		{
			MemoryContext caller = MemoryContextSwitchTo(rows_.context());
			const char *text = past->texts[column];
			Datum value = text == nullptr ? Datum{0} : parser_.value(column, text);
			MemoryContextSwitchTo(caller);
			rows_.datum(value, text == nullptr);
		}
		else if (now != nullptr)
			rows_.datum(now->datum(number + 1), now->null(number + 1));
		else
			rows_.null();
	}
	rows_.end();
}

static void
keyed_table_as_of(PastTable &result, PresentTable &table, Renderer &renderer, TimestampTz at)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng past", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Local<Past> past(table);
	MemoryContextSwitchTo(caller);
	bool any = false;
	each_step(table, renderer, begun_after(at),
			  [&](const Step &step)
			  {
				  require_told(table, step, at);
				  past->apply(step);
				  any = true;
			  });
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "dbeng row", ALLOCSET_DEFAULT_SIZES);
	each_row_batched(format("SELECT %s FROM %s", column_list(table), table.from_clause()), {},
					 [&](const Row &row)
					 {
						 CHECK_FOR_INTERRUPTS();
						 PastRow *was = nullptr;
						 if (any)
						 {
							 MemoryContext outer = MemoryContextSwitchTo(scratch);
							 was = past->find(present_key(table, [&row](int column) { return row.text(column + 1); }));
							 MemoryContextSwitchTo(outer);
							 MemoryContextReset(scratch);
						 }
						 if (was == nullptr || was->existed)
							 result.put(was, &row);
					 });
	for (const PastRow *row : past->finished())
		result.put(row, nullptr);
	const PastRow *lost = past->unmatched();
	if (lost != nullptr)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("what %s was cannot be told: the row %s is gone, and nothing says when", table.name(),
					   key_json(table, renderer, table.key(), lost->key)),
				errdetail("The last change in the log left it there."),
				errhint("SELECT * FROM dbeng.row_history(%s, %s); the table was changed while its audit was off.",
						literal(table.name()), literal(key_json(table, renderer, table.key(), lost->key))));
	MemoryContextDelete(context);
}

static void
keyless_table_as_of(PastTable &result, PresentTable &table, Renderer &renderer, TimestampTz at)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng past", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Local<PastHeap> past(table);
	Local<Vector<Step>> steps;
	MemoryContextSwitchTo(caller);
	each_step(table, renderer, begun_after(at),
			  [&](const Step &step)
			  {
				  require_told(table, step, at);
				  MemoryContext outer = MemoryContextSwitchTo(context);
				  steps->push_back(copied(step));
				  MemoryContextSwitchTo(outer);
			  });
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "dbeng row", ALLOCSET_DEFAULT_SIZES);
	each_row_batched(format("SELECT %s FROM %s", column_list(table), table.from_clause()), {},
					 [&](const Row &row)
					 {
						 CHECK_FOR_INTERRUPTS();
						 if (steps->empty())
						 {
							 result.put(nullptr, &row);
							 return;
						 }
						 MemoryContext outer = MemoryContextSwitchTo(scratch);
						 past->add(texts_of(table, row));
						 MemoryContextSwitchTo(outer);
						 MemoryContextReset(scratch);
					 });
	for (std::size_t i = steps->size(); i-- > 0;)
		past->take_back((*steps)[i]);
	past->each_row([&result](const PastRow &row) { result.put(&row, nullptr); });
	MemoryContextDelete(context);
}

static Oid
relation_of_argument(FunctionCallInfo fcinfo)
{
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	Oid relation = get_typ_typrelid(type);
	if (!OidIsValid(relation) || get_rel_relkind(relation) == RELKIND_COMPOSITE_TYPE)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("%s is not the row type of a table", format_type_be(type)),
				errdetail("dbeng.table_as_of() returns rows of the table whose type its first argument has."),
				errhint("SELECT * FROM dbeng.table_as_of(NULL::a_table, '…');"));
	return relation;
}

static void
table_as_of(FunctionCallInfo fcinfo)
{
	require_audit_reader("dbeng.table_as_of()");
	Oid relation = relation_of_argument(fcinfo);
	if (PG_ARGISNULL(1))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the time must not be NULL"),
				errhint("SELECT * FROM dbeng.table_as_of(NULL::a_table, now() - interval '1 hour');"));
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(1);
	Local<PresentTable> table(relation);
	if (table->relation() != relation)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("%s is a partition of %s", format_type_be(get_rel_type_id(relation)), table->name()),
				errdetail("The log does not tell in which partition a row was."),
				errhint("SELECT * FROM dbeng.table_as_of(NULL::%s, '…');", table->name()));
	require_all_rows(*table);
	require_logged_since(*table, at);
	pin_values();
	LogSnapshot snapshot;
	Local<Renderer> renderer;
	Local<PastTable> result(fcinfo, *table, absent_columns(*table, at));
	if (table->key().empty())
		keyless_table_as_of(*result, *table, *renderer, at);
	else
		keyed_table_as_of(*result, *table, *renderer, at);
	snapshot.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_row_as_of)
{
	using namespace dbeng;
	int style = pin_value_style();
	const char *row = row_as_of(PG_GETARG_OID(0), PG_GETARG_JSONB_P(1), PG_GETARG_TIMESTAMPTZ(2));
	restore_value_style(style);
	if (row == nullptr)
		PG_RETURN_NULL();
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(row));
}

SQL_FUNCTION(dbeng_table_as_of)
{
	using namespace dbeng;
	int style = pin_value_style();
	table_as_of(fcinfo);
	restore_value_style(style);
	return Datum{0};
}
