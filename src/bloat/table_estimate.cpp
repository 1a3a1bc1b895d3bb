#include "bloat/table_estimate.hpp"

#include "bloat/space_maps.hpp"
#include "catalog/row_estimate.hpp"
#include "core/text.hpp"
#include "planner/key_shape.hpp"

namespace dbeng {

namespace {
/* Below so many pages the maps are not worth a look: the layout tells enough. */
constexpr int64 pages_worth_maps = 64;
constexpr double line_pointer = sizeof(ItemIdData);
constexpr double page_room = BLCKSZ - SizeOfPageHeaderData;
/* What a figure of each kind is wrong by at best: less than that is none. */
constexpr double statistics_error = 0.10;
constexpr double maps_error = 0.02;

/* A column's value in a row: how long, and how often it is there. */
struct ColumnShape
{
	std::span<const int32> sizes;
	double null_fraction;
	int16 length;
	char align;
};
} // namespace

const char *
confidence_name(Confidence confidence)
{
	static const char *const names[] = {"none", "low", "medium", "high"};
	return names[static_cast<int>(confidence)];
}

static bool
has_dropped_columns(const RelationEntry &table)
{
	return static_cast<std::size_t>(table.column_count) > table.columns.size();
}

/* Would a rewrite store rows in another form than they may have now? */
static bool
is_reshaped(const RelationEntry &table)
{
	return has_dropped_columns(table) || std::any_of(table.columns.begin(), table.columns.end(),
													 [](const ColumnEntry &column) { return column.has_missing; });
}

/* Evenly spread over 0 … 1 and, for another column, in another order. */
static double
spread(int draw, std::size_t column)
{
	static constexpr double steps[] = {0.6180339887, 0.7548776662, 0.5698402910, 0.8191725134, 0.6710436067};
	double at = (draw + 0.5) * steps[column % std::size(steps)] + static_cast<double>(column) * 0.137;
	return at - std::floor(at);
}

/* Values beyond 1 kB are not kept in pg_statistic: the rest of a row that is not toasted is about that large. */
static constexpr int32 long_value = 1536;
/* What is left in the row of a value that is. */
static constexpr int32 toast_pointer = VARHDRSZ_EXTERNAL + sizeof(varatt_external);

static std::span<const int32>
one_size(int32 size)
{
	auto *made = static_cast<int32 *>(palloc(sizeof(int32)));
	*made = size;
	return {made, 1};
}

/*
 * Sizes of a column's values in a row. pg_statistic has the average, of all
 * values as they are stored and without its fraction, and some values, none
 * of them long: what the average of these lacks tells how many are long, or
 * toasted.
 */
static std::span<const int32>
stored_sizes(const RelationEntry &table, const ColumnEntry &column, double rows, bool careful)
{
	if (column.length > 0)
		return one_size(column.length);
	double width = column.statistics->width + 0.5;
	std::span<const int32> kept;
	if (careful)
	{
		/* As they are: an index would compress some. */
		ColumnEntry plain = column;
		plain.storage = TYPSTORAGE_EXTERNAL;
		kept = column_shape(table, plain, rows).sizes;
	}
	double average = width;
	if (!kept.empty())
	{
		average = 0;
		for (int32 size : kept)
			average += size;
		average /= static_cast<double>(kept.size());
	}
	if (kept.size() == 1 && std::abs(average - width) <= 0.5)
		return kept;
	if (kept.size() > 1 && std::abs(average - width) <= 1)
		return kept;
	auto *made = static_cast<int32 *>(palloc(size_draws * sizeof(int32)));
	double other = width > average ? long_value : toast_pointer;
	auto others = static_cast<int>(std::lround((width - average) / (other - average) * size_draws));
	bool nearly = std::abs(width - average) < 0.05 * width;
	for (int i = 0; i < size_draws; i++)
	{
		if (kept.empty() || nearly || others < 0 || others >= size_draws)
			/* Nobody knows them apart, but some are a byte longer. */
			made[i] = column.statistics->width + i % 2;
		else
			made[i] =
				i < others ? static_cast<int32>(other) : kept[static_cast<std::size_t>(i) * kept.size() / size_draws];
	}
	if (nearly && kept.size() > 1)
		for (int i = 0; i < size_draws; i++)
			made[i] = std::max(
				static_cast<int32>(std::lround(kept[static_cast<std::size_t>(i) % kept.size()] * width / average)), 1);
	return {made, size_draws};
}

RowShape
row_shape(const RelationEntry &table, double rows, bool careful)
{
	Local<SmallVector<ColumnShape, 32>> columns;
	bool alike = true;
	bool nulls_differ = false;
	/* Rows as a rewrite makes them have a NULL where a column was dropped. */
	bool has_nulls = has_dropped_columns(table);
	for (const ColumnEntry &column : table.columns)
	{
		ColumnShape shape = {{}, 1, column.length, column.align};
		if (column.generated == 'v')
		{
			has_nulls = true;
			continue;
		}
		if (column.statistics != nullptr)
			shape.null_fraction = std::clamp(static_cast<double>(column.statistics->null_fraction), 0.0, 1.0);
		else if (column.not_null && column.length > 0)
			shape.null_fraction = 0;
		else
			return {};
		if (shape.null_fraction > 0.9999)
		{
			has_nulls = true;
			continue;
		}
		nulls_differ = nulls_differ || shape.null_fraction > 0;
		shape.sizes = stored_sizes(table, column, rows, careful);
		alike = alike && shape.sizes.size() == 1;
		columns->push_back(shape);
	}
	alike = alike && !nulls_differ;

	int draws = alike ? 1 : careful ? 256 : 32;
	double sum = 0;
	double squares = 0;
	int32 first = 0;
	for (int draw = 0; draw < draws; draw++)
	{
		std::size_t at = 0;
		bool nulls = has_nulls;
		for (std::size_t i = 0; i < columns->size(); i++)
		{
			const ColumnShape &column = (*columns)[i];
			if (column.null_fraction > 0 && spread(draw, i + columns->size()) < column.null_fraction)
			{
				nulls = true;
				continue;
			}
			std::size_t count = column.sizes.size();
			auto size = static_cast<std::size_t>(
				column.sizes[count == 1 ? 0 : static_cast<std::size_t>(spread(draw, i) * static_cast<double>(count))]);
			/* Values with a short header are not aligned. */
			if (column.length > 0 || (column.length == -1 && size > VARATT_SHORT_MAX))
				at = att_align_nominal(at, column.align);
			at += size;
		}
		std::size_t header = SizeofHeapTupleHeader + (nulls ? BITMAPLEN(table.column_count) : 0);
		double size = static_cast<double>(MAXALIGN(MAXALIGN(header) + at)) + line_pointer;
		sum += size;
		squares += size * size;
		if (draw == 0)
			first = static_cast<int32>(size);
		alike = alike || (draw > 0 && draw + 1 == draws && squares == static_cast<double>(draws) * first * first);
	}
	return {sum / draws, squares / draws, alike};
}

/* Free bytes that a page keeps for updates. */
static double
reserved(int fillfactor)
{
	return std::floor(BLCKSZ * (100.0 - fillfactor) / 100);
}

/* A page is left when the next row does not fit: half of what rows that are met at random have, less rounding. */
static double
left_over(const RowShape &shape)
{
	return shape.alike ? 0 : std::max(shape.square / (2 * shape.average) - MAXIMUM_ALIGNOF / 2.0, 0.0);
}

double
rows_per_page(const RowShape &shape, int fillfactor)
{
	double room = page_room - reserved(fillfactor);
	double rows;
	if (shape.alike)
		rows = std::floor(room / shape.average);
	else
		rows = (room - left_over(shape)) / shape.average;
	return std::clamp(rows, 1.0, static_cast<double>(MaxHeapTuplesPerPage));
}

int
table_fillfactor(const RelationEntry &table)
{
	const char *value = table.options == nullptr ? nullptr : array_setting(table.options, "fillfactor");
	return value == nullptr ? HEAP_DEFAULT_FILLFACTOR : std::clamp(atoi(value), HEAP_MIN_FILLFACTOR, 100);
}

static bool
was_counted(const Counters *counters)
{
	return counters != nullptr && (counters->last_vacuum != 0 || counters->last_analyze != 0);
}

double
live_rows(const RelationEntry &table, int64 pages)
{
	if (was_counted(table.counters))
		return static_cast<double>(table.counters->live);
	if (table.tuples < 0)
		return -1;
	/* Reset counters, a crash, a standby: as it was, and what is known to have come since. */
	double since = table.counters == nullptr ? 0 : static_cast<double>(table.counters->live);
	return std::max(rows_by_size(table.tuples, table.pages, nullptr, std::min<int64>(pages, table.pages)) + since, 0.0);
}

bool
analyzed_within(const RelationEntry &table, double share)
{
	const Counters *counters = table.counters;
	return counters != nullptr && counters->last_analyze != 0 &&
		   static_cast<double>(counters->modified_since_analyze) <=
			   50 + share * std::max(static_cast<double>(counters->live), 0.0);
}

static int64
bytes_of(double pages)
{
	return static_cast<int64>(std::llround(std::max(pages, 0.0) * BLCKSZ));
}

/* What a table of so many pages would give back, where that is more than the figure may be wrong by. */
static int64
given_back(int64 pages, double needed, double error)
{
	double less = std::floor(static_cast<double>(pages) - std::ceil(needed));
	return less >= 2 && less > error * static_cast<double>(pages) ? bytes_of(less) : 0;
}

static void
from_statistics(TableBloat &bloat, const RelationEntry &table, const RowShape &shape, int64 pages)
{
	if (bloat.rows < 0 || shape.average <= 0)
		return;
	double needed = bloat.rows / rows_per_page(shape, table_fillfactor(table));
	double room = static_cast<double>(pages) * page_room;
	bloat.method = "statistics";
	bloat.confidence = analyzed_within(table, 0.1) ? Confidence::medium : Confidence::low;
	bloat.bloat_bytes = given_back(pages, needed, statistics_error);
	bloat.dead_bytes = static_cast<int64>(std::min(bloat.dead_rows * shape.average, room));
	bloat.free_bytes =
		static_cast<int64>(std::max(room - bloat.rows * shape.average - static_cast<double>(bloat.dead_bytes), 0.0));
}

/*
 * Rows on a page with so much free space. VACUUM leaves the line pointers of
 * removed rows behind: where there is more free space than a page is filled to,
 * it was filled once and has the line pointers of then.
 */
static double
rows_on_page(double free, const RowShape &shape, double full, double reserve)
{
	double used = page_room - line_pointer - free;
	double rows = used / shape.average;
	/* Where rows differ, a page is full when the next one, likely a large one, did not fit. */
	if (rows >= full - 1 || (!shape.alike && used + shape.square / shape.average > page_room - reserve))
		return rows;
	return std::clamp((used - full * line_pointer) / (shape.average - line_pointer), used < 200 ? 0.0 : 1.0, full);
}

static bool
from_maps(TableBloat &bloat, const RowShape &known_shape, int fillfactor, bool reshaped, int64 pages,
		  const SpaceMaps &maps)
{
	double all = static_cast<double>(pages);
	/* Only VACUUM sees all of the free space and makes pages all-visible. */
	bool vacuumed = bloat.last_vacuum != 0 || maps.visible_pages > 0;
	bool described = maps.covered_pages >= 0.9 * all || maps.visible_pages >= 0.9 * all;
	if (maps.pages <= 0 || !vacuumed || !described)
		return false;

	double free = 0;
	for (int step = 0; step < space_steps; step++)
		free += (maps.visible[step] + maps.changed[step]) * free_of_step(step);
	RowShape shape = known_shape;
	if (shape.average <= 0)
	{
		double rows = bloat.rows + bloat.dead_rows;
		if (rows < 1)
			return false;
		shape.average = std::max((all * page_room - free) / rows, static_cast<double>(MAXALIGN(SizeofHeapTupleHeader)));
		shape.square = shape.average * shape.average;
		shape.alike = false;
	}
	double full = rows_per_page(shape, fillfactor);
	double seen = 0;
	double seen_changed = 0;
	for (int step = 0; step < space_steps; step++)
	{
		/* The last step has all that no row may be larger than: such pages are empty. */
		double rows = step == space_steps - 1 ? 0 : rows_on_page(free_of_step(step), shape, full, reserved(fillfactor));
		seen += maps.visible[step] * rows;
		seen_changed += maps.changed[step] * rows;
	}
	bloat.empty_pages = maps.visible[space_steps - 1] + maps.changed[space_steps - 1];
	double there = seen + seen_changed;
	double dead = std::min(bloat.dead_rows, seen_changed);
	double live = there - dead;
	double changed = all - maps.visible_pages;
	Confidence confidence = changed <= std::max(0.05 * all, 2.0)  ? Confidence::high
							: changed <= std::max(0.3 * all, 2.0) ? Confidence::medium
																  : Confidence::low;
	double counted = reshaped ? bloat.rows : std::max(bloat.rows, seen);
	if (confidence != Confidence::high && bloat.rows >= 0)
	{
		/* Space that was pruned since is not in the map, nor are dead rows counted off: the counters know better. */
		if (bloat.last_vacuum != 0)
		{
			confidence = counted <= 1.1 * there ? Confidence::medium : Confidence::low;
			live = counted;
			dead = std::min(dead, std::max(there - counted, 0.0));
		}
		else if (std::abs(counted - live) > 0.1 * std::max(counted, live))
			confidence = Confidence::low;
	}
	/* Rows from before a column was dropped are larger than a rewrite makes them, those from before one was added smaller. */
	if (reshaped && bloat.rows >= 0)
		live = counted;
	bloat.method = "maps";
	bloat.confidence = confidence;
	bloat.bloat_bytes = given_back(pages, live / full, maps_error + left_over(shape) / 2 / BLCKSZ);
	bloat.dead_bytes = static_cast<int64>(std::min(dead * shape.average, all * page_room));
	bloat.free_bytes = static_cast<int64>(
		std::max(free, all * (page_room - full * line_pointer) - (live + dead) * (shape.average - line_pointer)));
	bloat.free_bytes = std::min(bloat.free_bytes, bloat.bytes - bloat.dead_bytes);
	bloat.rows = live;
	return true;
}

/*
 * All that was ever counted are inserts, and these rows are there: nothing left
 * a hole, however uneven the rows are that lie side by side.
 */
static bool
only_grew(const RelationEntry &table)
{
	const Counters *counters = table.counters;
	return counters != nullptr && counters->deleted == 0 && counters->updated == 0 && counters->dead == 0 &&
		   !is_reshaped(table) &&
		   std::abs(counters->inserted - counters->live) <= std::max<int64>(counters->live / 100, 1);
}

/* What one page or none has cannot be less. */
static void
without_bloat(TableBloat &bloat)
{
	bloat.method = "statistics";
	bloat.confidence = Confidence::high;
	bloat.bloat_bytes = 0;
}

TableBloat
estimate_table(const RelationEntry &table, int64 pages)
{
	TableBloat bloat = {};
	bloat.table = &table;
	bloat.relation = table.oid;
	bloat.bytes = std::max<int64>(pages, 0) * BLCKSZ;
	bloat.bloat_bytes = bloat.free_bytes = bloat.dead_bytes = -1;
	bloat.rows = live_rows(table, pages);
	if (table.counters != nullptr)
	{
		bloat.dead_rows = static_cast<double>(std::max<int64>(table.counters->dead, 0));
		bloat.last_vacuum = table.counters->last_vacuum;
	}
	if (pages < 0 || table.method != HEAP_TABLE_AM_OID)
		return bloat;
	bool large = pages >= pages_worth_maps;
	RowShape shape = pages == 0 ? RowShape{} : row_shape(table, std::max(bloat.rows, 0.0), large);
	MappedFile file = {table.oid, table.tablespace, table.file, table.persistence == RELPERSISTENCE_PERMANENT, true};
	if (!large ||
		!from_maps(bloat, shape, table_fillfactor(table), is_reshaped(table), pages, read_space_maps(file, pages)))
		from_statistics(bloat, table, shape, pages);
	/* But pages that the server added in advance (16 and later) and nothing was written to yet. */
	if (bloat.method != nullptr && only_grew(table))
		bloat.bloat_bytes = bytes_of(bloat.empty_pages);
	if (pages <= 1)
		without_bloat(bloat);
	if (pages == 0)
		bloat.free_bytes = bloat.dead_bytes = 0;
	return bloat;
}

TableBloat
estimate_toast(const RelationEntry &table, int64 pages)
{
	TableBloat bloat = {};
	bloat.table = &table;
	bloat.relation = table.toast;
	bloat.toast = true;
	bloat.bytes = std::max<int64>(pages, 0) * BLCKSZ;
	bloat.bloat_bytes = bloat.free_bytes = bloat.dead_bytes = -1;
	bloat.rows = table.toast_tuples;
	if (pages < pages_worth_maps)
		return bloat;
	if (PgStat_StatTabEntry *stored = pgstat_fetch_stat_tabentry_ext(false, table.toast))
	{
		auto counters = pg::counters<Counters>(*stored);
		pfree(stored);
		bloat.dead_rows = static_cast<double>(std::max<int64>(counters.dead, 0));
		bloat.last_vacuum = counters.last_vacuum;
		if (counters.last_vacuum != 0)
			bloat.rows = static_cast<double>(counters.live);
	}
	(void) from_maps(bloat, {}, HEAP_DEFAULT_FILLFACTOR, false, pages,
					 read_space_maps({table.toast, table.tablespace, table.toast_file,
									  table.persistence == RELPERSISTENCE_PERMANENT, true},
									 pages));
	return bloat;
}

} // namespace dbeng
