#include "partition/bounds.hpp"

namespace dbeng {

static PartitionRangeDatum *
range_datum(PartitionKey key, const KeyBound &bound)
{
	auto *datum = makeNode(PartitionRangeDatum);
	datum->location = -1;
	switch (bound.kind)
	{
		case KeyBound::Kind::minimum:
			datum->kind = PARTITION_RANGE_DATUM_MINVALUE;
			break;
		case KeyBound::Kind::maximum:
			datum->kind = PARTITION_RANGE_DATUM_MAXVALUE;
			break;
		case KeyBound::Kind::value:
			datum->kind = PARTITION_RANGE_DATUM_VALUE;
			datum->value =
				reinterpret_cast<Node *>(makeConst(key->parttypid[0], key->parttypmod[0], key->parttypcoll[0],
												   key->parttyplen[0], bound.value, false, key->parttypbyval[0]));
			break;
	}
	return datum;
}

/*
 * What DETACH and ATTACH would make of it, less what they do besides: they unmake and make anew the constraints, indexes and
 * triggers that the partition has from its parent, none of which knows a bound, and refuse where foreign keys refer to rows of it.
 * The bound itself is in one place, pg_class.relpartbound; everything else is worked out from it and goes with the relcache entries.
 */
void
set_bounds(Oid parent, Oid partition, const KeyBound &lower, const KeyBound &upper)
{
	Relation set = table_open(parent, NoLock);
	PartitionKey key = RelationGetPartitionKey(set);
	auto *bound = makeNode(PartitionBoundSpec);
	bound->strategy = PARTITION_STRATEGY_RANGE;
	bound->location = -1;
	bound->lowerdatums = list_make1(range_datum(key, lower));
	bound->upperdatums = list_make1(range_datum(key, upper));

	Relation classes = table_open(RelationRelationId, RowExclusiveLock);
	HeapTuple tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(partition));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", partition);
	Datum values[Natts_pg_class] = {};
	bool nulls[Natts_pg_class] = {};
	bool replaced[Natts_pg_class] = {};
	values[Anum_pg_class_relpartbound - 1] = CStringGetTextDatum(nodeToString(bound));
	replaced[Anum_pg_class_relpartbound - 1] = true;
	HeapTuple changed = heap_modify_tuple(tuple, RelationGetDescr(classes), values, nulls, replaced);
	CatalogTupleUpdate(classes, &changed->t_self, changed);
	table_close(classes, RowExclusiveLock);

	/* The default partition has whatever others have not. */
	Oid rest = get_default_partition_oid(parent);
	if (OidIsValid(rest))
		CacheInvalidateRelcacheByRelid(rest);
	CacheInvalidateRelcacheByRelid(partition);
	CacheInvalidateRelcache(set);
	table_close(set, NoLock);
	CommandCounterIncrement();
}

void
mark_layout(Oid parent)
{
	Relation classes = table_open(RelationRelationId, RowExclusiveLock);
	HeapTuple tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(parent));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", parent);
	CatalogTupleUpdate(classes, &tuple->t_self, tuple);
	table_close(classes, RowExclusiveLock);
	CommandCounterIncrement();
}

} // namespace dbeng
