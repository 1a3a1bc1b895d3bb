/*
 * dead_rows.hpp: the share of dead rows in a table, where they are many.
 */
#pragma once

#include "unit/leaves.hpp"

namespace dbeng {

/* A measure of leaves. */
struct DeadRows
{
	double percent;
	double rows;

	static double share(const Counters &counters)
	{
		return 100 * static_cast<double>(counters.dead) /
			   static_cast<double>(std::max<int64>(counters.dead + counters.live, 1));
	}
	double operator()(const RelationEntry &table) const
	{
		const Counters *counters = table.counters;
		if (counters == nullptr || static_cast<double>(counters->dead) <= rows)
			return 0;
		return share(*counters) / percent;
	}
};

} // namespace dbeng
