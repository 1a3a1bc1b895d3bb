#include "planner/key_shape.hpp"

namespace dbeng {

/* Below this a difference of some bytes a value is a page or two. */
static constexpr double rows_worth_a_look = 5000;

template <class T>
static std::span<const T>
single(T value)
{
	T *room = static_cast<T *>(palloc(sizeof(T)));
	*room = value;
	return {room, 1};
}

int32
stored_size(Datum value, int16 length, char storage)
{
	if (length > 0)
		return length;
	if (length == -2)
		return static_cast<int32>(strlen(DatumGetCString(value))) + 1;
	auto *stored = reinterpret_cast<varlena *>(DatumGetPointer(value));
	if (VARATT_IS_EXTERNAL(stored) || VARATT_IS_SHORT(stored))
		stored = PG_DETOAST_DATUM(value);
	auto size = static_cast<int32>(VARSIZE(stored));
	bool compressible = storage == TYPSTORAGE_EXTENDED || storage == TYPSTORAGE_MAIN;
	if (compressible && !VARATT_IS_COMPRESSED(stored) && static_cast<std::size_t>(size) > TOAST_INDEX_TARGET)
	{
		Datum smaller = toast_compress_datum(PointerGetDatum(stored), static_cast<char>(default_toast_compression));
		if (DatumGetPointer(smaller) != nullptr)
			size = static_cast<int32>(VARSIZE(DatumGetPointer(smaller)));
	}
	int32 payload = size - VARHDRSZ;
	if (storage != TYPSTORAGE_PLAIN && !VARATT_IS_COMPRESSED(stored) && payload + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
		return payload + VARHDRSZ_SHORT;
	return size;
}

std::span<const int32>
drawn_sizes(std::span<WeightedSize> sizes)
{
	std::sort(sizes.begin(), sizes.end(), [](const WeightedSize &a, const WeightedSize &b) { return a.size < b.size; });
	if (sizes.front().size == sizes.back().size)
		return single(sizes.front().size);
	double total = 0;
	for (const WeightedSize &size : sizes)
		total += size.weight;
	auto *drawn = static_cast<int32 *>(palloc(size_draws * sizeof(int32)));
	std::size_t at = 0;
	double sum = sizes[0].weight;
	for (int i = 0; i < size_draws; i++)
	{
		double wanted = (i + 0.5) / size_draws * total;
		while (sum < wanted && at + 1 < sizes.size())
			sum += sizes[++at].weight;
		drawn[i] = sizes[at].size;
	}
	return {drawn, static_cast<std::size_t>(size_draws)};
}

/* Sizes of the values that ANALYZE kept, weighted so that their average is the one it saw. */
static std::span<const int32>
kept_sizes(HeapTuple tuple, const KeyShape &shape, char storage, const ColumnStatistics &statistics)
{
	Local<SmallVector<WeightedSize, 256>> sizes;
	double common = 0;
	AttStatsSlot slot;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		for (int i = 0; i < slot.nvalues; i++)
		{
			double frequency = static_cast<double>(slot.numbers[i]);
			common += frequency;
			sizes->push_back({stored_size(slot.values[i], shape.length, storage), frequency});
		}
		free_attstatsslot(&slot);
	}
	double rest = std::max(1 - static_cast<double>(statistics.null_fraction) - common, 0.0);
	if (rest > 0 && get_attstatsslot(&slot, tuple, STATISTIC_KIND_HISTOGRAM, InvalidOid, ATTSTATSSLOT_VALUES))
	{
		for (int i = 0; i < slot.nvalues; i++)
			sizes->push_back({stored_size(slot.values[i], shape.length, storage), rest / slot.nvalues});
		free_attstatsslot(&slot);
	}
	if (sizes->empty())
		return single(statistics.width);
	double sum = 0;
	double squares = 0;
	double weight = 0;
	int32 largest = 0;
	for (const WeightedSize &size : *sizes)
	{
		sum += size.size * size.weight;
		squares += static_cast<double>(size.size) * size.size * size.weight;
		weight += size.weight;
		largest = std::max(largest, size.size);
	}
	double average = sum / weight;
	double variance = squares / weight - average * average;
	/* The fraction of the average is lost in pg_statistic. */
	double wanted = std::clamp(average, static_cast<double>(statistics.width), statistics.width + 0.99);
	/*
	 * The larger or the smaller ones count for more until the average is right; the sizes stay, for a byte more can be
	 * eight in an index. Long values are compressed in an index and mostly not in the table: there the average says
	 * nothing.
	 */
	if (largest <= VARATT_SHORT_MAX && variance > 0.1)
		for (WeightedSize &size : *sizes)
			size.weight *= std::max(1 + (wanted - average) / variance * (size.size - average), 0.0);
	return drawn_sizes({sizes->data(), sizes->size()});
}

KeyShape
unknown_shape(Oid type, int32 typmod, double rows)
{
	KeyShape shape = {};
	bool by_value;
	get_typlenbyvalalign(type, &shape.length, &by_value, &shape.align);
	shape.sizes = single(shape.length > 0 ? static_cast<int32>(shape.length) : get_typavgwidth(type, typmod));
	bool logical = getBaseType(type) == BOOLOID;
	double values = logical ? 2 : std::max(rows, 1.0);
	shape.classes = single(ValueClass{values, 1 / values});
	return shape;
}

/* A column of one unique index that must hold at once and is the only key of it. */
static bool
is_unique(const RelationEntry &table, const ColumnEntry &column)
{
	for (const IndexEntry *index : table.indexes)
		if (index->unique && index->usable() && index->key_columns == 1 && index->predicate == nullptr &&
			index->keys[0].column == column.number)
			return true;
	return false;
}

KeyShape
column_shape(const RelationEntry &table, const ColumnEntry &column, double rows)
{
	if (column.statistics == nullptr)
	{
		KeyShape shape = unknown_shape(column.type, column.typmod, rows);
		shape.unique = is_unique(table, column);
		return shape;
	}
	const ColumnStatistics &statistics = *column.statistics;
	KeyShape shape = {};
	shape.length = column.length;
	shape.align = column.align;
	shape.null_fraction = std::clamp(static_cast<double>(statistics.null_fraction), 0.0, 1.0);
	double values_share = 1 - shape.null_fraction;
	double distinct = static_cast<double>(statistics.distinct);
	shape.unique =
		distinct == -1 + static_cast<double>(statistics.null_fraction) || distinct <= -1 || is_unique(table, column);
	shape.ordered = std::abs(statistics.correlation) > 0.9F;
	if (distinct < 0)
		distinct *= -rows;
	if (distinct == 0 || shape.unique)
		distinct = rows * values_share;
	distinct = std::clamp(distinct, 1.0, std::max(rows * values_share, 1.0));
	shape.sizes = single(shape.length > 0 ? static_cast<int32>(shape.length) : statistics.width);
	shape.classes = single(ValueClass{distinct, values_share / distinct});

	bool sizes_differ = shape.length < 0;
	bool shares_differ = distinct * 2 < rows;
	if (rows < rows_worth_a_look || !(sizes_differ || shares_differ))
		return shape;
	HeapTuple tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table.oid), Int16GetDatum(column.number),
									  BoolGetDatum(table.kind == RELKIND_PARTITIONED_TABLE));
	if (!HeapTupleIsValid(tuple))
		return shape;
	if (sizes_differ)
		shape.sizes = kept_sizes(tuple, shape, column.storage, statistics);
	AttStatsSlot slot;
	if (shares_differ && get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_NUMBERS))
	{
		auto count = static_cast<std::size_t>(slot.nnumbers);
		auto *classes = static_cast<ValueClass *>(palloc((count + 1) * sizeof(ValueClass)));
		double common = 0;
		for (std::size_t i = 0; i < count; i++)
		{
			classes[i] = {1, static_cast<double>(slot.numbers[i])};
			common += classes[i].share;
		}
		double others = distinct - static_cast<double>(count);
		double rest = std::max(values_share - common, 0.0);
		if (others >= 1 && rest > 0)
			classes[count++] = {others, rest / others};
		shape.classes = {classes, count};
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return shape;
}

} // namespace dbeng
