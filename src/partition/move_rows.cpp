/*
 * move_rows.cpp: batch after batch, each a transaction, until there is nothing
 * left to move; and what has to be got ready before and cleared away after.
 */
#include "partition/move_rows.hpp"

#include "core/extension.hpp"
#include "core/options.hpp"
#include "core/process.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "partition/batch.hpp"
#include "partition/bounds.hpp"
#include "partition/key_index.hpp"
#include "partition/new_partition.hpp"

namespace dbeng {

/* A table of so few pages is read as fast as an index on it is built. */
static constexpr BlockNumber small_table_pages = 2000;

/* The transaction of a batch holds the set's rows for seconds at most: a standby or a disk that is slow to confirm it would hold them for longer. A
 * crash that loses it loses no row: they are where they were. */
static void
commit_without_waiting()
{
	set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

namespace {
/* What one transaction did; good once it has committed. */
struct Progress
{
	bool done = false;
	int64 rows = 0;
	std::size_t pages = 0;
	int64 held_us = 0;
	int64 staying = 0;
	bool fresh = false; /* it attached a partition, too */
	KeyBound position = {};

	void tell(const Batch &batch)
	{
		rows = static_cast<int64>(batch.rows());
		pages = batch.pages();
		held_us = now_us() - batch.locked_at();
	}
};

/* A run: what goes from batch to batch. */
struct Run
{
	Oid parent;
	Pace pace;
	MemoryContext context; /* of the whole run */
	Movement movement = {};
	KeyBound position = {KeyBound::Kind::minimum, 0}; /* nothing below it is left to move */

	KeyBound lasting(Relation set, const KeyBound &bound) const
	{
		if (bound.kind != KeyBound::Kind::value)
			return bound;
		MemoryContext caller = MemoryContextSwitchTo(context);
		KeyBound copy = {bound.kind, copied_key(set, bound.value)};
		MemoryContextSwitchTo(caller);
		return copy;
	}
	void account(const Progress &progress)
	{
		movement.staying += progress.staying;
		movement.done = progress.done;
		if (progress.done)
			return;
		movement.rows += progress.rows;
		movement.batches++;
		movement.longest_us = std::max(movement.longest_us, progress.held_us);
		position = progress.position;
		if (!progress.fresh)
			pace.learn(static_cast<std::size_t>(progress.rows), progress.pages, progress.held_us);
	}
};

/* Where a row of the default partition goes. */
struct Target
{
	Oid partition = InvalidOid; /* that is there already, and grows */
	KeyBound lower = {};		/* of the partition */
	KeyBound from = {};			/* of what it gets */
	KeyBound upper = {};
};
} // namespace

/* The gap that a key is in, as far as its cell goes. False: it is in no cell, or not in a gap. */
static bool
find_target(const PartitionSet &set, Datum key, Target *target)
{
	int64 position;
	Cell cell;
	if (!set.calendar.position(key, &position) || !set.calendar.cell(position, &cell))
		return false;
	const Calendar &calendar = set.calendar;
	KeyBound at = {KeyBound::Kind::value, key};
	KeyBound lower = calendar.bound(cell.lower);
	KeyBound upper = calendar.bound(cell.upper);
	*target = {};
	for (const SetPartition &partition : *set.partitions)
	{
		if (calendar.compare(partition.lower, at) > 0)
		{
			if (calendar.compare(partition.lower, upper) < 0)
				upper = partition.lower;
			break;
		}
		if (calendar.compare(at, partition.upper) < 0)
			return false;
		if (calendar.compare(partition.upper, lower) < 0)
			continue;
		/* What begins in the same cell was cut short, or has been filled as far as this: it goes on growing. */
		if (partition.leaf && calendar.compare(partition.lower, lower) >= 0)
		{
			target->partition = partition.relation;
			target->lower = partition.lower;
		}
		lower = partition.upper;
	}
	target->from = lower;
	target->upper = upper;
	if (!OidIsValid(target->partition))
		target->lower = lower;
	return true;
}

/* The first row from a position on that has somewhere to go; counts those that have not. */
static bool
find_first(const Run &run, const PartitionSet &set, const Shift &shift, Progress &progress, Target *target)
{
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	Relation index = index_open(shift.index, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(shift.from, nullptr);
	KeyScan scan(shift.from, index, snapshot, run.position, {KeyBound::Kind::maximum, 0});
	bool found = false;
	while (!found && scan.entry() != nullptr)
	{
		CHECK_FOR_INTERRUPTS();
		if (!scan.row(slot))
			continue;
		bool null;
		Datum key = copied_key(shift.parent, slot_getattr(slot, shift.key, &null));
		found = find_target(set, key, target);
		progress.staying += found ? 0 : 1;
	}
	scan.end();
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
	UnregisterSnapshot(snapshot);
	return found;
}

static void
read_set(PartitionSet &set, Oid parent)
{
	if (const char *trouble = set.read(parent))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", trouble));
}

/* What indexes have to say of a value they said when it came. */
static void
be_quiet()
{
	pin_setting("client_min_messages", "error");
}

static void
drain_batch(const Run &run, Progress &progress)
{
	be_quiet();
	progress = {};
	PartitionSet set;
	read_set(set, run.parent);
	if (!OidIsValid(set.default_partition))
	{
		progress.done = true;
		return;
	}
	Shift shift = open_shift(set, run.parent, set.default_partition);
	Target target;
	progress.done = !find_first(run, set, shift, progress, &target);
	if (progress.done)
	{
		close_shift(shift);
		return;
	}
	progress.fresh = !OidIsValid(target.partition);
	if (progress.fresh)
		target.partition = make_beside(set, partition_name(set, target.lower));
	RelationLock lock[] = {{target.partition, ShareUpdateExclusiveLock}};
	lock_relations(lock);
	shift.to = table_open(target.partition, NoLock);

	/* Attaching costs for each row: the first batch of a new partition is a small one. */
	Pace pace = run.pace;
	if (progress.fresh)
		pace.most_rows = std::min(pace.most_rows, 500);
	Batch batch(shift, target.from, target.upper);
	batch.copy(pace);
	batch.take();
	progress.position = run.lasting(shift.parent, batch.end());
	/* A table that is open is in use, for DDL. */
	close_shift(shift);
	if (progress.fresh)
		attach(set, target.partition, target.lower, batch.end());
	else
		set_bounds(run.parent, target.partition, target.lower, batch.end());
	mark_layout(run.parent);
	commit_without_waiting();
	progress.tell(batch);
	batch.settle();
}

/* Less than any other value of a key's type; up to it, from MINVALUE on, is a range that has no value at all. */
static Datum
least_key(Oid type)
{
	switch (getBaseType(type))
	{
		case INT2OID:
			return Int16GetDatum(PG_INT16_MIN);
		case INT4OID:
			return Int32GetDatum(PG_INT32_MIN);
		case INT8OID:
			return Int64GetDatum(PG_INT64_MIN);
		case DATEOID:
			return DateADTGetDatum(DATEVAL_NOBEGIN);
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return TimestampGetDatum(DT_NOBEGIN);
		case UUIDOID:
			return PointerGetDatum(palloc0(UUID_LEN));
		default:
			return CStringGetTextDatum("");
	}
}

/* Has everybody who could see a row in it gone, since its range has become one without values? */
static bool
is_forgotten(Oid partition)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(partition));
	if (!HeapTupleIsValid(tuple))
		return false;
	TransactionId xid = HeapTupleHeaderGetXmin(tuple->t_data);
	ReleaseSysCache(tuple);
	Relation relation = table_open(partition, AccessShareLock);
	bool forgotten =
		!TransactionIdIsNormal(xid) || TransactionIdPrecedes(xid, GetOldestNonRemovableTransactionId(relation));
	table_close(relation, NoLock);
	return forgotten;
}

/* An emptied partition, whose rows snapshots from before may still be looking for. */
static bool
is_parked(const PartitionSet &set, const SetPartition &partition)
{
	KeyBound least = {KeyBound::Kind::value, least_key(set.calendar.type())};
	return partition.lower.kind == KeyBound::Kind::minimum && partition.upper.kind == KeyBound::Kind::value &&
		   set.calendar.compare(partition.upper, least) == 0;
}

static void
drop_parked(const PartitionSet &set, Oid partition)
{
	RelationLock locks[] = {{set.settings.parent, AccessExclusiveLock},
							{set.default_partition, AccessExclusiveLock},
							{partition, AccessExclusiveLock}};
	lock_relations(locks);
	if (!is_forgotten(partition))
		ereport(ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				errmsg("transactions go on that may look for rows in %s, where they were", qualified(partition)));
	const char *name = qualified(partition);
	execute(format("ALTER TABLE %s DETACH PARTITION %s", qualified(set.settings.parent), name));
	execute(format("DROP TABLE %s", name));
}

/*
 * Everything that a partition holds is moved from its lower bound up; what is left of it begins where a batch ends. In the end it has a range
 * without values, until nobody sees what it had.
 */
static void
gather_batch(const Run &run, Progress &progress)
{
	be_quiet();
	progress = {};
	PartitionSet set;
	read_set(set, run.parent);
	progress.done = set.partitions->empty();
	if (progress.done)
		return;
	if (!OidIsValid(set.default_partition))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("there is no default partition any more"));
	const SetPartition *next = set.partitions->data();
	const SetPartition *parked = is_parked(set, *next) ? next++ : nullptr;
	/* There is one such range: the next one to have it comes when the last has gone. */
	if (parked != nullptr &&
		(next == set.partitions->data() + set.partitions->size() || is_forgotten(parked->relation)))
	{
		drop_parked(set, parked->relation);
		mark_layout(run.parent);
		commit_without_waiting();
		progress.fresh = true;
		return;
	}
	Shift shift = open_shift(set, run.parent, next->relation);
	RelationLock lock[] = {{set.default_partition, ShareUpdateExclusiveLock}};
	lock_relations(lock);
	shift.to = table_open(set.default_partition, NoLock);
	Batch batch(shift, next->lower, next->upper);
	batch.copy(run.pace);
	if (batch.whole() && parked != nullptr)
		ereport(
			ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			errmsg("transactions go on that may look for rows in %s, where they were", qualified(parked->relation)));
	batch.take();
	close_shift(shift);
	if (batch.whole())
		set_bounds(run.parent, next->relation, {KeyBound::Kind::minimum, Datum{0}},
				   {KeyBound::Kind::value, least_key(set.calendar.type())});
	else
		set_bounds(run.parent, next->relation, batch.end(), next->upper);
	mark_layout(run.parent);
	commit_without_waiting();
	progress.fresh = batch.whole();
	progress.tell(batch);
	batch.settle();
}

