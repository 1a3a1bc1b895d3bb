#include "core/attempt.hpp"

namespace dbeng {

/* Does somebody want this session to stop? */
static bool
is_order(int sqlstate)
{
	return sqlstate == ERRCODE_QUERY_CANCELED || sqlstate == ERRCODE_ADMIN_SHUTDOWN ||
		   sqlstate == ERRCODE_CRASH_SHUTDOWN || sqlstate == ERRCODE_DATABASE_DROPPED;
}

Refusal
attempted(void (*work)(void *context), void *context)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = nullptr;
	ErrorContextCallback *context_stack = error_context_stack;

	BeginInternalSubTransaction(nullptr);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		/* A function around us would take the position in the text of work for one in its own. */
		error_context_stack = nullptr;
		work(context);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	error_context_stack = context_stack;
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;

	ErrorData *raised = error;
	if (raised == nullptr)
		return {};
	if (is_order(raised->sqlerrcode))
		ReThrowError(raised);
	return {raised->sqlerrcode, raised->message, raised->cursorpos};
}

} // namespace dbeng
