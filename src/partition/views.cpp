/*
 * views.cpp: what there is, for dbeng.partition_sets and dbeng.partitions.
 *
 * A set that somebody has locked is not waited for: its settings are shown, and that it is locked.
 */
#include "core/rows.hpp"
#include "core/text.hpp"
#include "partition/managed.hpp"
#include "partition/plan_text.hpp"

namespace dbeng {

/* NULL, or why the catalogs do not tell more of the set. */
static const char *
look_at(PartitionSet &set)
{
	if (!ConditionalLockRelationOid(set.settings.parent, AccessShareLock))
		return "somebody has locked the table";
	const char *trouble = set.look();
	UnlockRelationOid(set.settings.parent, AccessShareLock);
	return trouble;
}

/* As counted or, where that is more, as VACUUM and ANALYZE have it; -1: not known. */
static int64
rows_in(Oid table)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	if (!HeapTupleIsValid(tuple))
		return -1;
	float4 noted = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	int64 counted = DatumGetInt64(DirectFunctionCall1(pg_stat_get_live_tuples, ObjectIdGetDatum(table)));
	return noted < 0 && counted == 0 ? -1 : std::max(counted, static_cast<int64>(std::max(noted, 0.0F)));
}

/* Its bytes with indexes and TOAST, all of which are locked for that; -1: somebody else has locked one of them, and is not waited for. */
static int64
bytes_of(Oid table)
{
	Local<Vector<Oid>> locked;
	auto lock = [&locked](Oid relation)
	{
		bool free = ConditionalLockRelationOid(relation, AccessShareLock);
		if (free)
			locked->push_back(relation);
		return free;
	};
	auto lock_with_indexes = [&lock](Oid relation_oid)
	{
		Relation relation = lock(relation_oid) ? try_relation_open(relation_oid, NoLock) : nullptr;
		if (relation == nullptr)
			return false;
		::List *indexes = RelationGetIndexList(relation);
		relation_close(relation, NoLock);
		bool free = true;
		ListCell *cell;
		foreach (cell, indexes)
			free = free && lock(lfirst_oid(cell));
		return free;
	};
	int64 bytes = -1;
	if (lock_with_indexes(table))
	{
		HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
		Oid toast =
			HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltoastrelid : InvalidOid;
		if (HeapTupleIsValid(tuple))
			ReleaseSysCache(tuple);
		if (!OidIsValid(toast) || lock_with_indexes(toast))
			bytes = DatumGetInt64(DirectFunctionCall1(pg_total_relation_size, ObjectIdGetDatum(table)));
	}
	for (Oid relation : *locked)
		UnlockRelationOid(relation, AccessShareLock);
	return bytes;
}

/* Up to where there is no gap from the present on; NULL: the present has no partition. */
static const KeyBound *
covered_until(const PartitionSet &set, int64 present)
{
	Cell cell;
	const KeyBound *until = nullptr;
	if (!set.calendar.cell(present, &cell))
		return nullptr;
	KeyBound at = set.calendar.bound(present);
	for (const SetPartition &partition : *set.partitions)
	{
		if (set.calendar.compare(partition.upper, at) <= 0)
			continue;
		if (set.calendar.compare(partition.lower, at) > 0)
			break;
		until = &partition.upper;
		at = partition.upper;
	}
	return until;
}

static Datum
in_days(int64 microseconds)
{
	auto *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
	interval->day = static_cast<int32>(microseconds / USECS_PER_DAY);
	interval->time = microseconds % USECS_PER_DAY;
	return IntervalPGetDatum(interval);
}

