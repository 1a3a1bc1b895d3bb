#include "bloat/index_estimate.hpp"

#include "bloat/space_maps.hpp"
#include "catalog/expression.hpp"
#include "core/text.hpp"
#include "planner/index_size.hpp"

namespace dbeng {

/* Up to so many pages nothing is to be gained, and the first page or two of each kind say nothing of its rows. */
static constexpr int64 pages_worth_a_look = 16;
static constexpr int64 least_pages = 2;
/* By how much a predicted build may be wrong, and a little more. */
static constexpr double prediction_error = 0.10;

static int
option_number(const IndexEntry &index, const char *name, int otherwise)
{
	const char *value = index.options == nullptr ? nullptr : array_setting(index.options, name);
	return value == nullptr ? otherwise : atoi(value);
}

static bool
deduplicates(const IndexEntry &index)
{
	const char *value = index.options == nullptr ? nullptr : array_setting(index.options, "deduplicate_items");
	bool on = true;
	return value == nullptr || !parse_bool(value, &on) || on;
}

/* Of what kinds and keys statistics alone predict the size: the others would be looked for in the table. */
static bool
is_predictable(const IndexEntry &index)
{
	if (index.method != BTREE_AM_OID && index.method != HASH_AM_OID && index.method != BRIN_AM_OID)
		return false;
	bool told_by_uniqueness = index.unique && index.key_columns == 1 && index.keys.size() == 1;
	for (const IndexKey &key : index.keys)
	{
		const ColumnEntry *column = index.table->column(key.column);
		if (column == nullptr)
			return false;
		bool all_alike = column->length > 0 && column->not_null;
		if (column->statistics == nullptr && !(all_alike && (told_by_uniqueness || index.method == BRIN_AM_OID)))
			return false;
	}
	return true;
}

/* As an index that does not exist; the size is that of building it. */
static double
predicted_pages(const IndexEntry &index, double rows, double share)
{
	auto *keys = static_cast<ImaginedKey *>(palloc0(index.keys.size() * sizeof(ImaginedKey)));
	for (std::size_t i = 0; i < index.keys.size(); i++)
	{
		const IndexKey &key = index.keys[i];
		keys[i].column = key.column;
		keys[i].type = index.table->column(key.column)->type;
		keys[i].opclass = key.opclass;
		keys[i].opfamily = key.opfamily;
		keys[i].input_type = key.input_type;
		keys[i].collation = key.collation;
		keys[i].option = key.option;
	}
	ImaginedIndex imagined = {};
	imagined.table = index.table;
	imagined.method = index.method;
	imagined.keys = {keys, index.keys.size()};
	imagined.key_columns = index.key_columns;
	imagined.predicate = make_ands_implicit(reinterpret_cast<Expr *>(expression_tree(index.predicate)));
	IndexOptions options;
	options.unique = index.unique;
	options.deduplicate = deduplicates(index);
	options.fillfactor = option_number(index, "fillfactor", 0);
	options.pages_per_range = option_number(index, "pages_per_range", options.pages_per_range);
	options.rows = rows;
	return estimate_index_size(imagined, share, options).pages;
}

/* Rows that are all in it and all as long need no sample of ANALYZE. */
static bool
is_exact(const IndexEntry &index)
{
	if (!index.unique || index.predicate != nullptr)
		return false;
	for (const IndexKey &key : index.keys)
		if (const ColumnEntry *column = index.table->column(key.column); column->length < 0 || !column->not_null)
			return false;
	return true;
}

/* Pages that VACUUM found empty and gave to the map. */
static double
deleted_pages(const IndexEntry &index, int64 pages)
{
	SpaceMaps maps = read_space_maps(
		{index.oid, index.tablespace, index.file, index.table->persistence == RELPERSISTENCE_PERMANENT, false}, pages);
	return maps.changed[space_steps - 1];
}

IndexBloat
estimate_index_bloat(const IndexEntry &index, int64 pages, int64 table_pages)
{
	IndexBloat bloat = {&index, std::max<int64>(pages, 0) * BLCKSZ, -1, nullptr, Confidence::none};
	if (pages >= 0 && pages <= least_pages)
	{
		bloat.bloat_bytes = 0;
		bloat.method = "statistics";
		bloat.confidence = Confidence::high;
		return bloat;
	}
	const RelationEntry &table = *index.table;
	double rows = live_rows(table, table_pages);
	if (pages < pages_worth_a_look || rows < 0 || !index.usable() || !is_predictable(index))
		return bloat;
	double share = 1;
	if (index.predicate != nullptr)
	{
		if (index.tuples < 0 || table.tuples <= 0)
			return bloat;
		share = std::min(static_cast<double>(index.tuples) / static_cast<double>(table.tuples), 1.0);
	}
	bool exact = is_exact(index);
	bloat.method = "statistics";
	bloat.confidence = analyzed_within(table, 0.1)			  ? exact ? Confidence::high : Confidence::medium
					   : exact && analyzed_within(table, 0.3) ? Confidence::medium
															  : Confidence::low;
	double all = static_cast<double>(pages);
	double less = std::floor(all - predicted_pages(index, rows, share));
	if (less < prediction_error * all)
		less = 0;
	if (index.method == BTREE_AM_OID)
	{
		double deleted = deleted_pages(index, pages);
		if (deleted > less && deleted > 0.01 * all)
		{
			less = deleted;
			bloat.method = "maps";
		}
	}
	bloat.bloat_bytes = static_cast<int64>(less) * BLCKSZ;
	return bloat;
}

} // namespace dbeng
