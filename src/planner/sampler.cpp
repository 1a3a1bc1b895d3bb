/*
 * sampler.cpp: looks at statements as they are executed.
 *
 * ExecutorStart is where a statement's text, its constants and the values of
 * its parameters are together, under the number by which pg_stat_statements
 * counts it, whatever the protocol; what is only parsed or planned is not
 * seen. All that is done at every execution is to ask whether the statement's
 * example is due. The rest happens once an interval, holds no lock but while
 * bytes are copied, and raises nothing of its own: the statement is a user's.
 */
#include "planner/sampler.hpp"
#include "core/parse.hpp"
#include "core/value_text.hpp"
#include "planner/example_record.hpp"
#include "planner/example_store.hpp"

namespace dbeng {

bool sample_constants = false;
int sample_constants_interval = 600;
int sample_constants_size = 8192;

/* A longer value is taken as not known. */
static constexpr std::size_t max_value_bytes = 1024;

static ExecutorStart_hook_type previous_start = nullptr;

/* Is there anything an index could be chosen for: a table of a user's, that is not only filled? */
static bool
reads_tables(const PlannedStmt *plan)
{
	Oid own = get_namespace_oid("dbeng", true);
	int tables = 0;
	ListCell *cell;
	foreach (cell, plan->rtable)
	{
		auto *range = lfirst_node(RangeTblEntry, cell);
		if (range->rtekind != RTE_RELATION || range->relkind == RELKIND_COMPOSITE_TYPE ||
			range->relid < FirstNormalObjectId)
			continue;
		/* Nobody else has that table, and dbeng is no subject of advice. */
		if (get_rel_persistence(range->relid) == RELPERSISTENCE_TEMP)
			return false;
		if (OidIsValid(own) && get_rel_namespace(range->relid) == own)
			return false;
		tables++;
	}
	return tables > (plan->commandType == CMD_INSERT ? 1 : 0);
}

/* Its own piece of what the client sent; empty when there is none or it is too long: a part is of no use. */
static std::string_view
own_text(const PlannedStmt *plan, const char *source)
{
	std::size_t from = plan->stmt_location > 0 ? static_cast<std::size_t>(plan->stmt_location) : 0;
	std::size_t given = plan->stmt_location >= 0 && plan->stmt_len > 0 ? static_cast<std::size_t>(plan->stmt_len) : 0;
	if (source == nullptr || given > max_example_bytes || strnlen(source, from) < from)
		return {};
	const char *text = source + from;
	std::size_t length = strnlen(text, given > 0 ? given : max_example_bytes + 1);
	if (length > max_example_bytes)
		return {};
	while (length > 0 && scanner_isspace(*text))
	{
		text++;
		length--;
	}
	while (length > 0 && scanner_isspace(text[length - 1]))
		length--;
	return {text, length};
}

/* Their text may be that of the statement they prepare, explain or fetch from. Of other utility statements' it never is. */
static Node *
within_utility(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_ExplainStmt:
			return within_utility(castNode(ExplainStmt, statement)->query);
		case T_PrepareStmt:
			return castNode(PrepareStmt, statement)->query;
		case T_DeclareCursorStmt:
			return castNode(DeclareCursorStmt, statement)->query;
		default:
			return statement;
	}
}

/* Is the text one statement, without others that were sent along with it, and is there anything to keep of it? */
static bool
is_worth_keeping(const char *text, bool has_parameters)
{
	RawStmt *parsed = parse_statement(text);
	if (parsed == nullptr)
		return false;
	Node *statement = within_utility(parsed->stmt);
	switch (nodeTag(statement))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
			return has_parameters || has_constant(statement);
		default:
			return false;
	}
}

static bool
write_values(RecordWriter &record, ParamListInfo parameters)
{
	int level = pin_value_style();
	bool fits = true;
	for (int i = 0; i < parameters->numParams && fits; i++)
	{
		const ParamExternData &parameter = parameters->params[i];
		const char *text = parameter.isnull ? nullptr : value_text(parameter.ptype, parameter.value, max_value_bytes);
		bool known = parameter.isnull || text != nullptr;
		fits = record.value(known ? parameter.ptype : InvalidOid, text);
	}
	restore_value_style(level);
	return fits;
}

static void
sample(const QueryDesc *query, const ExampleKey &key)
{
	std::string_view text = own_text(query->plannedstmt, query->sourceText);
	ParamListInfo parameters = query->params;
	/*
	 * Variables of PL/pgSQL stand by their names in the text, which says
	 * nothing without them; they come through paramFetch.
	 */
	if (text.empty() || (parameters != nullptr && parameters->paramFetch != nullptr))
		return;
	if (!reads_tables(query->plannedstmt))
		return;
	bool has_parameters = parameters != nullptr && parameters->numParams > 0;
	auto *record = static_cast<RecordWriter *>(palloc(sizeof(RecordWriter)));
	::new (static_cast<void *>(record)) RecordWriter;
	if (!record->text(text) || !is_worth_keeping(record->bytes().data(), has_parameters))
		return;
	if (has_parameters && !write_values(*record, parameters))
		return;
	keep_example(key, GetCurrentTimestamp(), record->bytes());
}

static void
consider(const QueryDesc *query, int flags)
{
	const PlannedStmt *plan = query->plannedstmt;
	if (plan->queryId == 0 || plan->commandType == CMD_UTILITY || (flags & EXEC_FLAG_EXPLAIN_ONLY) != 0 ||
		IsParallelWorker())
		return;
	ExampleKey key = {MyDatabaseId, GetUserId(), static_cast<int64>(plan->queryId)};
	if (!is_example_due(key, sample_constants_interval * USECS_PER_SEC))
		return;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng sampler", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	sample(query, key);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static void
start(QueryDesc *query, int flags)
{
	if (previous_start != nullptr)
		previous_start(query, flags);
	else
		standard_ExecutorStart(query, flags);
	if (sample_constants)
		consider(query, flags);
}

bool
check_sample_constants(bool *value, [[maybe_unused]] void **extra, [[maybe_unused]] GucSource source)
{
	if (!*value || process_shared_preload_libraries_in_progress || has_examples())
		return true;
	GUC_check_errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
	GUC_check_errmsg("dbeng.sample_constants needs dbeng to be preloaded");
	GUC_check_errdetail("Examples are kept in shared memory that is only to be had when the server starts.");
	GUC_check_errhint("Add dbeng to shared_preload_libraries and restart the server.");
	return false;
}

void
assign_sample_constants(bool value, [[maybe_unused]] void *extra)
{
	/* Where pg_stat_statements is not there to ask for it. */
	if (value)
		EnableQueryId();
}

void
install_sampler()
{
	reserve_examples(&sample_constants_size);
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start;
}

} // namespace dbeng
