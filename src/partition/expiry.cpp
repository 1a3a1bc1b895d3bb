#include "partition/expiry.hpp"

#include "core/extension.hpp"
#include "core/options.hpp"
#include "core/text.hpp"
#include "partition/plan_text.hpp"

namespace dbeng {

static const char *
expiry_name(Expiry expiry)
{
	return expiry == Expiry::drop ? "drop" : expiry == Expiry::move ? "move" : "detach";
}

static void
note_leaving(const PartitionSet &set, Oid partition, Expiry fate)
{
	Argument arguments[] = {Argument::oid(partition), Argument::oid(set.settings.parent),
							Argument::text(expiry_name(fate))};
	Identity caller = act_as_owner();
	execute("INSERT INTO dbeng.partition_leaving (partition, parent, on_expiry) VALUES ($1, $2, $3)"
			" ON CONFLICT (partition) DO UPDATE SET parent = excluded.parent, on_expiry = excluded.on_expiry",
			arguments);
	caller.restore();
}

static void
forget_leaving(Oid partition)
{
	Argument arguments[] = {Argument::oid(partition)};
	Identity caller = act_as_owner();
	execute("DELETE FROM dbeng.partition_leaving WHERE partition = $1", arguments);
	caller.restore();
}

/* What was noted, as long as the settings still want it: nothing is dropped that is to be kept by now. */
static Expiry
noted_fate(const PartitionSet &set, Oid partition)
{
	for (const LeavingPartition &leaving : *set.leaving)
		if (leaving.relation == partition)
			return leaving.expiry == set.settings.expiry ? leaving.expiry : Expiry::keep;
	return Expiry::keep;
}

static const char *
free_name(const char *name, Oid schema)
{
	const char *wanted = name;
	for (int number = 2; OidIsValid(get_relname_relid(wanted, schema)); number++)
	{
		const char *tail = format("_%d", number);
		int room = NAMEDATALEN - 1 - static_cast<int>(strlen(tail));
		wanted = format("%.*s%s", pg_mbcliplen(name, static_cast<int>(strlen(name)), room), name, tail);
	}
	return wanted;
}

static void
move_away(Oid partition, Oid schema)
{
	const char *schema_name = get_namespace_name(schema);
	if (schema_name == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_SCHEMA),
				errmsg("the schema where %s is to go is gone", qualified(partition)),
				errdetail("It was given to dbeng.manage_partitions() as archive_schema."),
				errhint("Call dbeng.manage_partitions() with another one."));
	const char *name = get_rel_name(partition);
	const char *there = free_name(name, schema);
	/* Both schemas must be without that name while it is on its way. */
	if (strcmp(there, name) != 0)
		execute(format("ALTER TABLE %s RENAME TO %s", qualified(partition),
					   quoted(free_name(there, get_rel_namespace(partition)))));
	CommandCounterIncrement();
	execute(format("ALTER TABLE %s SET SCHEMA %s", qualified(partition), quoted(schema_name)));
}

/*
 * What is done now cannot be taken back: so the settings by which it is due are looked at once more, and held until it is done. Whoever changes
 * them, or unmanages the set, does it before that or after.
 */
static void
hold_settings(const PartitionSet &set)
{
	Argument arguments[] = {Argument::oid(set.settings.parent), Argument::text(expiry_name(set.settings.expiry)),
							Argument::text(set.settings.retention)};
	Identity caller = act_as_owner();
	bool same = execute("SELECT FROM dbeng.partition_set s WHERE s.parent = $1 AND s.on_expiry = $2"
						" AND s.retention IS NOT DISTINCT FROM $3 FOR SHARE",
						arguments) > 0;
	caller.restore();
	if (!same)
		ereport(ERROR, errcode(ERRCODE_OBJECT_IN_USE),
				errmsg("the settings of %s have been changed meanwhile", qualified(set.settings.parent)),
				errdetail("Nothing is dropped or detached by the old ones."), errhint("Nothing has to be done."));
}

