#include "snapshot/store.hpp"

#include "core/options.hpp"
#include "core/text.hpp"

namespace dbeng {

Argument
bytes_argument(ByteSpan bytes)
{
	auto *value = static_cast<bytea *>(MemoryContextAllocHuge(CurrentMemoryContext, VARHDRSZ + bytes.size()));
	SET_VARSIZE(value, VARHDRSZ + bytes.size());
	memcpy(VARDATA(value), bytes.data(), bytes.size());
	return {BYTEAOID, PointerGetDatum(value), false};
}

ByteSpan
bytes_of(const Row &row, int column)
{
	const varlena *stored = row.bytes(column);
	if (stored == nullptr)
		return {};
	auto *plain = PG_DETOAST_DATUM_COPY(PointerGetDatum(stored));
	return {reinterpret_cast<const uint8 *>(VARDATA(plain)), VARSIZE_ANY_EXHDR(plain)};
}

static TimestampTz
rounded_down(TimestampTz at, int64 unit)
{
	int64 rest = at % unit;
	return at - (rest < 0 ? rest + unit : rest);
}

/* The server counts from midnight UTC of a day: hours and days are multiples. */
TimestampTz
hour_of(TimestampTz at)
{
	return rounded_down(at, USECS_PER_HOUR);
}

TimestampTz
day_of(TimestampTz at)
{
	return rounded_down(at, USECS_PER_DAY);
}

void
read_recent(int64 after, Vector<StoredSnapshot> &snapshots)
{
	Argument arguments[] = {Argument::bigint(after)};
	each_row("SELECT snapshot_id, taken_at, epoch, changes FROM dbeng.snapshot"
			 " WHERE snapshot_id > $1 AND changes IS NOT NULL ORDER BY snapshot_id",
			 arguments,
			 [&snapshots](const Row &row)
			 {
				 snapshots.push_back(
					 StoredSnapshot{row.integer(1), row.time(2), static_cast<int32>(row.integer(3)), bytes_of(row, 4)});
			 });
}

StoredSnapshot
last_snapshot()
{
	StoredSnapshot last = {};
	each_row("SELECT snapshot_id, taken_at, epoch FROM dbeng.snapshot ORDER BY snapshot_id DESC LIMIT 1",
			 [&last](const Row &row) {
				 last = {row.integer(1), row.time(2), static_cast<int32>(row.integer(3)), {}};
			 });
	return last;
}

static int64
system_number()
{
	return static_cast<int64>(GetSystemIdentifier());
}

Progress
read_progress()
{
	Progress progress = {};
	each_row("SELECT database, system, state_at, state_time, chunks_at, daily_until FROM dbeng.snapshot_progress",
			 [&progress](const Row &row)
			 {
				 progress = {true,
							 static_cast<Oid>(row.integer(1)) == MyDatabaseId && row.integer(2) == system_number(),
							 static_cast<Oid>(row.integer(1)),
							 row.integer(3),
							 row.time(4),
							 row.integer(5),
							 row.time(6)};
			 });
	return progress;
}

void
write_progress(const Progress &progress)
{
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(MyDatabaseId), false},
							Argument::bigint(system_number()),
							Argument::bigint(progress.state_at),
							{TIMESTAMPTZOID, TimestampTzGetDatum(progress.state_time), false},
							Argument::bigint(progress.chunks_at),
							{TIMESTAMPTZOID, TimestampTzGetDatum(progress.daily_until), false}};
	execute(
		"INSERT INTO dbeng.snapshot_progress (database, system, state_at, state_time, chunks_at, daily_until)"
		" VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (single) DO UPDATE SET database = $1, system = $2, state_at = $3, state_time = $4, chunks_at = $5,"
		" daily_until = $6",
		arguments);
}

void
StoredState::put(int32 series, const Values &values)
{
	auto number = static_cast<std::size_t>(series);
	if (number >= places_.size())
		places_.resize(number + 1, Place{0, 0});
	auto from = static_cast<uint32>(images_.size());
	put_image(images_, family_, values);
	places_[number] = {from, static_cast<uint32>(images_.size()) - from};
}

Values
StoredState::values(int32 series) const
{
	if (!has(series))
		return {};
	const Place &place = places_[static_cast<std::size_t>(series)];
	ByteReader from({images_.data() + place.from, place.length});
	return read_image(from, family_);
}

