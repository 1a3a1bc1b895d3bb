#include "core/process.hpp"
#include "core/text.hpp"

namespace dbeng {

/* The server has one error code for a cancel and a timeout, and different words. */
static bool
tells_cancelled(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED && error->message_id != nullptr &&
		   strcmp(error->message_id, "canceling statement due to user request") == 0;
}

const Mishap *
catching(void (*work)(void *context), void *context)
{
	MemoryContext caller = CurrentMemoryContext;
	Mishap *volatile mishap = nullptr;

	PG_TRY();
	{
		work(context);
	}
	PG_CATCH();
	{
		/* What PostgresMain() does after an error. */
		HOLD_INTERRUPTS();
		disable_all_timeouts(false);
		QueryCancelPending = false;
		MemoryContextSwitchTo(caller);
		ErrorData *error = CopyErrorData();
		FlushErrorState();
		AbortOutOfAnyTransaction();
		PortalErrorCleanup();
		MemoryContextSwitchTo(caller);
		mishap = static_cast<Mishap *>(palloc(sizeof(Mishap)));
		*mishap = {pstrdup(unpack_sql_state(error->sqlerrcode)), error->message, error->detail, tells_cancelled(error)};
		debug_query_string = nullptr;
		RESUME_INTERRUPTS();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return mishap;
}

void
begin_transaction()
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	XactReadOnly = false;
	XactIsoLevel = XACT_READ_COMMITTED;
	XactDeferrable = false;
	PushActiveSnapshot(GetTransactionSnapshot());
}

void
commit_transaction()
{
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(true);
}

/* One statement; its trees live in context, beyond the commits that it may do itself. */
static int64
run_statement(RawStmt *statement, const char *text, MemoryContext context)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	if (StatementTimeout > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
	CHECK_FOR_INTERRUPTS();

	CommandTag tag = CreateCommandTag(statement->stmt);
	bool snapshot = analyze_requires_snapshot(statement);
	if (snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContext transaction = MemoryContextSwitchTo(context);
	::List *queries = pg_analyze_and_rewrite_fixedparams(statement, text, nullptr, 0, nullptr);
	::List *plans = pg_plan_queries(queries, text, CURSOR_OPT_PARALLEL_OK, nullptr);
	if (snapshot)
		PopActiveSnapshot();
	CHECK_FOR_INTERRUPTS();

	Portal portal = CreatePortal("", true, true);
	portal->visible = false;
	PortalDefineQuery(portal, nullptr, text, tag, plans, nullptr);
	PortalStart(portal, nullptr, 0, InvalidSnapshot);
	DestReceiver *receiver = CreateDestReceiver(DestNone);
	MemoryContextSwitchTo(transaction);

	QueryCompletion completion;
	InitializeQueryCompletion(&completion);
	pg::run_portal(portal, receiver, &completion);
	receiver->rDestroy(receiver);
	PortalDrop(portal, false);
	CommitTransactionCommand();
	disable_timeout(STATEMENT_TIMEOUT, false);
	return command_tag_display_rowcount(completion.commandTag) ? static_cast<int64>(completion.nprocessed) : -1;
}

int64
run_commands(const char *commands)
{
	MemoryContext caller = CurrentMemoryContext;
	/* Of the caller's life: whoever catches an error frees it with that. */
	MemoryContext context = AllocSetContextCreate(caller, "dbeng commands", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	debug_query_string = commands;
	int64 rows = -1;
	::List *statements = pg_parse_query(commands);
	ListCell *cell;
	foreach (cell, statements)
	{
		MemoryContextSwitchTo(context);
		rows = run_statement(lfirst_node(RawStmt, cell), commands, context);
	}
	if (IsTransactionBlock())
		ereport(ERROR, errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg("the commands leave a transaction open"),
				errdetail("It has been rolled back."), errhint("End with COMMIT what begins with BEGIN."));
	debug_query_string = nullptr;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	pgstat_report_stat(true);
	return rows;
}

bool
database_is_wanted()
{
	if (!OidIsValid(MyDatabaseId))
		return false;
	/* As every session does that connects: whoever needs the database alone is in the way of that. */
	LOCKTAG tag;
	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (LockAcquire(&tag, RowExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, true);
	return false;
}

} // namespace dbeng
