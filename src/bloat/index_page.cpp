#include "bloat/index_page.hpp"

namespace dbeng {

EntryLife
entry_life(const HeapRows &rows)
{
	EntryLife life;
	double all = rows.entries + rows.dead;
	if (all <= 0 || rows.dead <= 0)
		return life;
	life.maps = rows.maps;
	life.share = rows.entries / all;
	life.error = std::hypot(rows.dead_error * rows.entries, rows.entry_error * rows.dead) / (all * all);
	double unsure = 1;
	if (rows.maps != nullptr && rows.maps->pages > 0)
		unsure = 1 - static_cast<double>(rows.maps->visible_pages) / rows.maps->pages;
	life.dead = unsure > 0 ? std::min(rows.dead / all / unsure, 1.0) : 0;
	return life;
}

bool
runs_trusted_code(Relation index)
{
	for (int column = 1; column <= IndexRelationGetNumberOfKeyAttributes(index); column++)
		for (uint16 number = 1; number <= index->rd_indam->amsupport; number++)
		{
			RegProcedure function = index_getprocid(index, static_cast<AttrNumber>(column), number);
			if (!RegProcedureIsValid(function))
				continue;
			HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
			if (!HeapTupleIsValid(tuple))
				return false;
			Oid owner = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->proowner;
			ReleaseSysCache(tuple);
			if (!superuser_arg(owner))
				return false;
		}
	return true;
}

} // namespace dbeng