void
StoredState::read(int32 only)
{
	Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family_)), false},
							Argument::integer(only < 0 ? -1 : only / state_block)};
	MemoryContext rows = AllocSetContextCreate(CurrentMemoryContext, "dbeng state", ALLOCSET_DEFAULT_SIZES);
	each_row("SELECT block, data FROM dbeng.snapshot_state WHERE family = $1 AND ($2 < 0 OR block = $2) ORDER BY block",
			 arguments,
			 [this, rows](const Row &row)
			 {
				 MemoryContext caller = MemoryContextSwitchTo(rows);
				 int64 block = row.integer(1);
				 if (block < 0 || block >= most_series / state_block)
					 ByteReader::corrupted();
				 auto series = static_cast<int32>(block) * state_block;
				 ByteReader from(bytes_of(row, 2));
				 while (!from.done())
				 {
					 uint64 number = from.number();
					 if (number >= static_cast<uint64>(state_block) || series < 0 ||
						 series >= most_series - state_block)
						 ByteReader::corrupted();
					 series += static_cast<int32>(number);
					 put(series, read_image(from, family_));
				 }
				 MemoryContextSwitchTo(caller);
				 MemoryContextReset(rows);
			 });
	MemoryContextDelete(rows);
}

void
StoredState::apply(const Change &change)
{
	touched_.insert(change.series / state_block);
	if (change.gone)
	{
		if (has(change.series))
			places_[static_cast<std::size_t>(change.series)].length = 0;
		return;
	}
	Values values = this->values(change.series);
	change.apply(values);
	put(change.series, values);
}

void
StoredState::apply(std::span<const StoredSnapshot> snapshots)
{
	for (const StoredSnapshot &snapshot : snapshots)
	{
		ChangeReader *reader = static_cast<ChangeReader *>(palloc(sizeof(ChangeReader)));
		::new (static_cast<void *>(reader)) ChangeReader(family_, family_part(snapshot.changes, family_));
		while (reader->next())
			apply(reader->change());
		pfree(reader);
	}
}

void
StoredState::write()
{
	Local<Bytes> data;
	for (int32 block : touched_)
	{
		data->clear();
		int32 before = block * state_block;
		for (int32 series = block * state_block; series < (block + 1) * state_block; series++)
		{
			if (!has(series))
				continue;
			put_number(*data, static_cast<uint64>(series - before));
			before = series;
			const Place &place = places_[static_cast<std::size_t>(series)];
			put_bytes(*data, {images_.data() + place.from, place.length});
		}
		Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family_)), false},
								Argument::integer(block),
								bytes_argument({data->data(), data->size()})};
		execute("INSERT INTO dbeng.snapshot_state (family, block, data) VALUES ($1, $2, $3)"
				" ON CONFLICT (family, block) DO UPDATE SET data = $3",
				arguments);
		pfree(DatumGetPointer(arguments[2].value));
	}
	touched_.clear();
}

void
pin_surroundings()
{
	pin_setting("search_path", "pg_catalog, pg_temp");
	pin_setting("DateStyle", "ISO, YMD");
	pin_setting("TimeZone", "UTC");
	pin_setting("standard_conforming_strings", "on");
	pin_setting("default_tablespace", "");
	pin_setting("default_table_access_method", "heap");
}

Oid
tables_owner()
{
	Oid schema = get_namespace_oid("dbeng", false);
	Oid table = get_relname_relid("snapshot", schema);
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation \"dbeng.snapshot\" does not exist"),
				errdetail("It is a part of the extension dbeng."), errhint("ALTER EXTENSION dbeng UPDATE;"));
	Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

namespace {
struct Range
{
	TimestampTz from;
	TimestampTz to;
	char name[NAMEDATALEN];
};
} // namespace

