#include "index/definition.hpp"
#include "index/weight.hpp"

namespace dbeng {

static bool
is_container(const IndexKey &key)
{
	return key.input_type == ANYARRAYOID || key.input_type == JSONBOID;
}

/* " USING gin (tags)" for " USING btree (tags)". */
static const char *
inverted_tail(const IndexEntry &index)
{
	const IndexKey &key = index.keys[0];
	constexpr const char *begin = " USING btree (";
	if (index.keys.size() != 1 || key.column == 0 || !key.default_opclass || key.option != 0 ||
		index.options != nullptr)
		return nullptr;
	const char *tail = definition_tail(index);
	return tail == nullptr || strncmp(tail, begin, strlen(begin)) != 0 ? nullptr
																	   : format(" USING gin (%s", tail + strlen(begin));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.parent != nullptr || !index.usable() || index.method != BTREE_AM_OID)
			continue;
		double weight = index_weight(catalog, index);
		verdict.judged(weight);
		std::span<const IndexKey> keys = index.key();
		auto key = std::find_if(keys.begin(), keys.end(), is_container);
		/* As a whole it may be unique; and where it is scanned, it is compared as a whole. */
		if (key == keys.end() || index.unique || catalog.counters(index).scans > 0)
			continue;
		verdict.failed(index,
					   [&catalog, &index, key = &*key](Finding &finding)
					   {
						   finding.message(
							   "a btree compares %s as a whole: it cannot find what is inside (@>, &&%s), and no "
							   "scan has used it; GIN can",
							   key->input_type == JSONBOID ? "documents" : "arrays",
							   key->input_type == JSONBOID ? ", ?" : "");
						   finding.evidence("columns", columns_text(index));
						   finding.evidence("bytes", catalog.bytes(index));
						   fix_replace(finding, index, inverted_tail(index));
					   },
					   {.weight = weight, .rank = weight});
	}
}

CHECK(idx_btree_on_array){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Btree on an array or jsonb column",
	.rationale =
		"A btree serves = and ORDER BY of whole arrays and documents, which hardly anyone asks for; conditions on "
		"their elements and keys (@>, &&, ?) need a GIN index. Not judged where the btree is unique or was scanned.",
	.reference = "https://www.postgresql.org/docs/current/gin.html",
	.judge = judge,
};

} // namespace dbeng
