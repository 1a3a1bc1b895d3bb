/*
 * What ANALYZE has found out about a table holds for the table that takes its place: without it, plans would be guesses until somebody
 * analyses that one, which autovacuum never does with a partitioned table.
 */
#include "core/pg.hpp"

#include "core/text.hpp"

namespace dbeng {

/* ANALYZE of a table with partitions is about all their rows. */
static bool
counts_partitions(Oid relation)
{
	return get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE;
}

/* The column of that name, if it is the same still; or 0. */
static AttrNumber
same_column(Oid from, AttrNumber column, Oid to)
{
	const char *name = get_attname(from, column, true);
	AttrNumber found = name == nullptr ? InvalidAttrNumber : get_attnum(to, name);
	if (found == InvalidAttrNumber)
		return InvalidAttrNumber;
	Oid types[2];
	int32 modifiers[2];
	Oid collations[2];
	get_atttypetypmodcoll(from, column, &types[0], &modifiers[0], &collations[0]);
	get_atttypetypmodcoll(to, found, &types[1], &modifiers[1], &collations[1]);
	bool same = types[0] == types[1] && modifiers[0] == modifiers[1] && collations[0] == collations[1];
	return same ? found : InvalidAttrNumber;
}

static void
put_statistics(Relation catalog, HeapTuple source, Oid to, AttrNumber column)
{
	bool inherited = counts_partitions(to);
	Datum values[Natts_pg_statistic] = {};
	bool nulls[Natts_pg_statistic] = {};
	bool replaced[Natts_pg_statistic] = {};
	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(to);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(column);
	values[Anum_pg_statistic_stainherit - 1] = BoolGetDatum(inherited);
	for (int i : {Anum_pg_statistic_starelid, Anum_pg_statistic_staattnum, Anum_pg_statistic_stainherit})
		replaced[i - 1] = true;
	HeapTuple made = heap_modify_tuple(source, RelationGetDescr(catalog), values, nulls, replaced);
	HeapTuple old =
		SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(to), Int16GetDatum(column), BoolGetDatum(inherited));
	if (HeapTupleIsValid(old))
	{
		made->t_self = old->t_self;
		ReleaseSysCache(old);
		CatalogTupleUpdate(catalog, &made->t_self, made);
	}
	else
		CatalogTupleInsert(catalog, made);
	heap_freetuple(made);
}

static void
copy_statistics(Oid from, Oid to)
{
	for (Oid relation : {from, to})
		if (!pg::owns_relation(relation, GetUserId()))
			ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					errmsg("must be owner of table %s", qualified(relation)),
					errdetail("Role \"%s\" is not.", GetUserNameFromId(GetUserId(), false)),
					errhint("Let its owner do this."));
	LockRelationOid(from, AccessShareLock);
	LockRelationOid(to, ShareUpdateExclusiveLock);
	Relation catalog = table_open(StatisticRelationId, RowExclusiveLock);
	CatCList *all = SearchSysCacheList1(STATRELATTINH, ObjectIdGetDatum(from));
	for (int i = 0; i < all->n_members; i++)
	{
		CHECK_FOR_INTERRUPTS();
		HeapTuple tuple = &all->members[i]->tuple;
		const auto *form = reinterpret_cast<const FormData_pg_statistic *>(GETSTRUCT(tuple));
		if (form->stainherit != counts_partitions(from))
			continue;
		AttrNumber column = same_column(from, form->staattnum, to);
		if (column != InvalidAttrNumber)
			put_statistics(catalog, tuple, to, column);
	}
	ReleaseSysCacheList(all);
	table_close(catalog, RowExclusiveLock);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_copy_statistics)
{
	dbeng::copy_statistics(PG_GETARG_OID(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}