/* The day (the month of the hourly sums) that a time lies in, and its partition's name. */
static Range
partition_range(const char *table, TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fraction;
	if (timestamp2tm(at, nullptr, &tm, &fraction, nullptr, nullptr) != 0)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"),
				errdetail("The server's clock says %s.", timestamptz_to_str(at)), errhint("Set the server's clock."));
	Range range = {};
	auto midnight = [](int year, int month, int day)
	{ return static_cast<TimestampTz>(date2j(year, month, day) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY; };
	if (strcmp(table, "snapshot_hour") == 0)
	{
		range.from = midnight(tm.tm_year, tm.tm_mon, 1);
		range.to = tm.tm_mon == 12 ? midnight(tm.tm_year + 1, 1, 1) : midnight(tm.tm_year, tm.tm_mon + 1, 1);
		snprintf(range.name, sizeof(range.name), "%s_%04d%02d", table, tm.tm_year, tm.tm_mon);
	}
	else
	{
		range.from = midnight(tm.tm_year, tm.tm_mon, tm.tm_mday);
		range.to = range.from + USECS_PER_DAY;
		snprintf(range.name, sizeof(range.name), "%s_%04d%02d%02d", table, tm.tm_year, tm.tm_mon, tm.tm_mday);
	}
	return range;
}

static const char *
utc(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fraction;
	if (timestamp2tm(at, nullptr, &tm, &fraction, nullptr, nullptr) != 0)
		return "";
	return format("%04d-%02d-%02d %02d:%02d:%02d+00", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
				  tm.tm_sec);
}

void
ensure_partition(const char *table, TimestampTz at)
{
	Oid schema = get_namespace_oid("dbeng", false);
	Range range = partition_range(table, at);
	if (OidIsValid(get_relname_relid(range.name, schema)))
		return;
	const char *key = strcmp(table, "snapshot") == 0 ? "snapshot_id, taken_at" : "family, block, period, part";
	execute(format("CREATE TABLE dbeng.%s (LIKE dbeng.%s INCLUDING ALL)", range.name, table));
	execute(format("ALTER TABLE dbeng.%s ADD PRIMARY KEY (%s)", range.name, key));
	execute(format("ALTER TABLE dbeng.%s ATTACH PARTITION dbeng.%s FOR VALUES FROM ('%s') TO ('%s')", table, range.name,
				   utc(range.from), utc(range.to)));
	execute(
		format("COMMENT ON TABLE dbeng.%s IS '%s'", range.name, "snapshots of dbeng; dropped when retention is over"));
}

TimestampTz
oldest_partition(const char *table)
{
	Relation parent = table_open(get_relname_relid(table, get_namespace_oid("dbeng", false)), AccessShareLock);
	PartitionDesc partitions = RelationGetPartitionDesc(parent, true);
	TimestampTz oldest = DT_NOEND;
	if (partitions->nparts > 0 && partitions->boundinfo->ndatums > 0)
		oldest = partitions->boundinfo->kind[0][0] == PARTITION_RANGE_DATUM_VALUE
					 ? DatumGetTimestampTz(partitions->boundinfo->datums[0][0])
					 : DT_NOBEGIN;
	table_close(parent, AccessShareLock);
	return oldest;
}

int
drop_partitions(const char *table, TimestampTz before)
{
	Local<Vector<const char *>> expired;
	/* Partitions know their range; a name is only a name. */
	Argument arguments[] = {Argument::text(format("dbeng.%s", table)), Argument::time(before)};
	each_row("SELECT relname FROM (SELECT c.relname,"
			 "   substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \\('(.*)'\\)$re$)::timestamptz AS until"
			 "   FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
			 "   WHERE i.inhparent = $1::regclass AND NOT i.inhdetachpending) p WHERE until <= $2 ORDER BY until",
			 arguments, [&expired](const Row &row) { expired->push_back(pstrdup(row.text(1))); });
	int dropped = 0;
	for (const char *name : *expired)
	{
		/* DROP TABLE needs the parent for itself, for a moment; who reads it now must not be made to wait. */
		int level = NewGUCNestLevel();
		pin_setting("lock_timeout", format("%dms", lock_timeout));
		const char *failure =
			guarded([](void *partition)
					{ execute(format("DROP TABLE dbeng.%s", quoted(static_cast<const char *>(partition)))); },
					const_cast<char *>(name));
		AtEOXact_GUC(true, level);
		/* The oldest first and none past one that stays: what a tier has of the past is without a hole. */
		if (failure != nullptr)
			break;
		dropped++;
	}
	return dropped;
}

} // namespace dbeng
