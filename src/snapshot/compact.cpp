#include "snapshot/compact.hpp"

#include "core/text.hpp"
#include "snapshot/settings.hpp"

namespace dbeng {

int snapshot_retention = 7 * 24 * 60;
int snapshot_5min_retention = 30 * 24 * 60;
int snapshot_hour_retention = 400 * 24 * 60;

static Argument
family_argument(Family family)
{
	return {INT2OID, Int16GetDatum(static_cast<int16>(family)), false};
}

static void
store_chunk(const char *table, Family family, int32 block, TimestampTz period, int64 part, ByteSpan data)
{
	Argument arguments[] = {family_argument(family),
							Argument::integer(block),
							{TIMESTAMPTZOID, TimestampTzGetDatum(period), false},
							Argument::bigint(part),
							bytes_argument(data)};
	execute(format("INSERT INTO dbeng.%s (family, block, period, part, data) VALUES ($1, $2, $3, $4, $5)", table),
			arguments);
	pfree(DatumGetPointer(arguments[4].value));
}

namespace {
/* One snapshot's changes of a family, read in step with the others' of its hour. */
struct Cursor
{
	ChangeReader reader;
	bool more;
};
} // namespace

/* Every snapshot has its series in rising order, so one pass over all of them at once yields series by series. */
static void
put_family(Family family, TimestampTz hour, std::span<const StoredSnapshot> snapshots)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "dbeng chunks", ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(context, "dbeng chunk", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	Local<Vector<Cursor>> cursors;
	cursors->reserve(snapshots.size());
	for (const StoredSnapshot &snapshot : snapshots)
	{
		cursors->push_back(Cursor{ChangeReader(family, family_part(snapshot.changes, family)), false});
		cursors->back().more = cursors->back().reader.next();
	}
	Local<ChunkWriter> chunk{family};
	int32 block = -1;
	auto flush = [&]
	{
		if (chunk->empty())
			return;
		MemoryContextSwitchTo(scratch);
		store_chunk("snapshot_minute", family, block, hour, snapshots[0].snapshot_id, chunk->bytes());
		MemoryContextSwitchTo(context);
		MemoryContextReset(scratch);
		chunk->clear();
	};
	for (;;)
	{
		int32 series = PG_INT32_MAX;
		for (const Cursor &cursor : *cursors)
			if (cursor.more)
				series = std::min(series, cursor.reader.change().series);
		if (series == PG_INT32_MAX)
			break;
		CHECK_FOR_INTERRUPTS();
		if (block_of(series) != block)
		{
			flush();
			block = block_of(series);
		}
		chunk->begin(series);
		for (std::size_t i = 0; i < cursors->size(); i++)
		{
			Cursor &cursor = (*cursors)[i];
			if (!cursor.more || cursor.reader.change().series != series)
				continue;
			chunk->add(static_cast<uint32>(i), cursor.reader.change().values, cursor.reader.change().fields);
			cursor.more = cursor.reader.next();
		}
		chunk->end();
	}
	flush();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static void
put_hour(TimestampTz hour, std::span<const StoredSnapshot> snapshots)
{
	ensure_partition("snapshot_minute", hour);
	Local<Bytes> times;
	TimestampTz before = hour;
	for (const StoredSnapshot &snapshot : snapshots)
	{
		put_signed(*times, snapshot.taken_at - before);
		before = snapshot.taken_at;
	}
	store_chunk("snapshot_minute", Family::clock, times_block, hour, snapshots[0].snapshot_id,
				{times->data(), times->size()});
	for (int i = 0; i < family_count; i++)
		put_family(static_cast<Family>(i), hour, snapshots);
}

/* Moves dbeng.snapshot_state on to the last snapshot that is in chunks; its changes are not needed any more then. */
static void
move_state(Progress &progress)
{
	Argument range[] = {Argument::bigint(progress.state_at), Argument::bigint(progress.chunks_at)};
	Local<Vector<StoredSnapshot>> snapshots;
	each_row("SELECT snapshot_id, taken_at, epoch, changes FROM dbeng.snapshot"
			 " WHERE snapshot_id > $1 AND snapshot_id <= $2 AND changes IS NOT NULL ORDER BY snapshot_id",
			 range,
			 [&snapshots](const Row &row)
			 {
				 snapshots->push_back(
					 StoredSnapshot{row.integer(1), row.time(2), static_cast<int32>(row.integer(3)), bytes_of(row, 4)});
			 });
	if (!snapshots->empty())
	{
		for (int i = 0; i < family_count; i++)
		{
			auto family = static_cast<Family>(i);
			if (family == Family::clock || family == Family::wait)
				continue;
			Local<StoredState> state{family};
			state->read();
			state->apply({snapshots->data(), snapshots->size()});
			state->write();
		}
		progress.state_at = snapshots->back().snapshot_id;
		progress.state_time = snapshots->back().taken_at;
	}
	Argument until[] = {Argument::bigint(std::min(progress.state_at, progress.chunks_at))};
	execute("UPDATE dbeng.snapshot SET changes = NULL WHERE snapshot_id <= $1 AND changes IS NOT NULL", until);
}

int
put_away(TimestampTz now)
{
	Progress progress = read_progress();
	if (!progress.known || !progress.here)
		return 0;
	MemoryContext caller = CurrentMemoryContext;
	TimestampTz quarter = now - now % (15 * USECS_PER_MINUTE);
	int put = 0;
	for (bool more = true; more;)
	{
		MemoryContext context = AllocSetContextCreate(caller, "dbeng put away", ALLOCSET_DEFAULT_SIZES);
		MemoryContextSwitchTo(context);
		Local<Vector<StoredSnapshot>> snapshots;
		TimestampTz hour = 0;
		bool same_hour = true;
		Argument arguments[] = {Argument::bigint(progress.chunks_at),
								{TIMESTAMPTZOID, TimestampTzGetDatum(quarter), false}};
		each_row("SELECT snapshot_id, taken_at, epoch, changes FROM dbeng.snapshot"
				 " WHERE snapshot_id > $1 AND changes IS NOT NULL"
				 "   AND snapshot_id <= (SELECT max(snapshot_id) FROM dbeng.snapshot WHERE taken_at < $2)"
				 " ORDER BY snapshot_id LIMIT 240",
				 arguments,
				 [&](const Row &row)
				 {
					 TimestampTz at = row.time(2);
					 if (snapshots->empty())
						 hour = hour_of(at);
					 same_hour = same_hour && hour_of(at) == hour;
					 if (same_hour)
						 snapshots->push_back(
							 StoredSnapshot{row.integer(1), at, static_cast<int32>(row.integer(3)), bytes_of(row, 4)});
				 });
		more = !snapshots->empty();
		if (more)
		{
			put_hour(hour, {snapshots->data(), snapshots->size()});
			progress.chunks_at = snapshots->back().snapshot_id;
			put++;
		}
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
	}
	/* The state is written whole blocks at a time: once an hour is enough. */
	bool state_due = hour_of(progress.state_time) < hour_of(now) && progress.chunks_at > progress.state_at;
	if (state_due)
		move_state(progress);
	if (put > 0 || state_due)
	{
		write_progress(progress);
		see_own_changes();
	}
	return put;
}

namespace {
/* The slots of a day of one series. */
struct SlotSums
{
	Values values;
	uint32 fields;
};
} // namespace

void
decode_times(ByteSpan bytes, TimestampTz hour, Vector<TimestampTz> &times)
{
	ByteReader from(bytes);
	TimestampTz at = hour;
	while (!from.done())
	{
		at = plus(at, from.signed_number());
		times.push_back(at);
	}
}

/* A day of eight series: what the hours' chunks say, slot by slot. */
static void
store_day(const char *table, Family family, int32 block, TimestampTz day, int64 slot, std::span<SlotSums> sums)
{
	auto slots = static_cast<std::size_t>(USECS_PER_DAY / slot);
	Local<ChunkWriter> chunk{family};
	for (int32 i = 0; i < block_series; i++)
	{
		chunk->begin(block * block_series + i);
		for (std::size_t at = 0; at < slots; at++)
		{
			const SlotSums &sum = sums[static_cast<std::size_t>(i) * slots + at];
			if (sum.fields != 0)
				chunk->add(static_cast<uint32>(at), sum.values, sum.fields);
		}
		chunk->end();
	}
	if (!chunk->empty())
		store_chunk(table, family, block, day, 0, chunk->bytes());
}

namespace {
struct HourTimes
{
	TimestampTz hour;
	int64 part;
	std::span<const TimestampTz> times;
};
} // namespace

static void
sum_up_day(TimestampTz day)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "dbeng day", ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(context, "dbeng day's block", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	ensure_partition("snapshot_5min", day);
	ensure_partition("snapshot_hour", day);
	Argument range[] = {{TIMESTAMPTZOID, TimestampTzGetDatum(day), false},
						{TIMESTAMPTZOID, TimestampTzGetDatum(day + USECS_PER_DAY), false}};

	Local<Vector<HourTimes>> hours;
	each_row("SELECT period, part, data FROM dbeng.snapshot_minute"
			 " WHERE family = 0 AND block = -1 AND period >= $1 AND period < $2",
			 range,
			 [&hours](const Row &row)
			 {
				 Local<Vector<TimestampTz>> times;
				 decode_times(bytes_of(row, 3), row.time(1), *times);
				 hours->push_back(HourTimes{row.time(1), row.integer(2), {times->data(), times->size()}});
			 });

	constexpr auto slots = static_cast<std::size_t>(USECS_PER_DAY / slot_5min);
	constexpr std::size_t hour_slots = 24;
	auto *fine = static_cast<SlotSums *>(palloc0(sizeof(SlotSums) * block_series * slots));
	auto *coarse = static_cast<SlotSums *>(palloc0(sizeof(SlotSums) * block_series * hour_slots));
	bool any = false;
	auto flush = [&](Family family, int32 block)
	{
		if (!any)
			return;
		MemoryContext before = MemoryContextSwitchTo(scratch);
		store_day("snapshot_5min", family, block, day, slot_5min, {fine, block_series * slots});
		store_day("snapshot_hour", family, block, day, USECS_PER_HOUR, {coarse, block_series * hour_slots});
		memset(static_cast<void *>(fine), 0, sizeof(SlotSums) * block_series * slots);
		memset(static_cast<void *>(coarse), 0, sizeof(SlotSums) * block_series * hour_slots);
		MemoryContextSwitchTo(before);
		MemoryContextReset(scratch);
		any = false;
	};
	for (int i = 0; i < family_count; i++)
	{
		auto family = static_cast<Family>(i);
		int fields = field_count(family);
		int32 block = -1;
		Argument arguments[] = {family_argument(family), range[0], range[1]};
		each_row_batched(
			"SELECT block, period, part, data FROM dbeng.snapshot_minute"
			" WHERE family = $1 AND block >= 0 AND period >= $2 AND period < $3 ORDER BY block, period, part",
			arguments,
			[&](const Row &row)
			{
				if (static_cast<int32>(row.integer(1)) != block)
				{
					flush(family, block);
					block = static_cast<int32>(row.integer(1));
				}
				TimestampTz period = row.time(2);
				int64 part = row.integer(3);
				auto times =
					std::find_if(hours->begin(), hours->end(),
								 [&](const HourTimes &entry) { return entry.hour == period && entry.part == part; });
				if (times == hours->end())
					return;
				MemoryContext before = MemoryContextSwitchTo(scratch);
				Local<ChunkReader> chunk{family, block, bytes_of(row, 4)};
				while (chunk->next())
				{
					const ChunkSeries &series = chunk->series();
					auto number = static_cast<std::size_t>(series.series % block_series);
					chunk->each_point(
						[&](uint32 point, const Values &values)
						{
							if (point >= times->times.size())
								ByteReader::corrupted();
							int64 offset = std::clamp<int64>(times->times[point] - day, 0, USECS_PER_DAY - 1);
							SlotSums &small = fine[number * slots + static_cast<std::size_t>(offset / slot_5min)];
							SlotSums &large =
								coarse[number * hour_slots + static_cast<std::size_t>(offset / USECS_PER_HOUR)];
							for (int f = 0; f < fields; f++)
							{
								small.values[f] = plus(small.values[f], values[f]);
								large.values[f] = plus(large.values[f], values[f]);
							}
							small.fields |= series.fields;
							large.fields |= series.fields;
						});
				}
				any = true;
				MemoryContextSwitchTo(before);
				MemoryContextReset(scratch);
			});
		flush(family, block);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

int
sum_up_days(TimestampTz now)
{
	Progress progress = read_progress();
	if (!progress.known || !progress.here)
		return 0;
	int days = 0;
	while (progress.daily_until + USECS_PER_DAY <= day_of(now))
	{
		/* Not while an hour of it is still to be put away. */
		TimestampTz end = progress.daily_until + USECS_PER_DAY;
		bool pending = false;
		Argument arguments[] = {{TIMESTAMPTZOID, TimestampTzGetDatum(end), false}};
		each_row(
			"SELECT EXISTS (SELECT FROM dbeng.snapshot, dbeng.snapshot_progress WHERE taken_at < $1 AND snapshot_id > chunks_at)",
			arguments, [&pending](const Row &row) { pending = row.flag(1); });
		if (pending)
			break;
		/* A long time without snapshots has no days to sum up. */
		TimestampTz next = end;
		each_row("SELECT min(taken_at) FROM dbeng.snapshot WHERE taken_at >= $1", arguments,
				 [&next](const Row &row) { next = std::max(next, day_of(row.time(1))); });
		sum_up_day(progress.daily_until);
		days++;
		progress.daily_until = std::min(next, day_of(now));
		write_progress(progress);
		see_own_changes();
	}
	return days;
}

void
forget_old_names(TimestampTz now)
{
	auto before = [now](int minutes) { return now - static_cast<int64>(minutes) * USECS_PER_MINUTE; };
	/* What was dropped longer ago than anything that is kept has no history any more. */
	Argument oldest[] = {
		Argument::time(std::min(before(snapshot_hour_retention), before(snapshot_retention)) - 31 * USECS_PER_DAY)};
	execute("DELETE FROM dbeng.series WHERE family <> 3 AND valid_to < $1", oldest);
	execute("DELETE FROM dbeng.setting_value WHERE valid_to < $1", oldest);
	/*
	 * Statements come and go by the thousand where constants are no parameters:
	 * those that left pg_stat_statements are known as long as the five-minute
	 * sums. The one with the last number stays, lest its number be given again.
	 */
	Argument statements[] = {Argument::time(std::min(before(snapshot_5min_retention), before(snapshot_retention)))};
	execute("DELETE FROM dbeng.series WHERE family = 3 AND valid_to < $1"
			" AND series_id < (SELECT max(series_id) FROM dbeng.series WHERE family = 3)",
			statements);
	execute("DELETE FROM dbeng.statement_text t"
			" WHERE NOT EXISTS (SELECT FROM dbeng.series s WHERE s.family = 3 AND s.key = t.queryid)");
}

int
drop_old_snapshots(TimestampTz now)
{
	auto before = [now](int minutes) { return now - static_cast<int64>(minutes) * USECS_PER_MINUTE; };
	/* What is not summed up yet stays, however old. */
	Progress progress = read_progress();
	TimestampTz detail =
		progress.known ? std::min(before(snapshot_retention), progress.daily_until) : before(snapshot_retention);
	return drop_partitions("snapshot", detail) + drop_partitions("snapshot_minute", detail) +
		   drop_partitions("snapshot_5min", before(snapshot_5min_retention)) +
		   drop_partitions("snapshot_hour", before(snapshot_hour_retention));
}

} // namespace dbeng