namespace {
/* What the table that is next to lose its rows offers to whoever wants them by key; in the memory of the run. */
struct Source
{
	Oid table = InvalidOid; /* InvalidOid: there is none */
	Oid owner = InvalidOid; /* of the set */
	BlockNumber pages = 0;
	bool indexed = false;
	bool ours = false;	 /* there is an index that a run of ours made, whole or not */
	bool finish = false; /* the default partition is to go when it is empty */
	const char *name = nullptr;
	const char *parent = nullptr;
	const char *index = nullptr;
	const char *column = nullptr;
};
} // namespace

/* Of the index that a table has for as long as rows are moved out of it. */
static const char *
own_index(Oid table)
{
	return format("dbeng_key_%u", table);
}

static void
look_at_source(const Run &run, bool gather, Source *source)
{
	PartitionSet set;
	read_set(set, run.parent);
	*source = {};
	source->owner = set.owner;
	source->finish = set.settings.draining && !set.settings.with_default;
	if (!gather)
		source->table = set.default_partition;
	else if (!set.partitions->empty())
	{
		const SetPartition *next = set.partitions->data();
		/* Of one that is empty there is nothing to be read. */
		if (set.partitions->size() > 1 && is_parked(set, *next))
			next++;
		source->table = next->relation;
		if (!next->leaf)
			ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("partition %s is partitioned itself", qualified(source->table)));
	}
	if (!OidIsValid(source->table))
		return;
	Relation table = table_open(source->table, AccessShareLock);
	const char *index = own_index(source->table);
	source->pages = RelationGetNumberOfBlocks(table);
	source->indexed = OidIsValid(key_index(table, get_attnum(source->table, set.key_name), set.calendar));
	source->ours = OidIsValid(get_relname_relid(index, RelationGetNamespace(table)));
	MemoryContext caller = MemoryContextSwitchTo(run.context);
	source->name = pstrdup(qualified(source->table));
	source->parent = pstrdup(qualified(run.parent));
	source->column = pstrdup(quoted(set.key_name));
	source->index = pstrdup(quoted(get_namespace_name(RelationGetNamespace(table)), index));
	MemoryContextSwitchTo(caller);
	table_close(table, NoLock);
}

