#include "planner/index_size.hpp"

#include "catalog/row_estimate.hpp"
#include "planner/btree_size.hpp"
#include "planner/hash_size.hpp"
#include "planner/index_sample.hpp"

namespace dbeng {

namespace {
/* One table of those the index would be on. */
struct Leaf
{
	const RelationEntry *table;
	double pages;
	double rows;
};
} // namespace

/* Rows by the size of the table now; guessed from their width, as the planner does, where nothing is known. */
static Leaf
leaf_of(const RelationEntry &table)
{
	int64 pages = table.standing == Standing::temporary
					  ? -1
					  : pages_on_disk(table.tablespace, table.file, static_cast<int64>(table.pages));
	if (pages < 0)
		pages = static_cast<int64>(table.pages);
	double rows =
		rows_by_size(static_cast<double>(table.tuples), static_cast<int64>(table.pages), table.counters, pages);
	if (rows < 0)
	{
		std::size_t width = MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData);
		for (const ColumnEntry &column : table.columns)
			width += static_cast<std::size_t>(column.length > 0 ? column.length
																: get_typavgwidth(column.type, column.typmod));
		rows = std::rint(static_cast<double>(pages) * (BLCKSZ - SizeOfPageHeaderData) / static_cast<double>(width));
	}
	return {&table, static_cast<double>(pages), rows};
}

template <class Visit>
static void
each_leaf(const RelationEntry &table, Visit visit)
{
	if (table.stores_rows())
		visit(leaf_of(table));
	else if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			each_leaf(*partition, visit);
}

/* Is column = constant, or column IS NULL, among the conditions? Then the index holds one value of it. */
static bool
is_fixed(const List *predicate, AttrNumber column)
{
	auto is_column = [column](const Node *node)
	{
		while (node != nullptr && IsA(node, RelabelType))
			node = reinterpret_cast<const Node *>(reinterpret_cast<const RelabelType *>(node)->arg);
		return node != nullptr && IsA(node, Var) && reinterpret_cast<const Var *>(node)->varattno == column;
	};
	ListCell *cell;
	foreach (cell, predicate)
	{
		auto *node = static_cast<const Node *>(lfirst(cell));
		if (is_column(node))
			return true; /* a boolean */
		if (IsA(node, BoolExpr))
		{
			auto *logic = reinterpret_cast<const BoolExpr *>(node);
			if (logic->boolop == NOT_EXPR && is_column(static_cast<const Node *>(linitial(logic->args))))
				return true;
		}
		if (IsA(node, NullTest))
		{
			auto *test = reinterpret_cast<const NullTest *>(node);
			if (test->nulltesttype == IS_NULL && is_column(reinterpret_cast<const Node *>(test->arg)))
				return true;
		}
		if (IsA(node, OpExpr))
		{
			auto *comparison = reinterpret_cast<const OpExpr *>(node);
			if (list_length(comparison->args) == 2 && get_oprrest(comparison->opno) == F_EQSEL &&
				is_column(static_cast<const Node *>(linitial(comparison->args))) &&
				IsA(lsecond(comparison->args), Const))
				return true;
		}
	}
	return false;
}

/* Does the predicate leave no NULLs of the column: IS NOT NULL, or any comparison of it? */
static bool
excludes_nulls(const List *predicate, AttrNumber column)
{
	ListCell *cell;
	foreach (cell, predicate)
	{
		auto *node = static_cast<const Node *>(lfirst(cell));
		if (IsA(node, NullTest))
		{
			auto *test = reinterpret_cast<const NullTest *>(node);
			auto *argument = reinterpret_cast<const Node *>(test->arg);
			if (test->nulltesttype == IS_NOT_NULL && IsA(argument, Var) &&
				reinterpret_cast<const Var *>(argument)->varattno == column)
				return true;
		}
		if (IsA(node, OpExpr) && op_strict(reinterpret_cast<const OpExpr *>(node)->opno))
		{
			ListCell *argument;
			foreach (argument, reinterpret_cast<const OpExpr *>(node)->args)
				if (IsA(lfirst(argument), Var) && static_cast<const Var *>(lfirst(argument))->varattno == column)
					return true;
		}
	}
	return false;
}