static void
show_set(Rows &rows, const ManagedSet &managed, TimestampTz now)
{
	PartitionSet set;
	set.settings = managed.settings;
	const char *trouble = look_at(set);
	const SetSettings &settings = set.settings;
	const CalendarRule &rule = settings.rule;
	bool timed = rule.encoding != Encoding::number;
	rows.oid(settings.parent).name(set.key_name);
	rows.text(timed ? DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(&rule.step)))
					: format(INT64_FORMAT, rule.number));
	rows.integer(settings.premake).text(settings.retention);
	if (trouble != nullptr)
		rows.null().null().null().null();
	else
	{
		rows.integer(static_cast<int32>(set.partitions->size()));
		const KeyBound *newest = set.partitions->empty() ? nullptr : &set.partitions->back().upper;
		rows.text(newest == nullptr							? nullptr
				  : newest->kind == KeyBound::Kind::maximum ? "MAXVALUE"
															: set.calendar.bound_text(*newest));
		int64 until;
		int64 present = timed ? set.calendar.position_of(now) : 0;
		const KeyBound *covered = timed ? covered_until(set, present) : nullptr;
		if (covered != nullptr && covered->kind == KeyBound::Kind::value &&
			set.calendar.position(covered->value, &until))
			rows.datum(in_days(until - present));
		else if (timed && covered == nullptr)
			rows.interval(0);
		else
			rows.null();
		int64 rest = OidIsValid(set.default_partition) ? rows_in(set.default_partition) : -1;
		rest < 0 ? rows.null() : rows.bigint(rest);
	}
	rows.time(managed.last_run);
	rows.text(managed.last_error != nullptr && may_read_errors(settings.parent, GetUserId()) ? managed.last_error
			  : trouble != nullptr															 ? format("%s.", trouble)
																							 : nullptr);
	rows.text(settings.expiry == Expiry::drop ? "drop" : settings.expiry == Expiry::move ? "move" : "detach");
	rows.text(timed ? rule.zone : nullptr).text(encoding_name(rule.encoding)).boolean(settings.with_default);
	rows.oid(trouble == nullptr ? set.default_partition : InvalidOid)
		.boolean(settings.draining)
		.boolean(settings.enabled);
	rows.datum(in_days(settings.ahead), settings.ahead == 0);
	rows.name(OidIsValid(settings.archive_schema) ? get_namespace_name(settings.archive_schema) : nullptr);
	rows.time(managed.next_due).integer(managed.failures);
	rows.oid(trouble == nullptr ? set.owner : InvalidOid);
}

static void
show_partitions(Rows &rows, const ManagedSet &managed, TimestampTz now)
{
	PartitionSet set;
	set.settings = managed.settings;
	if (look_at(set) != nullptr)
		return;
	auto show =
		[&](Oid partition, const KeyBound &lower, const KeyBound &upper, bool is_default, bool expired, bool pending)
	{
		in_row(rows,
			   [&]
			   {
				   rows.oid(set.settings.parent).oid(partition);
				   rows.text(is_default ? nullptr : set.calendar.bound_text(lower));
				   rows.text(is_default ? nullptr : set.calendar.bound_text(upper));
				   int64 count = rows_in(partition);
				   count < 0 ? rows.null() : rows.bigint(count);
				   int64 bytes = bytes_of(partition);
				   bytes < 0 ? rows.null() : rows.bigint(bytes);
				   rows.boolean(is_default).boolean(expired).boolean(pending);
			   });
	};
	std::size_t expired = past_retention(set, now);
	for (std::size_t i = 0; i < set.partitions->size(); i++)
	{
		const SetPartition &partition = (*set.partitions)[i];
		if (partition.relation != set.pending.relation)
			show(partition.relation, partition.lower, partition.upper, false, i < expired, false);
	}
	if (OidIsValid(set.default_partition))
		show(set.default_partition, {}, {}, true, false, false);
	if (OidIsValid(set.pending.relation))
		show(set.pending.relation, set.pending.lower, set.pending.upper, false, false, true);
}

static void
show(FunctionCallInfo fcinfo, void (*one)(Rows &, const ManagedSet &, TimestampTz))
{
	Rows rows(fcinfo);
	Local<Vector<ManagedSet>> sets;
	TimestampTz now = GetCurrentTimestamp();
	read_managed(*sets);
	/* A set of ten thousand partitions leaves nothing to the next one. */
	MemoryContext of_one = AllocSetContextCreate(CurrentMemoryContext, "dbeng partition set", ALLOCSET_DEFAULT_SIZES);
	for (const ManagedSet &set : *sets)
	{
		CHECK_FOR_INTERRUPTS();
		if (!may_look_into(set.settings.parent, GetUserId()))
			continue;
		MemoryContext caller = MemoryContextSwitchTo(of_one);
		one(rows, set, now);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(of_one);
	}
	MemoryContextDelete(of_one);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_partition_sets)
{
	dbeng::show(fcinfo,
				[](dbeng::Rows &rows, const dbeng::ManagedSet &set, TimestampTz now)
				{
					dbeng::show_set(rows, set, now);
					rows.end();
				});
	return Datum{0};
}

SQL_FUNCTION(dbeng_partitions)
{
	dbeng::show(fcinfo, dbeng::show_partitions);
	return Datum{0};
}