static const char *
run_step(const Steps &steps, Oid owner, const char *statement)
{
	return step(steps, owner,
				[statement]
				{
					be_quiet();
					execute(statement);
				});
}

/* A table without an index on the key gets one for as long as rows are moved out of it. */
static const char *
make_index(const Steps &steps, const Source &source)
{
	/* What an earlier run was cut short at. */
	if (source.ours)
		if (const char *trouble = run_step(steps, source.owner, format("DROP INDEX %s", source.index)))
			return trouble;
	const char *name = strrchr(source.index, '.') + 1;
	const char *definition = format("%s ON %s (%s)", name, source.name, source.column);
	if (source.pages <= small_table_pages)
		return run_step(steps, source.owner, format("CREATE INDEX %s", definition));
	return step_alone_waiting(steps, source.owner, format("CREATE INDEX CONCURRENTLY %s", definition));
}

static const char *
prepare_source(const Steps &steps, const Run &run, bool gather, Source *source)
{
	const char *trouble = step(steps, GetUserId(), [&run, gather, source] { look_at_source(run, gather, source); });
	if (trouble != nullptr || !OidIsValid(source->table) || source->indexed)
		return trouble;
	return make_index(steps, *source);
}

/* Is there not even a row that nobody sees any more? */
static bool
is_bare(Oid table)
{
	Relation relation = table_open(table, NoLock);
	bool bare = RelationGetNumberOfBlocks(relation) == 0;
	table_close(relation, NoLock);
	return bare;
}

