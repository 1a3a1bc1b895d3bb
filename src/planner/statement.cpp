#include "planner/statement.hpp"

#include "catalog/expression.hpp"
#include "core/attempt.hpp"
#include "core/extension.hpp"
#include "core/parse.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "planner/parameters.hpp"
#include "planner/repair.hpp"
#include "planner/values.hpp"

namespace dbeng {

static constexpr char temporary_table[] = "it uses a temporary table";
static constexpr char system_catalogs[] = "it reads system catalogs only";

/* A text longer than this is a load of data, not a question. */

/* Waiting once for a table that is locked for long is enough to know; thousands of statements may be about it. */
static constexpr int patient_waits = 5;

/* Schemas added to a search_path for one statement. */
static constexpr int most_schemas = 8;

Statements::Statements(const Catalog &catalog)
	: catalog_(catalog), names_(catalog), trust_(catalog),
	  context_(AllocSetContextCreate(CurrentMemoryContext, "dbeng statement", ALLOCSET_DEFAULT_SIZES))
{}

namespace {
/* One statement as a text and as what it is made of. */
struct Parsed
{
	RawStmt *statement;	  /* the query itself; NULL: reason */
	List *argument_types; /* of PREPARE name(int, …) */
	const char *reason;
};
} // namespace

static bool
is_query(Node *node)
{
	return IsA(node, SelectStmt) || IsA(node, InsertStmt) || IsA(node, UpdateStmt) || IsA(node, DeleteStmt) ||
		   IsA(node, MergeStmt);
}

/* The query that DECLARE, PREPARE, EXPLAIN and CREATE TABLE AS are about; itself for others. */
static Node *
query_of(Node *node, List **argument_types)
{
	switch (nodeTag(node))
	{
		case T_DeclareCursorStmt:
			return castNode(DeclareCursorStmt, node)->query;
		case T_ExplainStmt:
			return query_of(castNode(ExplainStmt, node)->query, argument_types);
		case T_CreateTableAsStmt:
			return castNode(CreateTableAsStmt, node)->query;
		case T_PrepareStmt:
			*argument_types = castNode(PrepareStmt, node)->argtypes;
			return castNode(PrepareStmt, node)->query;
		case T_SelectStmt:
		{
			SelectStmt *select = castNode(SelectStmt, node);
			while (select->op != SETOP_NONE)
				select = select->larg;
			select->intoClause = nullptr;
			return node;
		}
		default:
			return node;
	}
}

/* Trees are scribbled on by analysis, hence one for each. */
static Parsed
parse(const char *text)
{
	const char *problem;
	Parsed parsed = {parse_statement(text, &problem), NIL, nullptr};
	if (parsed.statement == nullptr)
	{
		parsed.reason = problem == nullptr ? "it is not a single statement" : problem;
		return parsed;
	}
	parsed.statement->stmt = query_of(parsed.statement->stmt, &parsed.argument_types);
	if (!is_query(parsed.statement->stmt))
	{
		parsed.reason = "it is a utility statement, which is not planned";
		parsed.statement = nullptr;
	}
	return parsed;
}

/* Where the position of an error, in characters from 1, is in the text; -1 when there is none. */
static int
byte_at(const char *text, int position)
{
	if (position <= 0)
		return -1;
	const char *at = text;
	while (--position > 0 && *at != '\0')
		at += pg_mblen(at);
	return static_cast<int>(at - text);
}

/* What makes a statement none of the application's; NULL for the others. */
static const char *
why_not_asked(List *queries)
{
	bool own = false;
	bool system = false;
	bool temporary = false;
	ListCell *cell;
	foreach (cell, queries)
		any_node(static_cast<Node *>(lfirst(cell)),
				 [&own, &system, &temporary](Node *node)
				 {
					 if (!IsA(node, Query))
						 return false;
					 ListCell *entry;
					 foreach (entry, castNode(Query, node)->rtable)
					 {
						 RangeTblEntry *range = lfirst_node(RangeTblEntry, entry);
						 if (range->rtekind != RTE_RELATION)
							 continue;
						 bool catalog = range->relid < FirstNormalObjectId;
						 system = system || catalog;
						 own = own || !catalog;
						 temporary =
							 temporary || (!catalog && get_rel_persistence(range->relid) == RELPERSISTENCE_TEMP);
					 }
					 return temporary;
				 });
	if (temporary)
		return temporary_table;
	return system && !own ? system_catalogs : nullptr;
}

StatementSource
source_of(const StatementEntry &entry)
{
	return {entry.text, entry.user, entry.rows_per_call(), find_example(entry.query_id, entry.user)};
}

bool
nothing_to_index(const char *reason)
{
	return strcmp(reason, temporary_table) == 0 || strcmp(reason, system_catalogs) == 0;
}

namespace {
/* One analysis of a statement, with all that is to be known for it. */
struct Attempt
{
	const StatementSource &source;
	const char *text;
	Parsed parsed;
	const Example *example;
	const char *path;
	Parameters &parameters;
	Trust &trust;
	int lock_timeout; /* ms */
	void (*work)(const PlannableStatement &, void *);
	void *context;
	const char *reason = nullptr;
	bool analysed = false;

