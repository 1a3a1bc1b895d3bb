#include "catalog/pages_now.hpp"

#include "catalog/row_estimate.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

/*
 * ANALYZE and VACUUM write pg_class; the counters tell what came after:
 * changes, and of what was rolled back the rows that are dead since.
 */
bool
pages_are_current(float4 tuples, const Counters *counters)
{
	return tuples >= 0 && counters != nullptr && counters->modified_since_analyze == 0 && counters->dead == 0;
}

void
being_written(FlatSet<Oid> &written)
{
	each_row(format("SELECT DISTINCT relation FROM pg_locks WHERE locktype = 'relation' AND database = %u AND granted"
					" AND mode NOT IN ('AccessShareLock', 'RowShareLock')",
					MyDatabaseId),
			 [&written](const Row &row) { written.insert(static_cast<Oid>(row.integer(1))); });
}

int64
PagesNow::of(const RelationEntry &table) const
{
	return is_current(table) ? table.pages : pages_on_disk(table.tablespace, table.file, table.pages);
}

int64
PagesNow::of(const IndexEntry &index) const
{
	return is_current(*index.table) ? index.pages : pages_on_disk(index.tablespace, index.file, index.pages);
}

/* Its counters are its own, and are not in the model. */
int64
PagesNow::of_toast(const RelationEntry &table) const
{
	return OidIsValid(table.toast) ? pages_on_disk(table.tablespace, table.toast_file, table.toast_pages) : 0;
}

} // namespace dbeng
