/*
 * pages_now.hpp: how many pages relations have now.
 *
 * pg_class says how many there were when VACUUM or ANALYZE last looked, and
 * the counters and locks whether anything was written since. Only where it
 * was, or where nobody can tell, the file is asked.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* Is pg_class right about the pages of a table and its indexes, as far as the counters know? */
bool pages_are_current(float4 tuples, const Counters *counters);

/* What open transactions may be writing to: they are counted when they end only. */
void being_written(FlatSet<Oid> &written);

class PagesNow
{
  public:
	PagesNow() { being_written(written_); }

	/* -1: it has no file, as an unlogged one on a standby. */
	int64 of(const RelationEntry &table) const;
	int64 of(const IndexEntry &index) const;
	int64 of_toast(const RelationEntry &table) const;

  private:
	bool is_current(const RelationEntry &table) const
	{
		return pages_are_current(table.tuples, table.counters) && !written_.contains(table.oid);
	}

	FlatSet<Oid> written_;
};

} // namespace dbeng