/* Of one key in the rows of a leaf. */
static KeyShape
key_shape(const ImaginedIndex &index, const ImaginedKey &key, const Leaf &leaf)
{
	KeyShape shape;
	if (key.column > 0)
	{
		const ColumnEntry *column = index.table->column(key.column);
		const RelationEntry *table = index.table;
		double rows = leaf.rows;
		/* A partition has its own columns and, when analysed, statistics. */
		if (leaf.table != table)
		{
			const ColumnEntry *own = leaf.table->column(column->name);
			if (own != nullptr && own->statistics != nullptr)
			{
				column = own;
				table = leaf.table;
			}
			else if (column->statistics != nullptr)
			{
				rows = 0;
				each_leaf(*index.table, [&rows](const Leaf &one) { rows += one.rows; });
			}
		}
		shape = column_shape(*table, *column, rows);
		if (is_fixed(index.predicate, key.column))
		{
			auto *one = static_cast<ValueClass *>(palloc(sizeof(ValueClass)));
			*one = {1, 1};
			shape.classes = {one, 1};
			shape.null_fraction = 0;
			shape.unique = false;
		}
		else if (shape.null_fraction > 0 && excludes_nulls(index.predicate, key.column))
		{
			auto *classes = static_cast<ValueClass *>(palloc(shape.classes.size_bytes() + 1));
			std::transform(shape.classes.begin(), shape.classes.end(), classes,
						   [&shape](const ValueClass &one) {
							   return ValueClass{one.values, one.share / (1 - shape.null_fraction)};
						   });
			shape.classes = {classes, shape.classes.size()};
			shape.null_fraction = 0;
		}
		return shape;
	}
	shape = unknown_shape(key.type, exprTypmod(key.expression), leaf.rows);
	const KeySample *sample = sample_key(index, key);
	if (sample == nullptr)
		return shape;
	shape.null_fraction = sample->null_fraction;
	/* Where all are NULL, none has a size. */
	if (!sample->sizes.empty())
		shape.sizes = sample->sizes;
	shape.classes = sample->classes;
	shape.unique = sample->unique;
	return shape;
}

/* Do the keys contain all columns of a unique key? */
static bool
contain_unique_key(const ImaginedIndex &index)
{
	auto is_key = [&index](AttrNumber column)
	{
		auto keys = index.keys.first(index.key_columns);
		return column > 0 &&
			   std::any_of(keys.begin(), keys.end(), [column](const ImaginedKey &key) { return key.column == column; });
	};
	for (const IndexEntry *unique : index.table->indexes)
		if (unique->unique && unique->usable() && unique->predicate == nullptr &&
			std::all_of(unique->key().begin(), unique->key().end(),
						[&](const IndexKey &key) { return is_key(key.column); }))
			return true;
	return false;
}

/* May equal keys share a posting list: are they identical, too? */
static bool
are_images_equal(const ImaginedIndex &index)
{
	if (index.keys.size() != index.key_columns)
		return false;
	for (const ImaginedKey &key : index.keys)
	{
		Oid function = get_opfamily_proc(key.opfamily, key.input_type, key.input_type, BTEQUALIMAGE_PROC);
		if (!OidIsValid(function) ||
			!DatumGetBool(OidFunctionCall1Coll(function, key.collation, ObjectIdGetDatum(key.input_type))))
			return false;
	}
	return true;
}

