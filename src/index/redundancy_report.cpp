#include "index/redundancy_report.hpp"

#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

static const char *
predicate_remark(const IndexEntry &index)
{
	return index.predicate == nullptr ? "" : ", under the same condition";
}

static void
describe(const Catalog &catalog, const RedundantIndex &redundant, Finding &finding)
{
	const IndexEntry &index = *redundant.index;
	const IndexEntry &other = *redundant.covered_by;
	const char *backwards = redundant.cover.backwards ? ", read backwards" : "";
	const char *columns = columns_text(index);
	const char *bytes = size(catalog.bytes(index));

	if (redundant.cover.overlap == Overlap::include)
		finding.message("%s on %s holds everything that this index on %s holds%s%s: %s stored and written twice",
						described(other), columns_text(other), columns, backwards, predicate_remark(index), bytes);
	else if (index.method != other.method)
		finding.message("%s on %s finds equal values as well as this hash index%s: %s stored and written twice",
						described(other), columns_text(other), predicate_remark(index), bytes);
	else if (redundant.cover.overlap == Overlap::prefix)
		finding.message("%s on %s begins with %s%s%s and serves the same scans: %s stored and written twice",
						described(other), columns_text(other), columns, backwards, predicate_remark(index), bytes);
	else if (redundant.cover.backwards)
		finding.message("%s on %s, read backwards, is this index on %s%s: %s stored and written twice",
						described(other), columns_text(other), columns, predicate_remark(index), bytes);
	else if (index.constraint != nullptr)
		finding.message("the constraint enforces what %s on %s enforces already: %s stored and written twice",
						described(other), columns, bytes);
	else
		finding.message("same columns as %s on %s%s: %s stored and written twice", described(other), columns,
						predicate_remark(index), bytes);

	finding.evidence("covered_by", full_name(other));
	finding.evidence("bytes", catalog.bytes(index));
	finding.evidence("scans", catalog.counters(index).scans);
	finding.evidence("scans_of_covering", catalog.counters(other).scans);
	fix_drop(finding, index);
}

void
report_redundant(const Catalog &catalog, Verdict &verdict, Overlap overlap)
{
	Local<Vector<RedundantIndex>> found;
	for (const RelationEntry &table : catalog.own_relations())
	{
		/* What is attached to a partitioned index is judged with it. */
		for (const IndexEntry *index : table.indexes)
			if (index->usable() && index->parent == nullptr)
				verdict.judged(index_weight(catalog, *index));

		CHECK_FOR_INTERRUPTS();
		found->clear();
		find_redundant(table, *found);
		for (const RedundantIndex &redundant : *found)
			if (redundant.cover.overlap == overlap)
			{
				double pages = index_weight(catalog, *redundant.index);
				verdict.failed(*redundant.index,
							   [&catalog, redundant](Finding &finding) { describe(catalog, redundant, finding); },
							   {.weight = pages, .rank = pages});
			}
	}
}

} // namespace dbeng
