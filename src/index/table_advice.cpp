#include "index/table_advice.hpp"

#include "index/advisor.hpp"
#include "index/creation.hpp"
#include "planner/readers.hpp"

namespace dbeng {

/* A finding that wants more than that is no longer read. */
static constexpr int32 most_indexes = 3;

void
fix_by_workload(Finding &finding, const Catalog &catalog, const RelationEntry &table)
{
	const Workload &load = workload(catalog);
	if (load.missing != nullptr)
		return;
	AdviceLimits limits;
	limits.max_indexes = most_indexes;
	Local<Readers> readers(catalog);
	readers->of(table);
	Local<Advisor> advisor(catalog, limits);
	for (const StatementEntry &entry : load.statements)
	{
		CHECK_FOR_INTERRUPTS();
		if (entry.application && readers->may_include(entry))
			advisor->add(source_of(entry), entry.query_id, static_cast<double>(entry.calls),
						 static_cast<double>(entry.rows));
	}
	Local<Vector<const char *>> used;
	for (const AdvisedIndex &advised : advisor->advise())
		if (advised.index->table == &table)
			fix_create(finding, *advised.index, *used);
}

} // namespace dbeng