/* How many combinations of the columns CREATE STATISTICS (ndistinct) counted; 0: nobody did. */
static double
counted_combinations(const ImaginedIndex &index)
{
	if (index.key_columns < 2)
		return 0;
	Bitmapset *wanted = nullptr;
	for (const ImaginedKey &key : index.keys.first(index.key_columns))
	{
		if (key.column <= 0)
			return 0;
		wanted = bms_add_member(wanted, key.column);
	}
	double found = 0;
	Relation catalog = table_open(StatisticExtRelationId, AccessShareLock);
	ScanKeyData scan_key;
	ScanKeyInit(&scan_key, Anum_pg_statistic_ext_stxrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(index.table->oid));
	SysScanDesc scan = systable_beginscan(catalog, StatisticExtRelidIndexId, true, nullptr, 1, &scan_key);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		Oid oid = reinterpret_cast<Form_pg_statistic_ext>(GETSTRUCT(tuple))->oid;
		bool of_tree = index.table->kind == RELKIND_PARTITIONED_TABLE;
		HeapTuple data = SearchSysCache2(STATEXTDATASTXOID, ObjectIdGetDatum(oid), BoolGetDatum(of_tree));
		if (!HeapTupleIsValid(data))
			continue;
		bool null;
		SysCacheGetAttr(STATEXTDATASTXOID, data, Anum_pg_statistic_ext_data_stxdndistinct, &null);
		ReleaseSysCache(data);
		if (null)
			continue;
		const MVNDistinct *counts = statext_ndistinct_load(oid, of_tree);
		for (uint32 i = 0; i < counts->nitems; i++)
		{
			const MVNDistinctItem &item = counts->items[i];
			bool same = item.nattributes == bms_num_members(wanted);
			for (int j = 0; same && j < item.nattributes; j++)
				same = item.attributes[j] > 0 && bms_is_member(item.attributes[j], wanted);
			if (same)
				found = item.ndistinct;
		}
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

static IndexSize
sized_btree(const ImaginedIndex &index, std::span<const KeyShape> keys, const Leaf &leaf, double share,
			const IndexOptions &options)
{
	BtreeKeys btree = {};
	btree.keys = keys;
	btree.key_columns = index.key_columns;
	btree.fillfactor = options.fillfactor > 0 ? options.fillfactor : BTREE_DEFAULT_FILLFACTOR;
	btree.unique = options.unique || contain_unique_key(index);
	for (const KeyShape &key : keys.first(index.key_columns))
		btree.unique = btree.unique || (key.unique && key.null_fraction == 0) || (key.unique && keys.size() == 1);
	btree.deduplicate = options.deduplicate && are_images_equal(index);
	if (!btree.unique && btree.deduplicate)
		btree.distinct = counted_combinations(index);
	return btree_size(btree, leaf.rows * share, share);
}

static IndexSize
sized_hash(const KeyShape &key, const Leaf &leaf, double share, const IndexOptions &options)
{
	int fillfactor = options.fillfactor > 0 ? options.fillfactor : HASH_DEFAULT_FILLFACTOR;
	/* Planned for all rows of the table, also those that are not indexed. */
	double rows = leaf.rows * share;
	HashBuckets buckets = hash_buckets(leaf.rows, rows, fillfactor);
	HashRows spread = {};
	for (const ValueClass &one : key.classes)
	{
		double group = std::max(rows * one.share, 1.0);
		double count = one.values * std::min(rows * one.share, 1.0);
		if (group <= hash_frequent)
		{
			spread.rows += group * count;
			spread.squares += group * group * count;
		}
	}
	double overflow = hash_overflow(spread, buckets);
	/* The frequent values come on top, each in its own bucket. */
	for (const ValueClass &one : key.classes)
	{
		double group = rows * one.share;
		if (group > hash_frequent)
			overflow +=
				one.values * std::max(std::ceil((group + spread.rows / buckets.used) / hash_page_items) - 1, 0.0);
	}
	return {rows * (1 - key.null_fraction), hash_pages(buckets, overflow), -1};
}

static bool
is_named(Oid opclass, const char *part)
{
	HeapTuple tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	if (!HeapTupleIsValid(tuple))
		return false;
	bool named = strstr(NameStr(reinterpret_cast<Form_pg_opclass>(GETSTRUCT(tuple))->opcname), part) != nullptr;
	ReleaseSysCache(tuple);
	return named;
}

/* Bytes that a summary of a range of pages takes, of one column. */
static double
summary_bytes(const ImaginedKey &key, const KeyShape &shape, int pages_per_range)
{
	double value = 0;
	for (int32 size : shape.sizes)
		value += size;
	value /= static_cast<double>(shape.sizes.size());
	if (is_named(key.opclass, "bloom"))
	{
		/* A tenth of the rows a range can have are taken for distinct, one in a hundred may be found in vain. */
		double distinct = std::max(MaxHeapTuplesPerPage * static_cast<double>(pages_per_range) * 0.1, 16.0);
		return std::ceil(-distinct * std::log(0.01) / (std::log(2.0) * std::log(2.0)) / 8) + 16;
	}
	if (is_named(key.opclass, "minmax_multi"))
		return 32 * value + 28;
	if (is_named(key.opclass, "inclusion"))
		return value + 2;
	return 2 * value;
}

static IndexSize
sized_brin(const ImaginedIndex &index, std::span<const KeyShape> keys, const Leaf &leaf, const IndexOptions &options)
{
	constexpr std::size_t map_items = (BLCKSZ - MAXALIGN(SizeOfPageHeaderData) - MAXALIGN(8)) / sizeof(ItemPointerData);
	constexpr double page_room = BLCKSZ - SizeOfPageHeaderData - MAXALIGN(8);
	double ranges = std::max(std::ceil(leaf.pages / options.pages_per_range), 1.0);
	double bytes = 8; /* the header */
	for (std::size_t i = 0; i < keys.size(); i++)
		bytes += summary_bytes(index.keys[i], keys[i], options.pages_per_range);
	double size = static_cast<double>(MAXALIGN(static_cast<std::size_t>(bytes))) + sizeof(ItemIdData);
	double pages = std::ceil(ranges / std::max(std::floor(page_room / size), 1.0));
	return {ranges, 1 + std::ceil(ranges / static_cast<double>(map_items)) + pages, -1};
}

static IndexSize
sized_leaf(const ImaginedIndex &index, const Leaf &leaf, double share, const IndexOptions &options)
{
	if (index.method == GIN_AM_OID)
		return gin_size(index, leaf.rows, share);
	if (index.method == GIST_AM_OID)
		return gist_size(index, leaf.rows, share, options.fillfactor);
	Local<SmallVector<KeyShape, 8>> shapes;
	for (const ImaginedKey &key : index.keys)
		shapes->push_back(key_shape(index, key, leaf));
	std::span<const KeyShape> keys = {shapes->data(), shapes->size()};
	if (index.method == BTREE_AM_OID)
		return sized_btree(index, keys, leaf, share, options);
	if (index.method == HASH_AM_OID)
		return sized_hash(keys[0], leaf, share, options);
	if (index.method == BRIN_AM_OID)
		return sized_brin(index, keys, leaf, options);
	/* SP-GiST and others: a tuple a row, pages two thirds full. */
	double tuple = tuple_sizes(keys).average + sizeof(ItemIdData) + 4;
	return {leaf.rows * share, std::ceil(leaf.rows * share * tuple / (0.66 * BLCKSZ)) + 3, -1};
}

IndexSize
estimate_index_size(const ImaginedIndex &index, double share, const IndexOptions &options)
{
	MemoryContext room = AllocSetContextCreate(CurrentMemoryContext, "dbeng index size", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(room);
	share = index.predicate == NIL ? 1 : std::clamp(share, 1e-9, 1.0);
	IndexSize sum = {0, 0, index.method == BTREE_AM_OID ? 0 : -1};
	each_leaf(*index.table,
			  [&](Leaf leaf)
			  {
				  CHECK_FOR_INTERRUPTS();
				  if (options.rows >= 0)
					  leaf.rows = options.rows;
				  IndexSize size = sized_leaf(index, leaf, share, options);
				  sum.tuples += size.tuples;
				  sum.pages += size.pages;
				  sum.tree_height = std::max(sum.tree_height, size.tree_height);
			  });
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(room);
	return sum;
}

} // namespace dbeng
