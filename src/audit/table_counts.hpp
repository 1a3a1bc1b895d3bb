/*
 * table_counts.hpp: how many changes of each table there are, and from when to when.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct TableCount
{
	int64 changes = 0;
	TimestampTz first_at = 0;
	TimestampTz last_at = 0;

	void add(const TableCount &more)
	{
		if (more.changes == 0)
			return;
		first_at = changes == 0 ? more.first_at : std::min(first_at, more.first_at);
		last_at = changes == 0 ? more.last_at : std::max(last_at, more.last_at);
		changes += more.changes;
	}
};

/* By table_id. */
using TableCounts = FlatMap<int32, TableCount>;

} // namespace dbeng
