/*
 * batch.cpp: copy first, then switch.
 *
 * A batch is the rows whose keys are in one range. Its rows are copied into
 * the table where they belong in the end, while everybody reads and writes the
 * old ones: nobody sees what a transaction has not committed. Then, for a few
 * milliseconds, the set is locked: the old rows are deleted, what came in or
 * changed meanwhile is caught up, and the bounds of the two tables are moved
 * so that the range is the other's. All of it is one transaction: a crash, an
 * error or a lock that cannot be had leaves everything as it was.
 */
#include "partition/batch.hpp"

#include "core/process.hpp"
#include "core/query.hpp"
#include "partition/key_index.hpp"
#include "partition/old_snapshots.hpp"
#include "partition/steps.hpp"

namespace dbeng {

/* How long a batch has the set to itself, if its rows can be told apart that finely. */
static constexpr double most_held_us = 6000;
/* How long copies wait for the locks before they are thrown away. */
static constexpr int64 lock_patience_ms = 5000;

bool
Pace::full(std::size_t rows, std::size_t pages) const
{
	return rows >= static_cast<std::size_t>(most_rows) ||
		   (rows > 0 && expected(static_cast<double>(rows), static_cast<double>(pages)) > most_held_us);
}

void
Pace::learn(std::size_t rows, std::size_t pages, int64 held_us)
{
	double measured =
		scale * static_cast<double>(held_us) / expected(static_cast<double>(rows), static_cast<double>(pages));
	scale = std::clamp(0.7 * scale + 0.3 * measured, 0.2, 20.0);
}

static Oid
partition_of(const Shift &shift)
{
	return RelationGetRelid(shift.from) == shift.rest ? RelationGetRelid(shift.to) : RelationGetRelid(shift.from);
}

Batch::Batch(const Shift &shift, const KeyBound &lower, const KeyBound &upper)
	: shift_(shift), tables_{RelationGetRelid(shift.parent), shift.rest, partition_of(shift)}, lower_(lower),
	  upper_(upper)
{}

/* Whoever wants one of them for himself goes first: the copies are only time lost. */
static void
give_way(const Shift &shift)
{
	for (Relation relation : {shift.parent, shift.from, shift.to})
		if (CheckRelationLockedByMe(relation, ShareUpdateExclusiveLock, false) &&
			LockHasWaitersRelation(relation, ShareUpdateExclusiveLock))
			ereport(ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					errmsg("others wait for \"%s\"", RelationGetRelationName(relation)));
}

Datum
copied_key(Relation parent, Datum key)
{
	PartitionKey type = RelationGetPartitionKey(parent);
	return datumCopy(key, type->parttypbyval[0], type->parttyplen[0]);
}

static int
compare_keys(Relation parent, Datum a, Datum b)
{
	PartitionKey key = RelationGetPartitionKey(parent);
	return DatumGetInt32(FunctionCall2Coll(&key->partsupfunc[0], key->partcollation[0], a, b));
}

void
Batch::copy(const Pace &pace)
{
	/* As long as it is there, nothing takes the place of a row that it sees. */
	snapshot_ = RegisterSnapshot(GetLatestSnapshot());
	writer_.begin(shift_.from, shift_.to, shift_.silent);
	Relation index = index_open(shift_.index, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(shift_.from, nullptr);
	KeyScan scan(shift_.from, index, snapshot_, lower_, upper_);
	BlockNumber block = InvalidBlockNumber;
	Datum last = 0;
	end_ = upper_;
	whole_ = true;
	for (uint64 seen = 0; ItemPointer entry = scan.entry(); seen++)
	{
		ItemPointerData at = *entry;
		if (seen % 500 == 0)
		{
			CHECK_FOR_INTERRUPTS();
			give_way(shift_);
		}
		if (!scan.row(slot))
			continue;
		bool null;
		Datum key = slot_getattr(slot, shift_.key, &null);
		bool full = pace.full(copied_->size(), pages_);
		if (full && compare_keys(shift_.parent, last, key) != 0)
		{
			end_ = {KeyBound::Kind::value, copied_key(shift_.parent, key)};
			whole_ = false;
			break;
		}
		if (pace.full(copied_->size() + 1, pages_ + 1) || full)
			last = copied_key(shift_.parent, key);
		if (ItemPointerGetBlockNumber(&slot->tts_tid) != block)
		{
			block = ItemPointerGetBlockNumber(&slot->tts_tid);
			pages_++;
		}
		writer_.add(slot, at, *copied_);
	}
	scan.end();
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
	writer_.flush(*copied_);
	CommandCounterIncrement();

	/* What can be got ready for the time under the lock. */
	for (CopiedRow &row : *copied_)
	{
		by_place_->push_back(&row);
		by_entry_->push_back(&row);
	}
	std::sort(by_place_->begin(), by_place_->end(),
			  [](CopiedRow *a, CopiedRow *b) { return ItemPointerCompare(&a->from, &b->from) < 0; });
	std::sort(by_entry_->begin(), by_entry_->end(),
			  [](CopiedRow *a, CopiedRow *b) { return ItemPointerCompare(&a->entry, &b->entry) < 0; });
}

void
Batch::settle() const
{
	if (!sessions_see_moves())
		require_no_snapshots(tables_);
}

/*
 * While it waits, everybody else waits behind it: so it waits but shortly, lets them through and tries again. Nothing that anybody minds is
 * held meanwhile.
 */
void
Batch::lock()
{
	int64 start = now_us();
	std::span<const Oid> all = tables_;
	bool alone = !sessions_see_moves();
	auto work = [&all, alone]
	{
		/* Nobody had one before, so whoever waits for the locks has not had his for long. */
		if (alone)
			require_no_snapshots({});
		RelationLock locks[] = {
			{all[0], AccessExclusiveLock}, {all[1], AccessExclusiveLock}, {all[2], AccessExclusiveLock}};
		lock_relations(locks);
		if (alone)
			require_no_snapshots(all);
	};
	for (int tries = 0;; tries++)
	{
		const char *trouble = guarded([](void *context) { (*static_cast<decltype(work) *>(context))(); }, &work);
		if (trouble == nullptr)
			break;
		int64 left_ms = lock_patience_ms - (now_us() - start) / 1000;
		if (left_ms <= 0)
			ereport(ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("%s", trouble));
		give_way(shift_);
		rest(tries, left_ms);
		give_way(shift_);
	}
	locked_at_ = now_us();
}

bool
Batch::is_copied(const ItemPointerData &entry) const
{
	ItemPointerData sought = entry;
	auto found =
		std::lower_bound(by_entry_->begin(), by_entry_->end(), &sought,
						 [](CopiedRow *row, ItemPointer at) { return ItemPointerCompare(&row->entry, at) < 0; });
	return found != by_entry_->end() && ItemPointerEquals(&(*found)->entry, &sought);
}

/* What is in the range and was not, or was not visible, when it was copied. */
void
Batch::find_stragglers()
{
	Relation index = index_open(shift_.index, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(shift_.from, nullptr);
	KeyScan scan(shift_.from, index, GetActiveSnapshot(), lower_, end_);
	std::size_t next = 0;
	while (ItemPointer entry = scan.entry())
	{
		/* Nearly always they come as they came before. */
		if (next < copied_->size() && ItemPointerEquals(entry, &(*copied_)[next].entry))
		{
			next++;
			continue;
		}
		ItemPointerData at = *entry;
		if (!is_copied(at) && scan.row(slot))
			stragglers_->push_back({at, ExecCopySlotHeapTuple(slot)});
	}
	scan.end();
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
}

/* Copies of what others have changed or deleted are none; what they have made of it is moved like what is new. */
void
Batch::catch_up()
{
	if (stale_->empty() && stragglers_->empty())
		return;
	CommandCounterIncrement();
	UpdateActiveSnapshotCommandId();
	auto never = [](void *, CopiedRow &) { elog(ERROR, "a row has gone that nobody else can change"); };
	TupleTableSlot *slot = table_slot_create(shift_.from, nullptr);
	IndexFetchTableData *fetch = table_index_fetch_begin(shift_.from);
	for (CopiedRow *row : *stale_)
	{
		CopiedRow copy = *row;
		copy.from = row->to;
		CopiedRow *one[] = {&copy};
		take_out(shift_.to, one, shift_.silent, never, nullptr);
		/* An index points at the first of a chain of versions: the one that is there now is its row. */
		ItemPointerData at = row->entry;
		bool again = false;
		if (table_index_fetch_tuple(fetch, &at, GetActiveSnapshot(), slot, &again, nullptr))
			stragglers_->push_back({row->entry, ExecCopySlotHeapTuple(slot)});
	}
	table_index_fetch_end(fetch);
	ExecDropSingleTupleTableSlot(slot);
	CommandCounterIncrement();
	UpdateActiveSnapshotCommandId();

	Local<Vector<CopiedRow>> late;
	slot = MakeSingleTupleTableSlot(RelationGetDescr(shift_.from), &TTSOpsHeapTuple);
	writer_.restart();
	for (const Straggler &straggler : *stragglers_)
	{
		ExecForceStoreHeapTuple(straggler.row, slot, false);
		writer_.add(slot, straggler.entry, *late);
	}
	writer_.flush(*late);
	ExecDropSingleTupleTableSlot(slot);
	Local<Vector<CopiedRow *>> places;
	for (CopiedRow &row : *late)
		places->push_back(&row);
	std::sort(places->begin(), places->end(),
			  [](CopiedRow *a, CopiedRow *b) { return ItemPointerCompare(&a->from, &b->from) < 0; });
	take_out(shift_.from, {places->data(), places->size()}, shift_.silent, never, nullptr);
}

void
Batch::take()
{
	lock();
	PushCopiedSnapshot(GetLatestSnapshot());
	find_stragglers();
	take_out(
		shift_.from, {by_place_->data(), by_place_->size()}, shift_.silent,
		[](void *context, CopiedRow &row) { static_cast<Vector<CopiedRow *> *>(context)->push_back(&row); }, &*stale_);
	catch_up();
	CommandCounterIncrement();
	PopActiveSnapshot();
	writer_.end();
	UnregisterSnapshot(snapshot_);
}

/*
 * What logical decoding is to see. A publication that speaks of the whole set has nothing to tell: no row of it changes. One that speaks of partitions has.
 */
static bool
is_silent(Relation parent, Relation from)
{
	if (!RelationIsLogicallyLogged(from))
		return false;
	Argument arguments[] = {Argument::oid(RelationGetRelid(parent)), Argument::oid(RelationGetRelid(from))};
	int64 whole = 0;
	int64 parts = 0;
	each_row(
		"SELECT count(*) FILTER (WHERE p.pubviaroot AND covers_set), count(*) FILTER (WHERE NOT (p.pubviaroot AND covers_set))"
		" FROM pg_publication p, LATERAL (SELECT p.puballtables"
		"   OR EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid IN (SELECT relid FROM pg_partition_ancestors($1)))"
		"   OR EXISTS (SELECT FROM pg_publication_namespace n JOIN pg_class c ON c.relnamespace = n.pnnspid"
		"     WHERE n.pnpubid = p.oid AND c.oid IN (SELECT relid FROM pg_partition_ancestors($1)))) s(covers_set)"
		" WHERE covers_set OR EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = $2)",
		arguments,
		[&whole, &parts](const Row &row)
		{
			whole = row.integer(1);
			parts = row.integer(2);
		});
	if (whole > 0 && parts > 0)
		ereport(
			ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("publications speak of \"%s\" as a whole and of its partitions", RelationGetRelationName(parent)),
			errdetail("For the one no row changes when it is moved, for the other it is deleted and inserted."),
			errhint("Set publish_via_partition_root of all publications of it to the same."));
	return whole > 0;
}

Shift
open_shift(const PartitionSet &set, Oid parent, Oid from)
{
	RelationLock locks[] = {{parent, ShareUpdateExclusiveLock}, {from, ShareUpdateExclusiveLock}};
	lock_relations(locks);
	Shift shift = {};
	shift.parent = table_open(parent, NoLock);
	shift.from = table_open(from, NoLock);
	shift.rest = set.default_partition;
	shift.key = get_attnum(from, set.key_name);
	shift.index = key_index(shift.from, shift.key, set.calendar);
	shift.silent = is_silent(shift.parent, shift.from);
	if (!OidIsValid(shift.index))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("\"%s\" has no index on the partition key any more", RelationGetRelationName(shift.from)));
	return shift;
}

void
close_shift(const Shift &shift)
{
	for (Relation relation : {shift.to, shift.from, shift.parent})
		if (relation != nullptr)
			table_close(relation, NoLock);
}

} // namespace dbeng
