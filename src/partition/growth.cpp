/*
 * growth.cpp: how far the numbers of a set have come, and how fast.
 */
#include "core/extension.hpp"
#include "partition/key_probe.hpp"
#include "partition/partition_set.hpp"

namespace dbeng {

bool
greatest_number(const PartitionSet &set, int64 *number, Oid *obstacle)
{
	*obstacle = InvalidOid;
	if (set.calendar.timed())
		return false;
	for (std::size_t i = set.partitions->size(); i-- > 0;)
	{
		CHECK_FOR_INTERRUPTS();
		const SetPartition &partition = (*set.partitions)[i];
		Datum key;
		Probe probe = probe_key(partition.relation, set.key_name, set.calendar, {}, true, &key);
		if (probe == Probe::found)
			return set.calendar.position(key, number);
		if (probe == Probe::unknown)
		{
			*obstacle = partition.relation;
			return false;
		}
	}
	return false;
}

void
note_growth(const PartitionSet &set, TimestampTz now)
{
	int64 greatest;
	Oid obstacle;
	if (set.settings.ahead == 0 || !greatest_number(set, &greatest, &obstacle))
		return;
	Argument arguments[] = {
		{OIDOID, ObjectIdGetDatum(set.settings.parent), false}, Argument::bigint(greatest), Argument::time(now)};
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
