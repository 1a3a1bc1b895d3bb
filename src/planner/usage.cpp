#include "planner/usage.hpp"

#include "planner/planning.hpp"
#include "planner/readers.hpp"

namespace dbeng {

/* Counts a used index for itself and for the partitioned ones it is a part of. */
static void
count_use(const Catalog &catalog, Oid used, std::span<const std::pair<Oid, std::size_t>> places, Vector<int64> &counts,
		  Vector<int64> &counted_for, int64 statement)
{
	for (const IndexEntry *index = catalog.index(used); index != nullptr; index = index->parent)
	{
		auto at = std::lower_bound(places.begin(), places.end(), std::pair<Oid, std::size_t>{index->oid, 0});
		if (at == places.end() || at->first != index->oid || counted_for[at->second] == statement)
			continue;
		counted_for[at->second] = statement;
		counts[at->second]++;
	}
}

void
count_plans_using(const Catalog &catalog, std::span<const IndexEntry *const> indexes, Vector<int64> &counts)
{
	counts.clear();
	if (indexes.empty())
		return;
	const Workload &load = whole_workload(catalog);
	counts.resize(indexes.size(), load.missing == nullptr ? 0 : -1);
	if (load.missing != nullptr)
		return;

	Local<Vector<std::pair<Oid, std::size_t>>> places;
	for (std::size_t i = 0; i < indexes.size(); i++)
		places->push_back({indexes[i]->oid, i});
	std::sort(places->begin(), places->end());
	Local<Vector<int64>> counted_for;
	counted_for->resize(indexes.size(), -1);
	Local<Readers> readers(catalog);
	for (const IndexEntry *index : indexes)
		readers->of(*index->table->root);

	Local<Statements> statements(catalog);
	int64 number = 0;
	for (const StatementEntry &entry : load.statements)
	{
		CHECK_FOR_INTERRUPTS();
		number++;
		if (!entry.application || !readers->may_include(entry))
			continue;
		statements->visit(
			source_of(entry),
			[&](const PlannableStatement &statement)
			{
				Planned planned = plan(statement, {.catalog = catalog});
				for (Oid used : planned.indexes)
					count_use(catalog, used, {places->data(), places->size()}, counts, *counted_for, number);
			});
	}
}

} // namespace dbeng
