#include "bloat/block_reader.hpp"

#include "core/attempt.hpp"

namespace dbeng {

/* What is read in one subtransaction: few enough to be read again one by one. */
static constexpr std::size_t at_once = 1024;

/* Is it the block's fault? */
static bool
is_unreadable(int code)
{
	return code == ERRCODE_DATA_CORRUPTED || code == ERRCODE_INDEX_CORRUPTED || code == ERRCODE_IO_ERROR ||
		   code == ERRCODE_UNDEFINED_FILE;
}

/* Returns the error's code; 0 when all could be read. */
int
BlockReader::read_some(std::span<const BlockNumber> blocks, std::size_t first, Visit visit, void *context)
{
	auto work = [this, blocks, first, visit, context]()
	{
		pg::each_block(relation_, fork_, blocks, strategy_,
					   [first, visit, context](Buffer buffer, std::size_t i)
					   {
						   LockBuffer(buffer, BUFFER_LOCK_SHARE);
						   visit(context, buffer, first + i);
						   UnlockReleaseBuffer(buffer);
					   });
	};
	Refusal refusal = attempted(work);
	if (refusal.code != 0 && !is_unreadable(refusal.code))
		ereport(ERROR, errcode(refusal.code), errmsg_internal("%s", refusal.message));
	return refusal.code;
}

void
BlockReader::read(std::span<const BlockNumber> blocks, Visit visit, void *context)
{
	for (std::size_t first = 0; first < blocks.size(); first += at_once)
	{
		std::span<const BlockNumber> some = blocks.subspan(first, std::min(at_once, blocks.size() - first));
		if (read_some(some, first, visit, context) == 0)
			continue;
		for (std::size_t i = 0; i < some.size(); i++)
			read_some(some.subspan(i, 1), first + i, visit, context);
	}
}

/*
 * LockHasWaiters() cannot be asked: it follows pointers that a lock taken by
 * the fast path, as ours mostly is, does not have. Whom a process waits for
 * stands in its own entry. One that is read while it changes points at some
 * other lock in shared memory, never outside.
 */
static bool
is_table_waited_for(Oid table)
{
	LOCKTAG tag;
	SET_LOCKTAG_RELATION(tag, MyDatabaseId, table);
	LWLock *partition = LockHashPartitionLock(LockTagHashCode(&tag));
	bool found = false;
	LWLockAcquire(partition, LW_SHARED);
	for (uint32 i = 0; i < ProcGlobal->allProcCount && !found; i++)
	{
		const PGPROC *process = &ProcGlobal->allProcs[i];
		const LOCK *waits_for = *const_cast<LOCK *const volatile *>(&process->waitLock);
		found = waits_for != nullptr && process->waitLockMode == AccessExclusiveLock &&
				memcmp(&waits_for->tag, &tag, sizeof(tag)) == 0;
	}
	LWLockRelease(partition);
	return found;
}

bool
is_waited_for(Relation relation)
{
	return is_table_waited_for(RelationGetRelid(relation)) ||
		   (relation->rd_index != nullptr && is_table_waited_for(relation->rd_index->indrelid));
}

} // namespace dbeng
