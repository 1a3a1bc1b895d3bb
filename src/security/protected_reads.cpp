#include "security/protected_reads.hpp"

#include "security/policy.hpp"

namespace dbeng {

std::span<const ProtectedRead>
protected_reads(const Catalog &catalog, char kind)
{
	Local<Vector<ProtectedRead>> reads;
	for (const ViewDependency &dependency : catalog.view_dependencies)
	{
		const RelationEntry *view = dependency.view;
		const RelationEntry *table = dependency.reads;
		/* A rule on a table reads too. */
		if (view != nullptr && table != nullptr && view->kind == kind && view->standing == Standing::user &&
			table->row_security && reads_unfiltered(catalog, *table, view->owner))
			reads->push_back({view, table});
	}
	std::sort(reads->begin(), reads->end(),
			  [](const ProtectedRead &a, const ProtectedRead &b)
			  { return a.view->oid != b.view->oid ? a.view->oid < b.view->oid : a.table->oid < b.table->oid; });
	auto end = std::unique(reads->begin(), reads->end(),
						   [](const ProtectedRead &a, const ProtectedRead &b) { return a.view == b.view; });
	return {reads->data(), static_cast<std::size_t>(end - reads->begin())};
}

} // namespace dbeng
