#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

/* Does the column at this place repeat an earlier one? With another operator class or collation it does not. */
static bool
is_repeated(const IndexEntry &index, std::size_t at)
{
	const IndexKey &key = index.keys[at];
	for (std::size_t i = 0; key.column != 0 && i < at; i++)
	{
		const IndexKey &earlier = index.keys[i];
		if (earlier.column == key.column &&
			(at >= index.key_columns || (earlier.opclass == key.opclass && earlier.collation == key.collation)))
			return true;
	}
	return false;
}

/* Its definition without the repetitions, where nothing but names of columns and directions is in it. */
static const char *
distinct_tail(const IndexEntry &index)
{
	if (index.method != BTREE_AM_OID || index.options != nullptr || index.tablespace != InvalidOid ||
		index.nulls_not_distinct)
		return nullptr;
	StringInfoData tail;
	initStringInfo(&tail);
	bool included = false;
	for (std::size_t i = 0; i < index.keys.size(); i++)
	{
		const IndexKey &key = index.keys[i];
		const ColumnEntry *column = index.table->column(key.column);
		if (column == nullptr ||
			(i < index.key_columns && (!key.default_opclass || key.collation != column->collation)))
			return nullptr;
		if (is_repeated(index, i))
			continue;
		bool first_included = i >= index.key_columns && !included;
		included |= first_included;
		appendStringInfo(&tail, "%s%s%s%s",
						 i == 0			  ? " USING btree ("
						 : first_included ? ") INCLUDE ("
										  : ", ",
						 quoted(column->name), key.descending() ? " DESC" : "",
						 key.nulls_first() == key.descending() ? ""
						 : key.nulls_first()				   ? " NULLS FIRST"
															   : " NULLS LAST");
	}
	appendStringInfo(&tail, ")%s", predicate_tail(index));
	return tail.data;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable() || index.keys.size() < 2)
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		for (std::size_t i = 1; i < index.keys.size(); i++)
			if (is_repeated(index, i))
			{
				verdict.failed(index,
							   [&catalog, &index, i](Finding &finding)
							   {
								   const ColumnEntry *column = index.table->column(index.keys[i].column);
								   finding.message("%s is in it more than once: %s", quoted(column->name),
												   columns_text(index));
								   finding.evidence("column", column->name);
								   finding.evidence("bytes", catalog.bytes(index));
								   fix_replace(finding, index, distinct_tail(index));
							   },
							   {.weight = weight, .rank = weight});
				break;
			}
	}
}

CHECK(idx_duplicate_column){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Column repeated within an index",
	.rationale =
		"A column that an index holds already adds nothing to its order or its contents, only to its size. The same "
		"column with another operator class or collation is something else and no finding.",
	.reference = "https://www.postgresql.org/docs/current/sql-createindex.html",
	.judge = judge,
};

} // namespace dbeng
