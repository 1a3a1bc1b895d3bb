#include "core/procedure.hpp"

#include "core/extension.hpp"

namespace dbeng {

static void
connect()
{
	MemoryContext caller = CurrentMemoryContext;
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	MemoryContextSwitchTo(caller);
}

bool
begin_procedure(FunctionCallInfo fcinfo, const char *what)
{
	bool called = fcinfo->context != nullptr && IsA(fcinfo->context, CallContext);
	if (!called || reinterpret_cast<CallContext *>(fcinfo->context)->atomic)
		ereport(ERROR, errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				errmsg("CALL %s() cannot run inside a transaction block", what),
				errdetail("It does its work in many short transactions, so that nobody has to wait for it."),
				errhint("COMMIT first, and call it by itself; not from a function, nor where exceptions are caught."));
	if (RecoveryInProgress() || XactReadOnly)
		ereport(ERROR, errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				errmsg("cannot execute CALL %s() in a read-only transaction", what),
				RecoveryInProgress() ? errdetail("This server is a standby.")
									 : errdetail("transaction_read_only is on."),
				RecoveryInProgress() ? errhint("Call it on the primary.")
									 : errhint("SET default_transaction_read_only = off;"));
	bool nested = SPI_inside_nonatomic_context();
	/* SPI's own context ends whenever it is left. */
	MemoryContextSwitchTo(AllocSetContextCreate(PortalContext, "dbeng procedure", ALLOCSET_DEFAULT_SIZES));
	connect();
	SPI_commit();
	return nested;
}

void
end_procedure()
{
	SPI_finish();
}

/* Somebody wants the whole CALL to stop, not only this piece of it. */
static bool
is_order(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		   error->sqlerrcode == ERRCODE_CRASH_SHUTDOWN || error->sqlerrcode == ERRCODE_DATABASE_DROPPED;
}

/* In CurrentMemoryContext. */
static const Mishap *
mishap_of(ErrorData *error)
{
	if (error == nullptr)
		return nullptr;
	if (is_order(error))
		ReThrowError(error);
	auto *mishap = static_cast<Mishap *>(palloc(sizeof(Mishap)));
	*mishap = {pstrdup(unpack_sql_state(error->sqlerrcode)), pstrdup(error->message),
			   error->detail == nullptr ? nullptr : pstrdup(error->detail), false};
	return mishap;
}

const Mishap *
committing(void (*work)(void *context), void *context)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = nullptr;
	volatile bool inside = false;

	EnsurePortalSnapshotExists();
	PG_TRY();
	{
		BeginInternalSubTransaction(nullptr);
		inside = true;
		PushActiveSnapshot(GetTransactionSnapshot());
		work(context);
		PopActiveSnapshot();
		ReleaseCurrentSubTransaction();
		inside = false;
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		SPI_commit();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		if (inside)
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	/* What SPI_commit() could not do, it has rolled back itself. */
	if (inside)
	{
		CurrentResourceOwner = owner;
		SPI_rollback();
		MemoryContextSwitchTo(caller);
	}
	return mishap_of(error);
}

/* As a client would have it run. */
static void
run_top_level(const char *statement)
{
	EnsurePortalSnapshotExists();
	auto *raw = linitial_node(RawStmt, pg_parse_query(statement));
	::List *queries = pg_analyze_and_rewrite_fixedparams(raw, statement, nullptr, 0, nullptr);
	auto *plan = linitial_node(PlannedStmt, pg_plan_queries(queries, statement, CURSOR_OPT_PARALLEL_OK, nullptr));
	/* The snapshot of the CALL ends with its transaction. */
	HoldPinnedPortals();
	ForgetPortalSnapshots();
	PushActiveSnapshot(GetTransactionSnapshot());
	QueryCompletion completion;
	InitializeQueryCompletion(&completion);
	ProcessUtility(plan, statement, false, PROCESS_UTILITY_TOPLEVEL, nullptr, nullptr, None_Receiver, &completion);
	if (ActiveSnapshotSet())
		PopActiveSnapshot();
}

const Mishap *
committing_statement(const char *statement, Oid role, int lock_timeout_ms)
{
	/* SPI would take the commits within for an accident. */
	SPI_finish();
	MemoryContext caller = CurrentMemoryContext;
	/* What is parsed outlives the transactions that the statement ends. */
	MemoryContext lasting = AllocSetContextCreate(PortalContext, "dbeng statement", ALLOCSET_DEFAULT_SIZES);
	ErrorData *volatile error = nullptr;
	int timeout_before = LockTimeout;
	Identity before;
	GetUserIdAndSecContext(&before.role, &before.context);

	MemoryContextSwitchTo(lasting);
	statement = pstrdup(statement);
	PG_TRY();
	{
		/* Not by SET: the first commit within would reset it. */
		LockTimeout = lock_timeout_ms;
		SetUserIdAndSecContext(role, before.context | pg::lasting_restriction);
		run_top_level(statement);
		before.restore();
		LockTimeout = timeout_before;
		CommitTransactionCommand();
		StartTransactionCommand();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(lasting);
		error = CopyErrorData();
		FlushErrorState();
		AbortCurrentTransaction();
		before.restore();
		LockTimeout = timeout_before;
		StartTransactionCommand();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	connect();
	const Mishap *mishap = mishap_of(error);
	MemoryContextDelete(lasting);
	return mishap;
}

const Mishap *
catching_statement(const char *statement, Oid role, int lock_timeout_ms)
{
	int timeout_before = LockTimeout;
	Identity before;
	GetUserIdAndSecContext(&before.role, &before.context);
	const Mishap *mishap = catching(
		[statement, role, lock_timeout_ms, &before]
		{
			LockTimeout = lock_timeout_ms;
			SetUserIdAndSecContext(role, before.context | pg::lasting_restriction);
			run_commands(statement);
		});
	before.restore();
	LockTimeout = timeout_before;
	return mishap;
}

} // namespace dbeng