/* An emptied default partition that nobody asked for is dropped, when no snapshot sees anything in it. */
static const char *
drop_default(const Steps &steps, const Run &run, const Source &source, bool *dropped)
{
	*dropped = false;
	if (steps.nested)
		return nullptr;
	if (const char *trouble = step_alone_waiting(steps, source.owner, format("VACUUM %s", source.name)))
		return trouble;
	return step(steps, source.owner,
				[&run, &source, dropped]
				{
					*dropped = false;
					RelationLock locks[] = {{run.parent, AccessExclusiveLock}, {source.table, AccessExclusiveLock}};
					lock_relations(locks);
					if (!is_bare(source.table))
						return;
					execute(format("ALTER TABLE %s DETACH PARTITION %s", source.parent, source.name));
					execute(format("DROP TABLE %s", source.name));
					*dropped = true;
				});
}

/*
 * The space of what has been moved is to be used again, and nobody is to take the rows for still there. Of a set that was one table until now, what
 * is known of its columns is to be known of all partitions together; autovacuum looks at them one by one only.
 */
static const char *
tell_planner(const Steps &steps, const Source &source, const Movement &movement, bool dropped)
{
	if (dropped)
		return step_alone_waiting(steps, source.owner, format("ANALYZE %s", source.parent));
	bool vacuumed = source.finish && movement.staying == 0;
	if (movement.rows == 0 || vacuumed)
		return nullptr;
	return step_alone_waiting(steps, source.owner, format("VACUUM %s", source.name));
}

static const char *
note_drained(const Steps &steps, Oid parent)
{
	Argument argument[] = {Argument::oid(parent)};
	return step(steps, GetUserId(),
				[&argument]
				{
					Identity caller = act_as_owner();
					execute("UPDATE dbeng.partition_set SET draining = false WHERE parent = $1 AND draining", argument);
					caller.restore();
				});
}

