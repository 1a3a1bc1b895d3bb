#include "partition/key_probe.hpp"

#include "partition/key_index.hpp"

namespace dbeng {

/* What is read in a few milliseconds at most. */
static constexpr BlockNumber few_pages = 256;

static AttrNumber
find_column(Relation table, const char *name)
{
	TupleDesc shape = RelationGetDescr(table);
	for (int i = 0; i < shape->natts; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(shape, i);
		if (!column.attisdropped && strcmp(NameStr(column.attname), name) == 0)
			return column.attnum;
	}
	return 0;
}

bool
has_key_index(Relation table, const char *column, const Calendar &calendar)
{
	AttrNumber number = find_column(table, column);
	return number > 0 && OidIsValid(key_index(table, number, calendar));
}

static Datum
copied(Relation table, AttrNumber column, Datum value)
{
	const FormData_pg_attribute &attribute = *TupleDescAttr(RelationGetDescr(table), column - 1);
	if (attribute.attlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	return datumCopy(value, attribute.attbyval, attribute.attlen);
}

static Probe
probe_index(Relation table, AttrNumber column, Oid index_oid, const KeyRange &range, bool greatest, Snapshot snapshot,
			Datum *found)
{
	Relation index = index_open(index_oid, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(table, nullptr);
	KeyScan scan(table, index, snapshot, range.lower, range.upper, greatest);
	bool any = false;
	while (!any && scan.entry() != nullptr)
	{
		CHECK_FOR_INTERRUPTS();
		any = scan.row(slot);
	}
	bool null;
	if (any && found != nullptr)
		*found = copied(table, column, slot_getattr(slot, column, &null));
	scan.end();
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
	return any ? Probe::found : Probe::none;
}

static Probe
probe_heap(Relation table, AttrNumber column, const Calendar &calendar, const KeyRange &range, bool greatest,
		   Snapshot snapshot, Datum *found)
{
	SysScanDesc scan = systable_beginscan(table, InvalidOid, false, snapshot, 0, nullptr);
	bool any = false;
	Datum best = 0;
	while (HeapTuple tuple = systable_getnext(scan))
	{
		bool null;
		KeyBound key = {KeyBound::Kind::value, heap_getattr(tuple, column, RelationGetDescr(table), &null)};
		CHECK_FOR_INTERRUPTS();
		if (null || calendar.compare(key, range.lower) < 0 || calendar.compare(key, range.upper) >= 0)
			continue;
		if (any && (calendar.compare(key.value, best) < 0) == greatest)
			continue;
		best = copied(table, column, key.value);
		any = true;
		if (found == nullptr)
			break;
	}
	systable_endscan(scan);
	if (any && found != nullptr)
		*found = best;
	return any ? Probe::found : Probe::none;
}

Probe
probe_key(Relation table, const char *column, const Calendar &calendar, const KeyRange &range, bool greatest,
		  Snapshot snapshot, Datum *found)
{
	AttrNumber number = find_column(table, column);
	if (range.lower.kind == KeyBound::Kind::maximum || range.upper.kind == KeyBound::Kind::minimum)
		return Probe::none;
	if (number == 0 || RelationGetForm(table)->relkind != RELKIND_RELATION)
		return Probe::unknown;
	/* A default partition that is never needed: its indexes need not even be known. */
	if (RelationGetNumberOfBlocks(table) == 0)
		return Probe::none;
	Oid index = key_index(table, number, calendar);
	if (OidIsValid(index))
		return probe_index(table, number, index, range, greatest, snapshot, found);
	if (RelationGetNumberOfBlocks(table) > few_pages)
		return Probe::unknown;
	return probe_heap(table, number, calendar, range, greatest, snapshot, found);
}

Probe
probe_key(Oid table, const char *column, const Calendar &calendar, const KeyRange &range, bool greatest, Datum *found)
{
	if (!ConditionalLockRelationOid(table, AccessShareLock))
		return Probe::locked;
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(table)))
	{
		UnlockRelationOid(table, AccessShareLock);
		return Probe::unknown;
	}
	Relation relation = relation_open(table, NoLock);
	Probe probe = probe_key(relation, column, calendar, range, greatest, GetActiveSnapshot(), found);
	relation_close(relation, AccessShareLock);
	return probe;
}

} // namespace dbeng
