#include "planner/usage.hpp"

namespace dbeng {

void
count_plans_using(const Catalog &, std::span<const IndexEntry *const> indexes, Vector<int64> &counts)
{
	counts.assign(indexes.size(), -1);
}

} // namespace dbeng