static int64
count_unkeyed(const Steps &steps, const Source &source)
{
	int64 count = 0;
	step(steps, source.owner,
		 [&source, &count]
		 {
			 each_row(format("SELECT count(*) FROM ONLY %s WHERE %s IS NULL", source.name, source.column),
					  [&count](const Row &row) { count = row.integer(1); });
		 });
	return count;
}

/* Batch after batch, until there are no more rows, no more time, or there is trouble. */
static void
run_batches(const Steps &steps, Run &run, bool gather, int64 most_ms, Source *source)
{
	int64 start = now_us();
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		/* While rows are gathered the table that loses them is another now and then. */
		if (run.movement.batches == 0 || gather)
			run.movement.trouble = prepare_source(steps, run, gather, source);
		if (run.movement.trouble != nullptr)
			return;
		if (!OidIsValid(source->table))
		{
			run.movement.done = true;
			return;
		}
		Progress progress;
		run.movement.trouble =
			step(steps, source->owner,
				 [&run, &progress, gather] { gather ? gather_batch(run, progress) : drain_batch(run, progress); });
		if (run.movement.trouble != nullptr)
			return;
		run.account(progress);
		if (progress.done || (most_ms > 0 && now_us() - start > most_ms * 1000) ||
			(steps.doer == Doer::worker && database_is_wanted()))
			return;
	}
}

/* What else the set lacks: without a default partition, rows to come have no other place. */
static const char *
make_missing(const Steps &steps, const Run &run, const Source &source)
{
	bool more = true;
	const char *trouble = nullptr;
	while (trouble == nullptr && more)
		trouble = step(steps, source.owner,
					   [&run, &more]
					   {
						   PartitionSet set;
						   read_set(set, run.parent);
						   Local<Vector<PlannedAction>> actions;
						   plan(set, GetCurrentTimestamp(), *actions);
						   auto create = std::find_if(actions->begin(), actions->end(),
													  [](const PlannedAction &planned)
													  { return planned.action == PartitionAction::create; });
						   more = create != actions->end();
						   if (more)
							   attach(set, make_beside(set, partition_name(set, create->lower)), create->lower,
									  create->upper);
					   });
	return trouble;
}

Movement
drain_default_partition(const Steps &steps, Oid parent, int batch_rows, int64 most_ms)
{
	Run run = {parent, {batch_rows}, CurrentMemoryContext};
	Source source;
	run_batches(steps, run, false, most_ms, &source);
	Movement &movement = run.movement;
	if (movement.trouble != nullptr || !movement.done || !OidIsValid(source.table))
		return movement;
	movement.staying += count_unkeyed(steps, source);
	bool dropped = false;
	if (source.finish && movement.staying == 0)
		movement.trouble = make_missing(steps, run, source);
	if (movement.trouble == nullptr && source.finish && movement.staying == 0)
		movement.trouble = drop_default(steps, run, source, &dropped);
	/* Of the index, if there was one of ours, nothing is left with the table. */
	if (movement.trouble == nullptr && !dropped)
		movement.trouble = run_step(steps, source.owner, format("DROP INDEX IF EXISTS %s", source.index));
	if (movement.trouble == nullptr && (dropped || !source.finish || movement.staying > 0))
		movement.trouble = note_drained(steps, parent);
	if (movement.trouble == nullptr && !steps.nested)
		movement.trouble = tell_planner(steps, source, movement, dropped);
	return movement;
}

/* Whoever began to drain the default partition did not come to the end. */
static void
drop_own_index(Oid parent)
{
	be_quiet();
	PartitionSet set;
	read_set(set, parent);
	if (!OidIsValid(set.default_partition))
		return;
	const char *schema = get_namespace_name(get_rel_namespace(set.default_partition));
	execute(format("DROP INDEX IF EXISTS %s", quoted(schema, own_index(set.default_partition))));
}

Movement
gather_into_default(const Steps &steps, Oid parent, int batch_rows, int64 most_ms)
{
	Run run = {parent, {batch_rows}, CurrentMemoryContext};
	Source source;
	run_batches(steps, run, true, most_ms, &source);
	if (run.movement.done && run.movement.trouble == nullptr)
		run.movement.trouble = step(steps, GetUserId(), [parent] { drop_own_index(parent); });
	return run.movement;
}

} // namespace dbeng
