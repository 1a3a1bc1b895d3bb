#include "catalog/expression.hpp"
#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

/* The definition without its condition. */
static const char *
full_tail(const IndexEntry &index)
{
	const char *tail = definition_tail(index);
	const char *predicate = predicate_tail(index);
	std::size_t length = tail == nullptr ? 0 : strlen(tail);
	std::size_t cut = strlen(predicate);
	if (cut == 0 || cut > length || strcmp(tail + length - cut, predicate) != 0)
		return nullptr;
	const char *tablespace = index.tablespace == InvalidOid ? nullptr : get_tablespace_name(index.tablespace);
	return format("%.*s%s%s", static_cast<int>(length - cut), tail, tablespace == nullptr ? "" : " TABLESPACE ",
				  tablespace == nullptr ? "" : quoted(tablespace));
}

static bool
always_holds(const IndexEntry &index)
{
	Local<SmallVector<AttrNumber, 64>> never_null;
	for (const ColumnEntry &column : index.table->columns)
		if (column.not_null)
			never_null->push_back(column.number);
	return !never_null->empty() && only_requires_not_null(index.predicate, {never_null->data(), never_null->size()});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable() || index.predicate == nullptr)
			continue;
		CHECK_FOR_INTERRUPTS();
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		if (always_holds(index))
			verdict.failed(index,
						   [&catalog, &index](Finding &finding)
						   {
							   finding.message(
								   "its condition%s holds for every row: the column is NOT NULL, the index is no "
								   "smaller for it and serves fewer queries",
								   predicate_tail(index));
							   finding.evidence("bytes", catalog.bytes(index));
							   fix_replace(finding, index, full_tail(index));
						   },
						   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_unneeded_where){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Partial index whose condition always holds",
	.rationale =
		"WHERE column IS NOT NULL on a column that is NOT NULL leaves out no row. The planner uses a partial index "
		"only where it can prove the condition, so the index is merely harder to use.",
	.reference = "https://www.postgresql.org/docs/current/indexes-partial.html",
	.judge = judge,
};

} // namespace dbeng