/* What becomes of a table that is no partition any more. */
static void
dispose(const PartitionSet &set, Oid partition, Expiry fate)
{
	if (get_rel_relispartition(partition))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("%s is a partition again", qualified(partition)),
				errdetail("Somebody has attached it meanwhile."), errhint("Nothing has to be done."));
	if (fate != Expiry::keep)
		hold_settings(set);
	if (fate == Expiry::move && get_rel_namespace(partition) != set.settings.archive_schema)
		move_away(partition, set.settings.archive_schema);
	else if (fate == Expiry::drop)
		execute(format("DROP %s %s", table_word(partition), qualified(partition)));
	forget_leaving(partition);
}

static bool
still_there(Oid partition)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(partition));
}

static Outcome
finish(const Steps &steps, const PartitionSet &set, Oid partition, Expiry fate, bool insistent)
{
	return try_step(steps, set.owner, insistent,
					[&]
					{
						if (!still_there(partition))
							return forget_leaving(partition);
						RelationLock locks[] = {{partition, AccessExclusiveLock}};
						if (fate != Expiry::keep)
							lock_relations(locks);
						dispose(set, partition, fate);
					});
}

/*
 * Are there transactions that may have planned with the partition in the set, and do not end within the budget? FINALIZE would wait for them
 * with its locks held.
 */
static bool
older_snapshots()
{
	TransactionId limit = GetActiveSnapshot()->xmin;
	int64 end = now_ms() + lock_timeout;
	for (;;)
	{
		int count = 0;
		pfree(GetCurrentVirtualXIDs(limit, true, false, PROC_IS_AUTOVACUUM | PROC_IN_VACUUM, &count));
		if (count == 0 || now_ms() > end)
			return count > 0;
		WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 1, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

static Outcome
finalize(const Steps &steps, const PartitionSet &set, Oid partition, Expiry fate, bool insistent)
{
	return try_step(
		steps, set.owner, insistent,
		[&]
		{
			if (older_snapshots())
				ereport(
					ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					errmsg("transactions are open that began before partition %s was detached", qualified(partition)),
					errdetail("It is not among the partitions any more; its end waits for them."),
					errhint("See pg_stat_activity for old values of xact_start."));
			RelationLock locks[] = {{set.settings.parent, ShareUpdateExclusiveLock}, {partition, AccessExclusiveLock}};
			lock_relations(locks);
			execute(format("ALTER TABLE %s DETACH PARTITION %s FINALIZE", qualified(set.settings.parent),
						   qualified(partition)));
			CommandCounterIncrement();
			dispose(set, partition, fate);
		});
}

/* Says which rows of others are in the way, and how many. */
static const char *
references(Oid partition)
{
	StringInfoData list;
	initStringInfo(&list);
	Argument arguments[] = {Argument::oid(partition)};
	each_row(
		"SELECT c.conname, c.conrelid::regclass, (SELECT string_agg(format('f.%I OPERATOR(%s.%s) p.%I', fa.attname, n.nspname,"
		"   o.oprname, pa.attname), ' AND ') FROM unnest(c.conkey, c.confkey, c.conpfeqop) AS k(f, p, op)"
		"   JOIN pg_attribute fa ON fa.attrelid = c.conrelid AND fa.attnum = k.f"
		"   JOIN pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = k.p"
		"   JOIN pg_operator o ON o.oid = k.op JOIN pg_namespace n ON n.oid = o.oprnamespace)"
		" FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid = $1 AND c.conparentid <> 0"
		" AND NOT EXISTS (SELECT FROM pg_class r WHERE r.oid = c.conrelid AND r.relispartition) ORDER BY 1",
		arguments,
		[&](const Row &row)
		{
			constexpr int64 most = 1000;
			const char *sql =
				format("SELECT count(*) FROM (SELECT FROM %s f JOIN ONLY %s p ON %s LIMIT " INT64_FORMAT ") r",
					   row.text(2), qualified(partition), row.text(3), most + 1);
			const char *constraint = pstrdup(row.text(1));
			const char *table = pstrdup(row.text(2));
			int64 count = 0;
			each_row(sql, [&count](const Row &counted) { count = counted.integer(1); });
			if (count > 0)
				appendStringInfo(&list, "%s%s of %s by constraint %s", list.len == 0 ? "" : ", ",
								 count > most ? "more than 1,000 rows"
											  : format("%s row%s", grouped(count), count == 1 ? "" : "s"),
								 table, quoted(constraint));
		});
	return list.data;
}

static Outcome
explained(const Steps &steps, const PartitionSet &set, Oid partition, Outcome outcome)
{
	if (outcome.sqlstate != ERRCODE_FOREIGN_KEY_VIOLATION)
		return outcome;
	const char *list = "";
	const char *name = "";
	MemoryContext context = CurrentMemoryContext;
	try_step(steps, set.owner, false,
			 [&]
			 {
				 const char *referring = references(partition);
				 list = MemoryContextStrdup(context, referring);
				 name = MemoryContextStrdup(context, qualified(partition));
			 });
	if (list[0] != '\0')
		outcome.trouble =
			format("partition %s is past retention, but its rows are still referenced: %s; delete these, or let their "
				   "own set expire first",
				   name, list);
	return outcome;
}

/* All in one transaction, under locks that nobody else can be in. */
static Outcome
detach_at_once(const Steps &steps, const PartitionSet &set, Oid partition, Expiry fate, bool insistent)
{
	return try_step(
		steps, set.owner, insistent,
		[&]
		{
			RelationLock locks[] = {{set.settings.parent, AccessExclusiveLock},
									{set.default_partition, AccessExclusiveLock},
									{partition, AccessExclusiveLock}};
			lock_relations(locks);
			hold_settings(set);
			execute(format("ALTER TABLE %s DETACH PARTITION %s", qualified(set.settings.parent), qualified(partition)));
			CommandCounterIncrement();
			dispose(set, partition, fate);
		});
}

namespace {
enum class Standing : uint8
{
	attached,
	pending,
	apart
};
} // namespace

/* As the catalogs have it now. */
static Standing
standing(Oid partition)
{
	Standing found = Standing::apart;
	Relation inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(partition));
	SysScanDesc scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
	if (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple))
		found = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhdetachpending ? Standing::pending
																					   : Standing::attached;
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return found;
}

