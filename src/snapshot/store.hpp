/*
 * store.hpp: snapshots in the tables.
 */
#pragma once

#include "core/query.hpp"
#include "snapshot/state.hpp"

namespace dbeng {

/* A row of dbeng.snapshot. */
struct StoredSnapshot
{
	int64 snapshot_id;
	TimestampTz taken_at;
	int32 epoch;
	ByteSpan changes;
};

/* Those after a snapshot whose changes are still with them, oldest first; in the current memory context. */
void read_recent(int64 after, Vector<StoredSnapshot> &snapshots);

/* The last one; its changes are not read. snapshot_id 0: there is none. */
StoredSnapshot last_snapshot();

struct Progress
{
	bool known;				 /* false: nothing was ever stored */
	bool here;				 /* the tables are this database's, no copy of another's */
	Oid database;			 /* whose they are */
	int64 state_at;			 /* dbeng.snapshot_state is as of this snapshot */
	TimestampTz state_time;	 /* when that was taken */
	int64 chunks_at;		 /* snapshots until this one are in dbeng.snapshot_minute */
	TimestampTz daily_until; /* days before are in dbeng.snapshot_5min and dbeng.snapshot_hour */
};
Progress read_progress();
/* Notes that the tables are this database's. */
void write_progress(const Progress &progress);

/* What every series of a family stood at: packed, by the series' number. */
class StoredState
{
  public:
	explicit StoredState(Family family) : family_(family) {}

	/* From dbeng.snapshot_state: all of it, or the block that one series is in. */
	void read(int32 only = -1);
	void apply(const Change &change);
	/* Every change of these. */
	void apply(std::span<const StoredSnapshot> snapshots);

	/* Numbers are below this. */
	int32 end() const { return static_cast<int32>(places_.size()); }
	bool has(int32 series) const
	{
		return series >= 0 && series < end() && places_[static_cast<std::size_t>(series)].length > 0;
	}
	Values values(int32 series) const;

	/* Writes the blocks of dbeng.snapshot_state in which something was applied. */
	void write();

  private:
	struct Place
	{
		uint32 from;
		uint32 length; /* 0: no such series */
	};
	void put(int32 series, const Values &values);

	Family family_;
	Vector<Place> places_;
	Bytes images_;
	FlatSet<int32> touched_;
};

/* Series in a row of dbeng.snapshot_state. */
inline constexpr int state_block = 512;

/*
 * Partitions. A day (UTC) of dbeng.snapshot, snapshot_minute and snapshot_5min,
 * a month of dbeng.snapshot_hour. Made beside and attached, under a lock that
 * neither readers nor writers wait for.
 */
void ensure_partition(const char *table, TimestampTz at);

/* Where a table's oldest partition begins; DT_NOEND without partitions. */
TimestampTz oldest_partition(const char *table);

/* Drops the partitions that end before; one that is locked, and those after it, are left for the next time. Returns how many. */
int drop_partitions(const char *table, TimestampTz before);

TimestampTz hour_of(TimestampTz at);
TimestampTz day_of(TimestampTz at);

/* A bytea argument. */
Argument bytes_argument(ByteSpan bytes);
/* A bytea column; in the current memory context. NULL gives an empty span. */
ByteSpan bytes_of(const Row &row, int column);

Oid tables_owner();

/* For the caller's GUC nest level: times are read and written in one way, and partitions made like the tables they are of. */
void pin_surroundings();

/* Runs work as the owner of dbeng's tables; an error ends it too, with its transaction. */
template <class Work>
void
as_owner(Work work)
{
	Oid user;
	int context;
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(tables_owner(), context | SECURITY_LOCAL_USERID_CHANGE);
	work();
	SetUserIdAndSecContext(user, context);
}
} // namespace dbeng
