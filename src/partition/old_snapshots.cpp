#include "partition/old_snapshots.hpp"

namespace dbeng {

static get_relation_info_hook_type next_relation_info = nullptr;
static bool preloaded = false;

/* Did whoever made the partitions what they are commit after this snapshot was taken? */
static bool
is_newer(Oid parent, Snapshot snapshot)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(parent));
	if (!HeapTupleIsValid(tuple))
		return false;
	TransactionId xid = HeapTupleHeaderGetXmin(tuple->t_data);
	ReleaseSysCache(tuple);
	return !TransactionIdIsCurrentTransactionId(xid) && XidInMVCCSnapshot(xid, snapshot);
}

/*
 * The catalogs tell where rows are now, a snapshot which rows there were then. A plan under a snapshot that is older than the partitions'
 * bounds must not go by them: it looks into every partition, and finds each row once.
 */
static void
forget_newer_bounds(PlannerInfo *root, Oid oid, bool inherits, RelOptInfo *rel)
{
	if (next_relation_info != nullptr)
		next_relation_info(root, oid, inherits, rel);
	if (!inherits || rel->part_scheme == nullptr || rel->partexprs == nullptr || !ActiveSnapshotSet())
		return;
	Snapshot snapshot = GetActiveSnapshot();
	if (snapshot->snapshot_type != SNAPSHOT_MVCC || !is_newer(oid, snapshot))
		return;
	/* No clause has anything to do with a NULL, so none leaves a partition out, neither now nor when the plan runs. */
	PartitionScheme scheme = rel->part_scheme;
	for (int i = 0; i < scheme->partnatts; i++)
		rel->partexprs[i] = list_make1(makeNullConst(scheme->partopcintype[i], -1, scheme->partcollation[i]));
	/* A prepared statement plans anew as soon as nothing in its session is that old. */
	root->glob->transientPlan = true;
}

void
install_old_snapshots()
{
	preloaded = process_shared_preload_libraries_in_progress;
	next_relation_info = get_relation_info_hook;
	get_relation_info_hook = forget_newer_bounds;
}

bool
sessions_see_moves()
{
	return preloaded;
}

/* Whoever has one, 0: nobody. */
static int
holder_of_snapshot(std::span<const Oid> locked)
{
	int count;
	VirtualTransactionId *found = GetCurrentVirtualXIDs(InvalidTransactionId, true, false,
														PROC_IS_AUTOVACUUM | PROC_IN_VACUUM | PROC_IN_SAFE_IC, &count);
	int holder = 0;
	for (int i = 0; i < count && holder == 0; i++)
	{
		PGPROC *process = pg::process_of(found[i]);
		if (process == nullptr || process == MyProc)
			continue;
		const LOCK *awaited = process->waitLock;
		if (awaited == nullptr || awaited->tag.locktag_type != LOCKTAG_RELATION ||
			std::find(locked.begin(), locked.end(), awaited->tag.locktag_field2) == locked.end())
			holder = process->pid;
	}
	pfree(found);
	return holder;
}

void
require_no_snapshots(std::span<const Oid> locked)
{
	constexpr int tries = 10;
	for (int i = 0;; i++)
	{
		int holder = holder_of_snapshot(locked);
		if (holder == 0)
			return;
		if (i == tries)
			ereport(ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					errmsg("process %d has a snapshot from before the rows would move", holder));
		pg_usleep(500);
		CHECK_FOR_INTERRUPTS();
	}
}

} // namespace dbeng
