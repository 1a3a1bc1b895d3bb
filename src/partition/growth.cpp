/*
 * growth.cpp: how far the numbers of a set have come, and how fast.
 */
#include "core/extension.hpp"
#include "partition/key_probe.hpp"
#include "partition/partition_set.hpp"

namespace dbeng {

static Probe
greatest_of(const PartitionSet &set, Oid partition, int64 *number)
{
	Datum key;
	Probe probe = probe_key(partition, set.key_name, set.calendar, {}, true, &key);
	if (probe == Probe::found)
		set.calendar.position(key, number);
	return probe;
}

bool
greatest_number(const PartitionSet &set, int64 *number, KeyObstacle *obstacle)
{
	bool found = false;
	*obstacle = {};
	if (set.calendar.timed())
		return false;
	for (std::size_t i = set.partitions->size(); i-- > 0 && !found;)
	{
		CHECK_FOR_INTERRUPTS();
		Oid partition = (*set.partitions)[i].relation;
		Probe probe = greatest_of(set, partition, number);
		found = probe == Probe::found;
		if (probe == Probe::unknown || probe == Probe::locked)
		{
			*obstacle = {partition, probe == Probe::locked};
			return false;
		}
	}
	/* What has fallen through is no measure, a slip of a digit may be among it; but of a table being divided it is all there is. */
	int64 rest;
	if ((!found || set.settings.draining) && OidIsValid(set.default_partition) &&
		greatest_of(set, set.default_partition, &rest) == Probe::found)
	{
		*number = found ? std::max(*number, rest) : rest;
		found = true;
	}
	return found;
}

static bool
belongs_to_key(const PartitionSet &set, Oid sequence)
{
	Oid table;
	int32 column;
	return (sequenceIsOwned(sequence, DEPENDENCY_AUTO, &table, &column) ||
			sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &table, &column)) &&
		   table == set.settings.parent && column == set.key;
}

static bool
counts_up(Oid sequence)
{
	HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	if (!HeapTupleIsValid(tuple))
		return false;
	bool up = reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple))->seqincrement > 0;
	ReleaseSysCache(tuple);
	return up;
}

/* NULL until it has given one. */
static bool
last_value(Oid sequence, int64 *number)
{
	LOCAL_FCINFO(call, 1);
	InitFunctionCallInfoData(*call, nullptr, 1, InvalidOid, nullptr, nullptr);
	call->args[0] = {ObjectIdGetDatum(sequence), false};
	Datum value = pg_sequence_last_value(call);
	if (!call->isnull)
		*number = DatumGetInt64(value);
	return !call->isnull;
}

bool
sequence_number(const PartitionSet &set, int64 *number)
{
	bool found = false;
	if (set.calendar.timed())
		return false;
	/* Whoever may see how the set stands need not have a privilege on its sequence. */
	Identity caller = act_as(set.owner);
	::List *sequences = getOwnedSequences(set.settings.parent);
	ListCell *cell;
	foreach (cell, sequences)
	{
		Oid sequence = lfirst_oid(cell);
		/* Who changes one is not waited for: it is asked again soon. */
		if (!ConditionalLockRelationOid(sequence, RowExclusiveLock))
			continue;
		found = belongs_to_key(set, sequence) && counts_up(sequence) && last_value(sequence, number);
		UnlockRelationOid(sequence, RowExclusiveLock);
		if (found)
			break;
	}
	caller.restore();
	return found;
}

void
note_growth(const PartitionSet &set, TimestampTz now)
{
	int64 greatest;
	KeyObstacle obstacle;
	if (set.settings.ahead == 0 || !greatest_number(set, &greatest, &obstacle))
		return;
	Argument arguments[] = {Argument::oid(set.settings.parent), Argument::bigint(greatest), Argument::time(now)};
	Identity caller = act_as_owner();
	/* A burst counts at once, and is forgotten by and by: half of it in seven looks. */
	execute("UPDATE dbeng.partition_state t SET greatest_id = $2, greatest_id_at = $3, ids_per_second = CASE"
			" WHEN t.greatest_id_at IS NULL OR $3 <= t.greatest_id_at OR $2 < t.greatest_id THEN t.ids_per_second"
			" ELSE greatest(($2::float8 - t.greatest_id) / extract(epoch FROM $3 - t.greatest_id_at),"
			"   0.9 * t.ids_per_second) END WHERE t.parent = $1",
			arguments);
	caller.restore();
}

} // namespace dbeng
