#include "index/definition.hpp"
#include "index/redundancy.hpp"
#include "index/weight.hpp"

namespace dbeng {

/* Covered by a btree already, it is redundant, which is another finding. */
static bool
has_btree_beside(const IndexEntry &index)
{
	return std::any_of(index.table->indexes.begin(), index.table->indexes.end(),
					   [&index](const IndexEntry *other)
					   { return other->usable() && covers(*other, index).overlap != Overlap::none; });
}

static const char *
btree_tail(const IndexEntry &index)
{
	constexpr const char *begin = " USING hash ";
	const char *tail = definition_tail(index);
	if (tail == nullptr || strncmp(tail, begin, strlen(begin)) != 0 || !index.keys[0].default_opclass ||
		index.tablespace != InvalidOid)
		return nullptr;
	return format(" USING btree %s", tail + strlen(begin));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable() || index.method != HASH_AM_OID)
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		/* For long texts the hash is the shorter key, and worth its limits. */
		const ColumnEntry *column = index.table->column(index.keys[0].column);
		if (column == nullptr || column->length <= 0 || column->length > 16 || has_btree_beside(index))
			continue;
		verdict.failed(index,
					   [&catalog, &index, column](Finding &finding)
					   {
						   finding.message("a hash index on the %d bytes of %s is no smaller than a btree, which also "
										   "sorts, takes ranges, returns columns and can be unique",
										   column->length, quoted(column->name));
						   finding.evidence("column", column->name);
						   finding.evidence("bytes", catalog.bytes(index));
						   fix_replace(finding, index, btree_tail(index));
					   },
					   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_hash_wal){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Hash index on a short column",
	.rationale =
		"A hash index serves = and nothing else: no order, no range, no uniqueness, no index-only scan, one column. "
		"It pays where the values are long; on numbers, dates and uuids a btree is as small and as fast.",
	.reference = "https://www.postgresql.org/docs/current/indexes-types.html",
	.judge = judge,
};

} // namespace dbeng
