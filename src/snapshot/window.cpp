#include "snapshot/window.hpp"

#include "core/text.hpp"

namespace dbeng {

static Argument
family_argument(Family family)
{
	return {INT2OID, Int16GetDatum(static_cast<int16>(family)), false};
}

static Argument
array_argument(Vector<Datum> &values, Oid array, Oid element)
{
	auto length = static_cast<int>(values.size());
	return {array, PointerGetDatum(construct_array(values.data(), length, element, 4, true, TYPALIGN_INT)), false};
}

/* Calls visit(ChunkReader &, period) for a family's chunks of some blocks in a table, in no order. */
template <class Visit>
static void
each_chunk(const char *table, Family family, const FlatSet<int32> &blocks, TimestampTz from, TimestampTz to,
		   Visit visit)
{
	if (blocks.empty() || from >= to)
		return;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng chunk", ALLOCSET_DEFAULT_SIZES);
	Local<Vector<Datum>> numbers;
	for (int32 block : blocks)
		numbers->push_back(Int32GetDatum(block));
	Argument arguments[] = {family_argument(family), array_argument(*numbers, INT4ARRAYOID, INT4OID),
							Argument::time(from), Argument::time(to)};
	each_row_batched(format("SELECT block, period, data FROM dbeng.%s"
							" WHERE family = $1 AND block = ANY ($2) AND period >= $3 AND period < $4",
							table),
					 arguments,
					 [&](const Row &row)
					 {
						 MemoryContext caller = MemoryContextSwitchTo(context);
						 Local<ChunkReader> chunk{family, static_cast<int32>(row.integer(1)), bytes_of(row, 3)};
						 visit(*chunk, row.time(2));
						 MemoryContextSwitchTo(caller);
						 MemoryContextReset(context);
					 });
	MemoryContextDelete(context);
}

/* Calls visit(series, sums) for what the hourly sums of whole days say. */
template <class Visit>
static void
each_daily_sum(Family family, const FlatSet<int32> &blocks, TimestampTz from, TimestampTz to, Visit visit)
{
	each_chunk("snapshot_hour", family, blocks, from, to,
			   [&](ChunkReader &chunk, TimestampTz)
			   {
				   while (chunk.next())
					   visit(chunk.series().series, chunk.series().sums);
			   });
}

/* The same of what is not summed up yet. */
template <class Visit>
static void
each_late_sum(const Window &window, Family family, const FlatSet<int32> &blocks, TimestampTz from, Visit visit)
{
	each_chunk("snapshot_minute", family, blocks, std::max(from, window.progress.daily_until), DT_NOEND,
			   [&](ChunkReader &chunk, TimestampTz)
			   {
				   while (chunk.next())
					   visit(chunk.series().series, chunk.series().sums);
			   });
	for (const StoredSnapshot &snapshot : window.recent)
	{
		if (snapshot.taken_at < from)
			continue;
		Local<ChangeReader> changes{family, family_part(snapshot.changes, family)};
		while (changes->next())
			if (blocks.contains(block_of(changes->change().series)))
				visit(changes->change().series, changes->change().values);
	}
}

namespace {
/* What the clock says of a stretch, and whether the server stopped or its counters began anew in it. */
struct Clock
{
	TimestampTz end;
	int64 elapsed;
	int64 snapshots;
	bool broken;
};
} // namespace

static Clock &
clock_at(Vector<Clock> &clocks, TimestampTz end)
{
	auto at = std::lower_bound(clocks.begin(), clocks.end(), end,
							   [](const Clock &clock, TimestampTz wanted) { return clock.end < wanted; });
	if (at == clocks.end() || at->end != end)
		at = clocks.insert(at, Clock{end, 0, 0, false});
	return *at;
}

static bool
tells_break(Family family, int32 series, int32 database, const Values &values)
{
	if (family == Family::server)
		return values[server_field::server_started] != 0 || values[server_field::shared_reset] != 0 ||
			   values[server_field::timeline] != 0;
	return family == Family::database && series == database && values[database_field::reset_at] != 0;
}

static void
note_clock(Vector<Clock> &clocks, Family family, int32 series, int32 database, TimestampTz end, const Values &values)
{
	if (family == Family::clock)
	{
		Clock &clock = clock_at(clocks, end);
		clock.elapsed += values[clock_field::elapsed];
		clock.snapshots += values[clock_field::snapshots];
	}
	else if (tells_break(family, series, database, values))
		clock_at(clocks, end).broken = true;
}

static void
read_clocks(const Window &window, Vector<Clock> &clocks)
{
	for (Family family : {Family::clock, Family::server, Family::database})
	{
		Local<FlatSet<int32>> blocks;
		blocks->insert(family == Family::database ? block_of(window.database) : 0);
		each_chunk("snapshot_hour", family, *blocks, DT_NOBEGIN, window.progress.daily_until,
				   [&](ChunkReader &chunk, TimestampTz day)
				   {
					   while (chunk.next())
						   chunk.each_point(
							   [&](uint32 number, const Values &values) {
								   note_clock(clocks, family, chunk.series().series, window.database,
											  day + (number + 1) * USECS_PER_HOUR, values);
							   });
				   });
		each_chunk("snapshot_minute", family, *blocks, window.progress.daily_until, DT_NOEND,
				   [&](ChunkReader &chunk, TimestampTz hour)
				   {
					   while (chunk.next())
						   note_clock(clocks, family, chunk.series().series, window.database, hour + USECS_PER_HOUR,
									  chunk.series().sums);
				   });
		for (const StoredSnapshot &snapshot : window.recent)
		{
			Local<ChangeReader> changes{family, family_part(snapshot.changes, family)};
			while (changes->next())
				note_clock(clocks, family, changes->change().series, window.database, snapshot.taken_at,
						   changes->change().values);
		}
	}
}

/*
 * How much of a stretch the counters tell of. Where they broke off, what came
 * after the last snapshot before is lost: of regular snapshots that is one
 * interval; where one came late, it may be all.
 */
static int64
observed_of(const Clock &clock)
{
	if (!clock.broken)
		return clock.elapsed;
	if (clock.elapsed > USECS_PER_HOUR || clock.snapshots <= 0)
		return 0;
	return clock.elapsed - clock.elapsed / clock.snapshots;
}

int64
Window::observed(TimestampTz from) const
{
	int64 sum = from <= until ? tail : std::min(tail, std::max<int64>(now - from, 0));
	for (auto stretch = stretches.rbegin(); stretch != stretches.rend() && stretch->end > from; ++stretch)
		sum += std::min(stretch->observed, stretch->end - from);
	return std::min(sum, std::max<int64>(now - from, 0));
}

TimestampTz
Window::start(int64 observed) const
{
	TimestampTz from = now;
	int64 sum = tail;
	for (auto stretch = stretches.rbegin(); stretch != stretches.rend(); ++stretch)
	{
		if (sum >= observed)
			break;
		sum += stretch->observed;
		from = stretch->end - stretch->elapsed;
	}
	return day_of(from);
}

void
add(RelationUse &sum, const RelationUse &use)
{
	sum.scans += use.scans;
	sum.rows_read += use.rows_read;
	sum.rows_fetched += use.rows_fetched;
	sum.inserted += use.inserted;
	sum.updated += use.updated;
	sum.deleted += use.deleted;
	sum.blocks += use.blocks;
}

const Watched *
find_watched(const Vector<Watched> &watched, Oid relation)
{
	auto at = std::lower_bound(watched.begin(), watched.end(), relation,
							   [](const Watched &entry, Oid wanted) { return entry.oid < wanted; });
	return at != watched.end() && at->oid == relation ? &*at : nullptr;
}

void
Window::watch(std::span<const Oid> relations, Vector<Watched> &watched)
{
	watched.clear();
	for (Oid oid : relations)
		watched.push_back(Watched{oid, -1, 0, false, false});
	std::sort(watched.begin(), watched.end(), [](const Watched &a, const Watched &b) { return a.oid < b.oid; });
	watched.erase(
		std::unique(watched.begin(), watched.end(), [](const Watched &a, const Watched &b) { return a.oid == b.oid; }),
		watched.end());
	if (watched.empty())
		return;
	auto *found = watched.data();
	std::size_t count = watched.size();
	Local<Vector<Datum>> oids;
	for (const Watched &entry : watched)
		oids->push_back(ObjectIdGetDatum(entry.oid));
	Argument arguments[] = {family_argument(Family::relation), array_argument(*oids, OIDARRAYOID, OIDOID)};
	/* A name of before is of the same series: it begins with the first. */
	each_row_batched("SELECT object, series_id, valid_from, valid_to IS NULL FROM dbeng.series"
					 " WHERE family = $1 AND object = ANY ($2)",
					 arguments,
					 [&](const Row &row)
					 {
						 auto oid = static_cast<Oid>(row.integer(1));
						 Watched *at =
							 std::lower_bound(found, found + count, oid,
											  [](const Watched &entry, Oid wanted) { return entry.oid < wanted; });
						 auto series = static_cast<int32>(row.integer(2));
						 TimestampTz since = row.time(3);
						 /* An OID that was another's once. */
						 if (at->series >= 0 && at->series != series && !row.flag(4))
							 return;
						 if (at->series != series)
							 at->since = since;
						 at->series = series;
						 at->since = std::min(at->since, since);
					 });
}

namespace {
/* Where a series stands in a list; -1: nowhere. */
class Places
{
  public:
	void put(int32 series, std::size_t place)
	{
		auto number = static_cast<std::size_t>(series);
		if (number >= places_.size())
			places_.resize(number + 1, -1);
		places_[number] = static_cast<int32>(place);
	}
	int32 of(int32 series) const
	{
		auto number = static_cast<std::size_t>(series);
		return series >= 0 && number < places_.size() ? places_[number] : -1;
	}

