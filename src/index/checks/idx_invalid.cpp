#include "index/invalid.hpp"
#include "index/weight.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<InvalidIndex>> found;
	int64 judged = 0;
	find_invalid(catalog, *found, judged);
	for (int64 i = 0; i < judged; i++)
		verdict.judged();
	for (const InvalidIndex &invalid : *found)
		verdict.failed(*invalid.index,
					   [&catalog, index = invalid.index](Finding &finding)
					   { describe_invalid(catalog, *index, finding); },
					   {.rank = index_weight(catalog, *invalid.index),
						.severity = Severity::critical,
						.escalate = invalid.breaks_uniqueness,
						.stop = invalid.breaks_uniqueness && !invalid.index->partitioned});
}

CHECK(idx_invalid){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Invalid index",
	.rationale =
		"A concurrent build that fails leaves an index that serves no query, yet usually costs a write for each row; "
		"a unique one does not vouch for the rows that were there before. A partitioned index stays invalid until "
		"every partition has its own. Not judged while an index of the table is being built.",
	.reference = "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
	.judge = judge,
};

} // namespace dbeng