	void run();
};
} // namespace

static List *
rewritten(Query *query)
{
	List *queries = NIL;
	ListCell *cell;
	foreach (cell, pg_rewrite_query(query))
		if (lfirst_node(Query, cell)->commandType != CMD_UTILITY)
			queries = lappend(queries, lfirst(cell));
	return queries;
}

void
Attempt::run()
{
	pin_setting("search_path", path);
	pin_setting("lock_timeout", format("%d", lock_timeout));
	pin_setting("row_security", "on");
	SetUserIdAndSecContext(source.user, SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	if (!ActiveSnapshotSet())
		PushActiveSnapshot(GetTransactionSnapshot());

	ParseState *pstate = make_parsestate(nullptr);
	pstate->p_sourcetext = text;
	int number = 0;
	ListCell *cell;
	foreach (cell, parsed.argument_types)
		parameters.declare(++number, typenameTypeId(pstate, lfirst_node(TypeName, cell)));
	/*
	 * Not parse_analyze…(): what hooks there would do is count the statement as
	 * executed, or record its text.
	 */
	parameters.begin(pstate);
	Query *query = transformTopLevelStmt(pstate, parsed.statement);
	free_parsestate(pstate);
	parameters.settle(query);
	List *queries = rewritten(query);
	analysed = true;

	reason = queries == NIL ? "rules make nothing of it" : why_not_asked(queries);
	if (reason == nullptr)
		reason = trust.objection(queries, source.user);
	if (reason != nullptr)
		return;
	PlannableStatement statement = {queries,
									choose_values(queries, parameters, source.rows_per_call, example, source.user)};
	work(statement, context);
}

const char *
Statements::attempt_text(const StatementSource &source, const char *text, const Example *example, Work work,
						 void *context)
{
	Parsed parsed = parse(text);
	if (parsed.statement == nullptr)
		return parsed.reason;
	Parameters parameters;
	if (example != nullptr)
		for (std::size_t i = 0; i < example->values.size(); i++)
			parameters.declare(static_cast<int>(i + 1), example->values[i].type);
	const char *path = source.search_path != nullptr ? source.search_path : names_.path(source.user);
	const char *first_message = nullptr;
	int schemas = 0;
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		int patience = locked_ < patient_waits ? 100 : 1;
		Attempt attempt = {source, text, parsed, example, path, parameters, trust_, patience, work, context};
		Refusal refusal = attempted([&attempt] { attempt.run(); });
		if (refusal.code == 0)
			return attempt.reason;
		if (refusal.code == ERRCODE_LOCK_NOT_AVAILABLE)
		{
			locked_++;
			return "a table it uses is locked by another session";
		}
		RawStmt *fresh = parse(text).statement;
		if (attempt.analysed || fresh == nullptr || !is_walkable(fresh->stmt))
			return refusal.message;
		int at = byte_at(text, refusal.position);
		const char *why = nullptr;
		const char *longer = schemas < most_schemas ? names_.longer_path(path, refusal, fresh, at, &why) : nullptr;
		if (why != nullptr)
			return why;
		if (longer != nullptr)
		{
			path = longer;
			schemas++;
			parsed = parse(text);
			continue;
		}
		/* What was wrong at first says more than what is wrong with a guess. */
		if (first_message == nullptr)
			first_message = refusal.message;
		if (!parameters.try_other(refusal, fresh, at))
			return first_message;
		parsed = parse(text);
	}
}

const char *
Statements::attempt(const StatementSource &source, Work work, void *context)
{
	if (source.text == nullptr)
		return "its text was lost";
	if (strcmp(source.text, "<insufficient privilege>") == 0)
		return "its text is hidden from you: it takes the privileges of pg_read_all_stats";
	if (strlen(source.text) > longest_statement)
		return "its text is too long";
	if (catalog_.role(source.user) == nullptr)
		return "its user was dropped";

	MemoryContext caller = MemoryContextSwitchTo(context_);
	const char *reason = nullptr;
	bool done = false;
	if (source.example != nullptr)
	{
		reason = attempt_text(source, source.example->text, source.example, work, context);
		done = reason == nullptr;
	}
	if (!done)
		reason = attempt_text(source, repaired(source.text), nullptr, work, context);
	MemoryContextSwitchTo(caller);
	reason = reason == nullptr ? nullptr : pstrdup(reason);
	MemoryContextReset(context_);
	return reason;
}

} // namespace dbeng
