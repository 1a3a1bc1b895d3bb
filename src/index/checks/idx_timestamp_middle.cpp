#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

static bool
is_moment(const IndexKey &key)
{
	return key.column != 0 && (key.input_type == TIMESTAMPTZOID || key.input_type == TIMESTAMPOID);
}

/* created_at, id: the key that breaks ties when a page is read after another. */
static bool
breaks_ties(const IndexEntry &index, const IndexKey &key)
{
	const IndexEntry *primary = index.table->primary_key();
	return primary != nullptr && std::any_of(primary->key().begin(), primary->key().end(),
											 [&key](const IndexKey &column) { return column.column == key.column; });
}

/* The first moment with a column before it and one after it; -1 none. */
static int
middle_moment(const IndexEntry &index)
{
	for (int i = 1; i < index.key_columns - 1; i++)
		if (is_moment(index.keys[i]))
			for (int after = i + 1; after < index.key_columns; after++)
				if (!is_moment(index.keys[after]) && !breaks_ties(index, index.keys[after]))
					return i;
	return -1;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable() || index.method != BTREE_AM_OID || index.key_columns < 2)
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		int at = index.unique ? -1 : middle_moment(index);
		if (at >= 0)
			verdict.failed(index,
						   [&index, at](Finding &finding)
						   {
							   const ColumnEntry *column = index.table->column(index.keys[at].column);
							   finding.message(
								   "%s has columns after %s: a scan of a span of time cannot narrow by them; put "
								   "it last",
								   columns_text(index), quoted(column->name));
							   finding.evidence("column", column->name);
							   finding.evidence("position", at + 1);
						   },
						   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_timestamp_middle){
	.dimension = Dimension::indexing,
	.severity = Severity::notice,
	.title = "Timestamp in the middle of an index",
	.rationale =
		"Timestamps are asked for by range, and a btree narrows a scan by the columns up to the first range only: "
		"what follows is filtered entry by entry. Columns compared by equality belong before it. A primary key at "
		"the end, which breaks ties, is no finding.",
	.reference = "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	.judge = judge,
};

} // namespace dbeng