/* Nobody waits for it but it for others. */
static Outcome
detach_concurrently(const Steps &steps, const PartitionSet &set, Oid partition, Expiry fate, bool insistent)
{
	MemoryContext context = CurrentMemoryContext;
	const char *statement = nullptr;
	Outcome outcome = try_step(steps, set.owner, insistent,
							   [&]
							   {
								   note_leaving(set, partition, fate);
								   statement = MemoryContextStrdup(
									   context, format("ALTER TABLE %s DETACH PARTITION %s CONCURRENTLY",
													   qualified(set.settings.parent), qualified(partition)));
							   });
	if (outcome.trouble != nullptr)
		return outcome;
	outcome = try_step_alone(steps, set.owner, statement, lock_timeout);
	if (outcome.trouble != nullptr && !outcome.busy)
		return outcome;
	/* Whatever it says, how far did it come? */
	Standing now = Standing::attached;
	Outcome look = try_step(steps, set.owner, insistent, [&] { now = standing(partition); });
	if (look.trouble != nullptr)
		return look;
	if (now == Standing::attached)
		return outcome;
	if (now == Standing::apart)
		return finish(steps, set, partition, fate, insistent);
	outcome = finalize(steps, set, partition, fate, insistent);
	outcome.pending = outcome.trouble != nullptr;
	return outcome;
}

Outcome
expire(const Steps &steps, const PartitionSet &set, const PlannedAction &action, bool insistent)
{
	Oid partition = action.partition;
	if (action.action == PartitionAction::finalize_detach)
		return finalize(steps, set, partition, noted_fate(set, partition), insistent);
	Expiry fate = action.action == PartitionAction::drop   ? Expiry::drop
				  : action.action == PartitionAction::move ? Expiry::move
														   : Expiry::keep;
	bool attached = std::any_of(set.partitions->begin(), set.partitions->end(),
								[partition](const SetPartition &other) { return other.relation == partition; });
	if (!attached)
		return finish(steps, set, partition, noted_fate(set, partition), insistent);
	/* The server refuses it concurrently where there is a default partition, which would have to take part. */
	bool at_once = OidIsValid(set.default_partition) || steps.nested;
	Outcome outcome = at_once ? detach_at_once(steps, set, partition, fate, insistent)
							  : detach_concurrently(steps, set, partition, fate, insistent);
	return explained(steps, set, partition, outcome);
}

} // namespace dbeng