  private:
	Vector<int32> places_;
};
} // namespace

void
Window::mark_used(Vector<Watched> &watched, TimestampTz from) const
{
	Local<Places> places;
	for (std::size_t i = 0; i < watched.size(); i++)
		if (watched[i].series >= 0)
			places->put(watched[i].series, i);
	auto blocks_left = [&](FlatSet<int32> &blocks)
	{
		Local<Vector<int32>> numbers;
		for (const Watched &entry : watched)
			if (entry.series >= 0 && !entry.scanned)
				numbers->push_back(block_of(entry.series));
		std::sort(numbers->begin(), numbers->end());
		numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
		blocks.clear();
		blocks.insert(boost::container::ordered_unique_range, numbers->begin(), numbers->end());
		return !blocks.empty();
	};
	auto mark = [&](int32 series, const Values &sums)
	{
		namespace f = relation_field;
		int32 place = places->of(series);
		if (place < 0)
			return;
		Watched &entry = watched[static_cast<std::size_t>(place)];
		entry.scanned = entry.scanned || sums[f::scans] != 0;
		entry.written = entry.written || sums[f::inserted] + sums[f::updated] + sums[f::deleted] != 0;
	};
	/* Most of what is used is used every day: it is out of the way when the rest is read. */
	Local<FlatSet<int32>> blocks;
	if (blocks_left(*blocks))
		each_late_sum(*this, Family::relation, *blocks, from, mark);
	TimestampTz end = progress.daily_until;
	for (int days : {1, 6, 400000})
	{
		if (end <= from || !blocks_left(*blocks))
			break;
		TimestampTz begin = std::max(from, end - days * USECS_PER_DAY);
		each_daily_sum(Family::relation, *blocks, begin, end, mark);
		end = begin;
	}
}

void
Window::remember(const Vector<Watched> &watched, TimestampTz from) const
{
	Arena arena(context);
	marked = arena.copy(watched);
	marked_from = from;
}

void
Window::add_up(const Vector<Watched> &watched, TimestampTz from, Vector<RelationUse> &uses) const
{
	Local<Places> places;
	Local<FlatSet<int32>> blocks;
	for (std::size_t i = 0; i < watched.size(); i++)
	{
		uses.push_back(RelationUse{});
		if (watched[i].series < 0)
			continue;
		places->put(watched[i].series, i);
		blocks->insert(block_of(watched[i].series));
	}
	auto add_sums = [&](int32 series, const Values &sums)
	{
		namespace f = relation_field;
		if (int32 place = places->of(series); place >= 0)
			add(uses[static_cast<std::size_t>(place)],
				{sums[f::scans], sums[f::rows_read], sums[f::rows_fetched], sums[f::inserted], sums[f::updated],
				 sums[f::deleted], sums[f::blocks_hit] + sums[f::blocks_read]});
	};
	each_late_sum(*this, Family::relation, *blocks, from, add_sums);
	each_daily_sum(Family::relation, *blocks, from, progress.daily_until, add_sums);
}

int64
Window::database_blocks(TimestampTz from) const
{
	int64 sum = 0;
	Local<FlatSet<int32>> blocks;
	blocks->insert(block_of(database));
	auto add_sums = [&](int32 series, const Values &sums)
	{
		if (series == database)
			sum += sums[database_field::blocks_hit] + sums[database_field::blocks_read];
	};
	each_late_sum(*this, Family::database, *blocks, from, add_sums);
	each_daily_sum(Family::database, *blocks, from, progress.daily_until, add_sums);
	return sum;
}

static void
read_window(const Catalog &catalog, Window &window)
{
	window.now = catalog.now;
	window.context = catalog.context;
	if (catalog.in_recovery)
		return;
	window.progress = read_progress();
	/* In a copy of another database they tell of that one. */
	if (!window.progress.known || !window.progress.here)
		return;
	TimestampTz last = last_snapshot().taken_at;
	Argument arguments[] = {family_argument(Family::database), {OIDOID, ObjectIdGetDatum(MyDatabaseId), false}};
	each_row("SELECT series_id FROM dbeng.series WHERE family = $1 AND object = $2 AND valid_to IS NULL", arguments,
			 [&window](const Row &row) { window.database = static_cast<int32>(row.integer(1)); });

	Local<Vector<StoredSnapshot>> recent;
	read_recent(window.progress.chunks_at, *recent);
	window.recent = {recent->data(), recent->size()};
	Local<Vector<Clock>> clocks;
	read_clocks(window, *clocks);
	Local<Vector<Window::Stretch>> stretches;
	for (const Clock &clock : *clocks)
		if (clock.snapshots > 0)
			stretches->push_back(Window::Stretch{std::min(clock.end, last), clock.elapsed, observed_of(clock)});
	window.stretches = {stretches->data(), stretches->size()};
	/* The first snapshot only says where counting begins. */
	if (stretches->empty())
		return;
	window.until = last;
	window.tail = std::max<int64>(window.now - std::max(last, catalog.counted_since), 0);
}

const Window &
window(const Catalog &catalog)
{
	if (catalog.window != nullptr)
		return *catalog.window;
	MemoryContext before = MemoryContextSwitchTo(catalog.context);
	auto *read = static_cast<Window *>(palloc0(sizeof(Window)));
	read_window(catalog, *read);
	catalog.window = read;
	MemoryContextSwitchTo(before);
	return *read;
}

static void
add_leaves(const RelationEntry &table, Vector<Oid> &leaves)
{
	if (table.stores_rows())
		leaves.push_back(table.oid);
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			add_leaves(*partition, leaves);
}

void
stored_use(const Catalog &catalog, std::span<const RelationEntry *const> tables, TimestampTz from,
		   Vector<RelationUse> &uses)
{
	Local<Vector<Oid>> leaves;
	for (const RelationEntry *table : tables)
		add_leaves(*table, *leaves);
	Local<Vector<Watched>> watched;
	Window::watch({leaves->data(), leaves->size()}, *watched);
	Local<Vector<RelationUse>> of_leaves;
	window(catalog).add_up(*watched, from, *of_leaves);
	for (const RelationEntry *table : tables)
	{
		leaves->clear();
		add_leaves(*table, *leaves);
		RelationUse sum = {};
		for (Oid leaf : *leaves)
			if (const Watched *at = find_watched(*watched, leaf))
				add(sum, (*of_leaves)[static_cast<std::size_t>(at - watched->data())]);
		uses.push_back(sum);
	}
}

RelationUse
stored_use(const Catalog &catalog, const RelationEntry &table, TimestampTz from)
{
	const RelationEntry *tables[] = {&table};
	Local<Vector<RelationUse>> uses;
	stored_use(catalog, tables, from, *uses);
	return (*uses)[0];
}

StoredUse::StoredUse(const Catalog &catalog, int64 needed)
	: window_(window(catalog)), needed_(needed), from_(window_.known() ? window_.start(needed) : catalog.now)
{}

void
StoredUse::add(const IndexEntry &index)
{
	if (!index.partitioned)
		asked_.push_back(index.oid);
	for (const IndexEntry *part = index.first_child; part != nullptr; part = part->next_sibling)
		add(*part);
}

void
StoredUse::add(const RelationEntry &table)
{
	if (table.stores_rows())
		asked_.push_back(table.oid);
	for (const IndexEntry *index : table.indexes)
		if (!index->partitioned)
			asked_.push_back(index->oid);
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			add(*partition);
}

void
StoredUse::ask()
{
	Local<Vector<Oid>> fresh;
	bool same = window_.marked_from == from_;
	Local<Vector<Watched>> known;
	if (same)
		known->assign(window_.marked.begin(), window_.marked.end());
	for (Oid oid : asked_)
		if (!same || find_watched(*known, oid) == nullptr)
			fresh->push_back(oid);
	Window::watch({fresh->data(), fresh->size()}, watched_);
	window_.mark_used(watched_, from_);
	watched_.insert(watched_.end(), known->begin(), known->end());
	std::sort(watched_.begin(), watched_.end(), [](const Watched &a, const Watched &b) { return a.oid < b.oid; });
	window_.remember(watched_, from_);
}

bool
StoredUse::scanned(const IndexEntry &index) const
{
	const Watched *own = find_watched(watched_, index.oid);
	if (own != nullptr && own->scanned)
		return true;
	for (const IndexEntry *part = index.first_child; part != nullptr; part = part->next_sibling)
		if (scanned(*part))
			return true;
	return false;
}

bool
StoredUse::marked(const RelationEntry &table, bool written_too) const
{
	const Watched *own = find_watched(watched_, table.oid);
	if (own != nullptr && (own->scanned || (written_too && own->written)))
		return true;
	for (const IndexEntry *index : table.indexes)
		if (const Watched *entry = find_watched(watched_, index->oid); entry != nullptr && entry->scanned)
			return true;
	return table.kind == RELKIND_PARTITIONED_TABLE &&
		   std::any_of(table.children.begin(), table.children.end(),
					   [this, written_too](const RelationEntry *partition) { return marked(*partition, written_too); });
}

bool
StoredUse::scanned(const RelationEntry &table) const
{
	return marked(table, false);
}

bool
StoredUse::used(const RelationEntry &table) const
{
	return marked(table, true);
}

TimestampTz
StoredUse::first_seen(Oid relation) const
{
	const Watched *watched = find_watched(watched_, relation);
	return watched == nullptr || watched->series < 0 ? DT_NOEND : watched->since;
}

/* What is partitioned is as old as its oldest part. */
TimestampTz
StoredUse::first_seen(const IndexEntry &index) const
{
	TimestampTz seen = first_seen(index.oid);
	for (const IndexEntry *part = index.first_child; part != nullptr; part = part->next_sibling)
		seen = std::min(seen, first_seen(*part));
	return seen;
}

TimestampTz
StoredUse::first_seen(const RelationEntry &table) const
{
	TimestampTz seen = first_seen(table.oid);
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			seen = std::min(seen, first_seen(*partition));
	return seen;
}

} // namespace dbeng
