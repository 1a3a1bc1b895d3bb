/*
 * history.hpp: what the stored snapshots say of a stretch of time.
 *
 * A snapshot belongs to (from, to] by the time it was taken; what it holds
 * happened since the one before. Where the snapshots themselves are gone, the
 * five-minute sums serve, and where those are gone, the hourly ones: a slot
 * counts at its end.
 */
#pragma once

#include "core/text.hpp"
#include "snapshot/compact.hpp"

namespace dbeng {

struct HistoryPoint
{
	TimestampTz at;
	int64 elapsed; /* microseconds observed since the point before */
};

class History
{
  public:
	/* Raises where from and to are no range, or no snapshot lies in it unless none is needed. */
	History(TimestampTz from, TimestampTz to, bool needed = true);

	TimestampTz from() const { return from_; }
	TimestampTz to() const { return to_; }

	/* Every point there is, in order of time. */
	void points(Vector<HistoryPoint> &points) const;

	/*
	 * Calls point(series, at, values) for each change of a family's series (of
	 * one block only unless block is negative), and sum(series, values) instead
	 * for an hour that lies in the range whole. Within a series by time.
	 */
	template <class Point, class Sum>
	void visit(Family family, int32 block, Point point, Sum sum) const
	{
		slots("snapshot_hour", USECS_PER_HOUR, family, block, from_, std::min(to_, fine_from_), point);
		slots("snapshot_5min", slot_5min, family, block, std::max(from_, fine_from_), std::min(to_, detail_from_),
			  point);
		minutes(family, block, point, sum);
		for (const StoredSnapshot &snapshot : recent_)
		{
			Local<ChangeReader> changes{family, family_part(snapshot.changes, family)};
			while (changes->next())
				if (block < 0 || block_of(changes->change().series) == block)
					point(changes->change().series, snapshot.taken_at, changes->change().values);
		}
	}

  private:
	struct Hour
	{
		TimestampTz hour;
		int64 part;
		std::span<const TimestampTz> times;
		bool whole;
	};

	const Hour *hour(TimestampTz period, int64 part) const;
	/* Rows of a table of chunks, in the order of blocks and periods. */
	template <class Visit>
	static void chunks(const char *table, Family family, int32 block, TimestampTz from, TimestampTz to, Visit visit)
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng chunk", ALLOCSET_DEFAULT_SIZES);
		Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false},
								{TIMESTAMPTZOID, TimestampTzGetDatum(from), false},
								{TIMESTAMPTZOID, TimestampTzGetDatum(to), false},
								Argument::integer(block)};
		each_row_batched(format("SELECT block, period, part, data FROM dbeng.%s WHERE family = $1 AND block %s"
								" AND period >= $2 AND period < $3 ORDER BY block, period, part",
								table, block < 0 ? ">= 0 AND $4 < 0" : "= $4"),
						 arguments,
						 [&](const Row &row)
						 {
							 MemoryContext caller = MemoryContextSwitchTo(context);
							 Local<ChunkReader> chunk{family, static_cast<int32>(row.integer(1)), bytes_of(row, 4)};
							 visit(*chunk, row.time(2), row.integer(3));
							 MemoryContextSwitchTo(caller);
							 MemoryContextReset(context);
						 });
		MemoryContextDelete(context);
	}
	template <class Point>
	void slots(const char *table, int64 slot, Family family, int32 block, TimestampTz from, TimestampTz to,
			   Point point) const
	{
		if (from >= to)
			return;
		chunks(table, family, block, day_of(from), to,
			   [&](ChunkReader &chunk, TimestampTz day, int64)
			   {
				   while (chunk.next())
					   chunk.each_point(
						   [&](uint32 number, const Values &values)
						   {
							   TimestampTz at = day + (number + 1) * slot;
							   if (at > from && at <= to)
								   point(chunk.series().series, at, values);
						   });
			   });
	}
	template <class Point, class Sum>
	void minutes(Family family, int32 block, Point point, Sum sum) const
	{
		if (hours_.empty())
			return;
		chunks("snapshot_minute", family, block, hours_.front().hour, hours_.back().hour + 1,
			   [&](ChunkReader &chunk, TimestampTz period, int64 part)
			   {
				   const Hour *known = hour(period, part);
				   if (known == nullptr)
					   return;
				   while (chunk.next())
				   {
					   int32 series = chunk.series().series;
					   if (known->whole)
					   {
						   if (sum(series, chunk.series().sums))
							   continue;
					   }
					   chunk.each_point(
						   [&](uint32 number, const Values &values)
						   {
							   if (number >= known->times.size())
								   ByteReader::corrupted();
							   TimestampTz at = known->times[number];
							   if (at > from_ && at <= to_)
								   point(series, at, values);
						   });
				   }
			   });
	}

	TimestampTz from_;
	TimestampTz to_;
	TimestampTz detail_from_; /* before it there are sums only */
	TimestampTz fine_from_;	  /* before it there are hourly sums only */
	std::span<const Hour> hours_;
	std::span<const StoredSnapshot> recent_;
};

/* Sums by series. */
class SeriesSums
{
  public:
	void add(int32 series, const Values &values)
	{
		if (series < 0 || series >= most_series)
			ByteReader::corrupted();
		auto number = static_cast<std::size_t>(series);
		if (number >= places_.size())
			places_.resize(number + 1, -1);
		if (places_[number] < 0)
		{
			places_[number] = static_cast<int32>(sums_.size());
			sums_.push_back(values);
			return;
		}
		Values &sum = sums_[static_cast<std::size_t>(places_[number])];
		for (int i = 0; i < most_fields; i++)
			sum[i] = plus(sum[i], values[i]);
	}
	int32 end() const { return static_cast<int32>(places_.size()); }
	Values of(int32 series) const
	{
		auto number = static_cast<std::size_t>(series);
		return number < places_.size() && places_[number] >= 0 ? sums_[static_cast<std::size_t>(places_[number])]
															   : Values{};
	}

  private:
	Vector<int32> places_;
	Vector<Values> sums_;
};

/* What a family's series add up to in a range, or those of one block. */
void sum_up(const History &history, Family family, SeriesSums &sums, int32 block = -1);

/*
 * What the gauges of a family, or of one series of it, stand at at the end of
 * a range: what they stood at when the state was written, and what was added
 * since or has to be taken away.
 */
class GaugeValues
{
  public:
	GaugeValues(TimestampTz at, Family family, int32 only = -1);
	/* Of all series together. */
	int64 sum(int field) const
	{
		int64 all = 0;
		for (int32 series = 0; series < std::max(state_->end(), moved_->end()); series++)
			all = plus(all, of(series, field));
		return all;
	}
	int64 of(int32 series, int field) const
	{
		int64 moved = moved_->of(series)[field];
		int64 stood = state_->values(series)[field];
		return backwards_ ? minus(stood, moved) : plus(stood, moved);
	}

  private:
	Local<StoredState> state_;
	Local<SeriesSums> moved_;
	bool backwards_ = false;
};

/* The arguments from_at and to_at of a function. */
History history_arguments(FunctionCallInfo fcinfo, int from, int to);

} // namespace dbeng
