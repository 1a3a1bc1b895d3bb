#include "snapshot/recorder.hpp"

#include "core/text.hpp"
#include "snapshot/observe.hpp"
#include "snapshot/relations.hpp"
#include "snapshot/settings_history.hpp"
#include "snapshot/store.hpp"
#include "snapshot/waits.hpp"

namespace dbeng {

namespace {
/* A relation that is no more, and how large it was. */
struct Dropped
{
	int32 series;
	int64 bytes;
};

struct Recorder
{
	MemoryContext context;
	bool complete;		  /* false: an error came in between, nothing in it counts */
	int64 snapshot_id;	  /* of the last one; 0: none yet */
	TimestampTz taken_at; /* of the last one */
	int32 epoch;
	bool copied; /* the tables are those of another database: restored from a dump, or a template's */
	Oid origin;	 /* the database they are of */
	int32 last_series[family_count];
	MemoryContext relations_context;
	StoredRelations *relations;
	MemoryContext look_context[family_count];
	Look *look[family_count]; /* NULL: never looked at */
	int64 seldom_hour;		  /* when the server's own relations were recorded last */
	Vector<Dropped> dropped;  /* since the last snapshot */
};

/* What a family's series are called in the tables. */
struct NewSeries
{
	Family family;
	int32 series;
	char kind;
	Oid object;
	int64 key;
	Oid table;
	const char *schema;
	const char *name;
};
} // namespace

static Recorder *recorder;
static TimestampTz texts_kept_at;
static bool texts_missing;

static Look *
new_look(Family family, MemoryContext parent, MemoryContext *context)
{
	*context = AllocSetContextCreate(parent, "dbeng look", ALLOCSET_DEFAULT_SIZES);
	return ::new (MemoryContextAlloc(*context, sizeof(Look))) Look(family, *context);
}

static StoredRelations *
new_relations(MemoryContext parent, MemoryContext *context)
{
	*context = AllocSetContextCreate(parent, "dbeng relations", ALLOCSET_DEFAULT_SIZES);
	return ::new (MemoryContextAlloc(*context, sizeof(StoredRelations))) StoredRelations(*context);
}

static Key
key_of_series(Family family, Oid object, int64 key, char kind)
{
	if (family == Family::statement)
		return key_of_statement(key, object, kind == 't');
	if (family == Family::relation || family == Family::size || family == Family::database)
		return key_of(object);
	return {static_cast<uint64>(key), 0};
}

/* The key of a relation that is no more, in a copy: no OID of this database. */
static Key
key_of_lost(int32 series)
{
	return {static_cast<uint64>(series), 1};
}

/*
 * Numbers the relations by dbeng.series: by OID, or in a copy of another
 * database's tables, where OIDs mean nothing, by kind and name. names keeps
 * those that are not there, or not by that name; missing gets what is there and
 * was dropped.
 */
static void
number_relations(Recorder &state, Vector<RelationName> &names, Vector<Known> &missing)
{
	struct Numbered
	{
		uint64 key;
		int32 series;
		uint64 name;
		bool found;
	};
	Local<Vector<Numbered>> numbered;
	each_row(
		"SELECT series_id, object, kind, schema_name, name FROM dbeng.series WHERE family = 1 AND valid_to IS NULL",
		[&](const Row &row)
		{
			uint64 name = relation_name_hash(row.text(3)[0], row.text(4), row.text(5));
			uint64 key = state.copied ? name : static_cast<uint64>(row.integer(2));
			numbered->push_back(Numbered{key, static_cast<int32>(row.integer(1)), name, false});
		});
	std::sort(numbered->begin(), numbered->end(), [](const Numbered &a, const Numbered &b) { return a.key < b.key; });
	auto find = [&](const StoredRelation &relation) -> Numbered *
	{
		uint64 key = state.copied ? relation.name : relation.oid;
		auto at = std::lower_bound(numbered->begin(), numbered->end(), key,
								   [](const Numbered &entry, uint64 wanted) { return entry.key < wanted; });
		return at != numbered->end() && at->key == key ? &*at : nullptr;
	};
	auto known = std::remove_if(names.begin(), names.end(),
								[&](const RelationName &name)
								{
									StoredRelation *relation = state.relations->find(name.oid);
									Numbered *entry = find(*relation);
									if (entry == nullptr || entry->found)
										return false;
									entry->found = true;
									relation->series = entry->series;
									return entry->name == relation->name && !state.copied;
								});
	names.erase(known, names.end());
	for (const Numbered &entry : *numbered)
		if (!entry.found)
			missing.push_back(Known{state.copied ? key_of_lost(entry.series) : Key{entry.key, 0}, entry.series, 0, 0});
}

/* What the last snapshot saw, from the tables. */
static void
load(Recorder &state, const StoredSnapshot &last, Vector<RelationName> &names)
{
	Progress progress = read_progress();
	state.snapshot_id = last.snapshot_id;
	state.taken_at = last.taken_at;
	state.epoch = last.epoch;
	if (last.snapshot_id == 0 && progress.known)
	{
		/* All its snapshots were so old that they are gone. What they stood at is here, and numbers go on. */
		state.snapshot_id = std::max(progress.state_at, progress.chunks_at);
		state.taken_at = progress.state_time;
	}
	state.origin = progress.database;
	state.copied = progress.known && !progress.here;
	StoredRelations::changed();
	state.relations = new_relations(state.context, &state.relations_context);
	state.relations->read(nullptr, names);
	each_row("SELECT family, max(series_id) FROM dbeng.series GROUP BY family",
			 [&state](const Row &row)
			 {
				 if (int64 family = row.integer(1); family >= 0 && family < family_count)
					 state.last_series[family] = static_cast<int32>(row.integer(2));
			 });
	Local<Vector<Known>> missing;
	number_relations(state, names, *missing);
	if (!progress.known)
		return;
	for (const Known &known : *missing)
		state.dropped.push_back(Dropped{known.series, 0});

	Local<Vector<StoredSnapshot>> recent;
	read_recent(progress.state_at, *recent);
	for (int i = 0; i < family_count; i++)
	{
		auto family = static_cast<Family>(i);
		/* By name a copy's databases are found, see note_databases(). */
		if (family == Family::clock || family == Family::wait || (family == Family::database && state.copied))
			continue;
		Local<StoredState> stored{family};
		stored->read();
		stored->apply({recent->data(), recent->size()});
		if (stored->end() == 0)
			continue;
		Look *look = state.look[i] = new_look(family, state.context, &state.look_context[i]);
		if (family == Family::relation || family == Family::size)
		{
			for (StoredRelation &relation : state.relations->all())
			{
				if (relation.series <= 0 || !stored->has(relation.series))
					continue;
				Values values = stored->values(relation.series);
				if (family == Family::relation)
					look->add(key_of(relation.oid), values, relation.series);
				else
					relation.bytes = values[size_field::bytes];
			}
			if (family == Family::relation)
			{
				for (const Known &known : *missing)
					if (stored->has(known.series))
						look->add(known.key, stored->values(known.series), known.series);
			}
			else
				for (Dropped &dropped : state.dropped)
					dropped.bytes = stored->values(dropped.series)[size_field::bytes];
		}
		else if (family == Family::server || family == Family::activity)
			look->add(Key{}, stored->values(1), 1);
		else
		{
			Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(i)), false}};
			each_row("SELECT series_id, object, key, kind FROM dbeng.series WHERE family = $1 AND valid_to IS NULL",
					 arguments,
					 [&](const Row &row)
					 {
						 auto series = static_cast<int32>(row.integer(1));
						 if (stored->has(series))
							 look->add(key_of_series(family, static_cast<Oid>(row.integer(2)), row.integer(3),
													 row.text(4)[0]),
									   stored->values(series), series);
					 });
		}
		look->sort();
	}
}

/* The recorder as of the last snapshot in the tables, and whose names it has still to note. */
static Recorder &
as_of_last_snapshot(Vector<RelationName> &names)
{
	StoredSnapshot last = last_snapshot();
	if (recorder != nullptr && recorder->complete && recorder->snapshot_id == last.snapshot_id &&
		recorder->taken_at == last.taken_at && last.snapshot_id != 0)
	{
		/* An error from here on must not leave half of it behind. */
		recorder->complete = false;
		if (StoredRelations::changed())
		{
			MemoryContext context;
			StoredRelations *now = new_relations(recorder->context, &context);
			now->read(recorder->relations, names);
			for (const StoredRelation &relation : recorder->relations->all())
				if (relation.series > 0 && now->find(relation.oid) == nullptr)
					recorder->dropped.push_back(Dropped{relation.series, std::max<int64>(relation.bytes, 0)});
			MemoryContextDelete(recorder->relations_context);
			recorder->relations = now;
			recorder->relations_context = context;
		}
		return *recorder;
	}
	if (recorder != nullptr)
	{
		MemoryContextDelete(recorder->context);
		recorder = nullptr;
	}
	/* Believed only when it is complete: an error on the way leaves it to the transaction's end. */
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng recorder", ALLOCSET_DEFAULT_SIZES);
	auto *fresh = static_cast<Recorder *>(MemoryContextAllocZero(context, sizeof(Recorder)));
	::new (static_cast<void *>(&fresh->dropped)) Vector<Dropped>(ContextAllocator<Dropped>(context));
	fresh->context = context;
	fresh->seldom_hour = -1;
	load(*fresh, last, names);
	MemoryContextSetParent(context, TopMemoryContext);
	recorder = fresh;
	return *recorder;
}

/* Notes series in dbeng.series, a thousand at a time. */
static void
note_series(const Vector<NewSeries> &series, TimestampTz now)
{
	auto array = [](auto each, std::size_t from, std::size_t to, Oid type, int length, bool by_value, char align)
	{
		Local<Vector<Datum>> values;
		Local<Vector<char>> unused;
		auto count = static_cast<int>(to - from);
		auto *nulls = static_cast<bool *>(palloc0(static_cast<std::size_t>(count) * sizeof(bool)));
		for (std::size_t i = from; i < to; i++)
			values->push_back(each(i, nulls[i - from]));
		int lower = 1;
		return PointerGetDatum(
			construct_md_array(values->data(), nulls, 1, &count, &lower, type, length, by_value, align));
	};
	constexpr std::size_t batch = 1000;
	for (std::size_t from = 0; from < series.size(); from += batch)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng series", ALLOCSET_DEFAULT_SIZES);
		MemoryContext caller = MemoryContextSwitchTo(context);
		std::size_t to = std::min(series.size(), from + batch);
		Argument arguments[] = {
			{INT2ARRAYOID,
			 array([&](std::size_t i, bool &) { return Int16GetDatum(static_cast<int16>(series[i].family)); }, from, to,
				   INT2OID, 2, true, TYPALIGN_SHORT),
			 false},
			{INT4ARRAYOID,
			 array([&](std::size_t i, bool &) { return Int32GetDatum(series[i].series); }, from, to, INT4OID, 4, true,
				   TYPALIGN_INT),
			 false},
			{CHARARRAYOID,
			 array([&](std::size_t i, bool &) { return CharGetDatum(series[i].kind); }, from, to, CHAROID, 1, true,
				   TYPALIGN_CHAR),
			 false},
			{OIDARRAYOID,
			 array([&](std::size_t i, bool &) { return ObjectIdGetDatum(series[i].object); }, from, to, OIDOID, 4, true,
				   TYPALIGN_INT),
			 false},
			{INT8ARRAYOID,
			 array([&](std::size_t i, bool &) { return Int64GetDatum(series[i].key); }, from, to, INT8OID, 8,
				   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE),
			 false},
			{OIDARRAYOID,
			 array([&](std::size_t i, bool &) { return ObjectIdGetDatum(series[i].table); }, from, to, OIDOID, 4, true,
				   TYPALIGN_INT),
			 false},
			{TEXTARRAYOID,
			 array(
				 [&](std::size_t i, bool &null)
				 {
					 null = series[i].schema == nullptr;
					 return null ? Datum{0} : CStringGetTextDatum(series[i].schema);
				 },
				 from, to, TEXTOID, -1, false, TYPALIGN_INT),
			 false},
			{TEXTARRAYOID,
			 array([&](std::size_t i, bool &) { return CStringGetTextDatum(series[i].name); }, from, to, TEXTOID, -1,
				   false, TYPALIGN_INT),
			 false},
			{TIMESTAMPTZOID, TimestampTzGetDatum(now), false}};
		/* One that had another name or another object until now ends with it. */
		execute("UPDATE dbeng.series s SET valid_to = $9 FROM unnest($1, $2) n (family, series_id)"
				" WHERE s.family = n.family AND s.series_id = n.series_id AND s.valid_to IS NULL AND s.valid_from < $9",
				arguments);
		execute(
			"INSERT INTO dbeng.series (family, series_id, kind, object, key, table_object, schema_name, name, valid_from)"
			" SELECT f, s, k, o, q, t, n, m, $9 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) u (f, s, k, o, q, t, n, m)"
			" ON CONFLICT (family, series_id, valid_from) DO UPDATE SET object = excluded.object,"
			" table_object = excluded.table_object, schema_name = excluded.schema_name, name = excluded.name",
			arguments);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
	}
}

/* 1,2,3 */
static const char *
number_list(const Vector<int32> &numbers)
{
	StringInfoData list;
	initStringInfo(&list);
	for (int32 number : numbers)
		appendStringInfo(&list, "%s%d", list.len == 0 ? "" : ",", number);
	return list.data;
}

/* Those that are no more. */
static void
end_series(Family family, const Vector<int32> &series, TimestampTz now)
{
	if (series.empty())
		return;
	Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false}, Argument::time(now)};
	execute(format("UPDATE dbeng.series SET valid_to = $2 WHERE family = $1 AND valid_to IS NULL"
				   " AND series_id = ANY ('{%s}'::int[])",
				   number_list(series)),
			arguments);
}

/* Those that are back. */
static void
reopen_series(Family family, const Vector<int32> &series)
{
	if (series.empty())
		return;
	Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false}};
	execute(format("UPDATE dbeng.series SET valid_to = NULL WHERE family = $1 AND valid_to IS NOT NULL"
				   " AND series_id = ANY ('{%s}'::int[])",
				   number_list(series)),
			arguments);
}

static void
note_relations(Recorder &state, const Vector<RelationName> &names, Vector<NewSeries> &noted)
{
	for (const RelationName &name : names)
	{
		StoredRelation &relation = *state.relations->find(name.oid);
		if (relation.series < 0)
			relation.series = ++state.last_series[static_cast<int>(Family::relation)];
		noted.push_back(NewSeries{Family::relation, relation.series, relation.kind, relation.oid, 0, relation.table,
								  name.schema, name.name});
	}
}

/* Series that have a name of their own: by it, also after a time without. */
static void
note_named(Recorder &state, Look &look, const SeriesNames &names, Vector<NewSeries> &noted)
{
	auto family = static_cast<int>(look.family());
	for (Known &known : look.known())
	{
		if (known.series >= 0)
			continue;
		const char *name = "?";
		for (const SeriesName &entry : names)
			if (entry.key == known.key)
				name = entry.name;
		auto key = static_cast<int64>(known.key.a);
		Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false}, Argument::bigint(key)};
		each_row("SELECT series_id FROM dbeng.series WHERE family = $1 AND key = $2 AND object = 0", arguments,
				 [&known](const Row &row) { known.series = static_cast<int32>(row.integer(1)); });
		if (known.series >= 0)
			continue;
		known.series = ++state.last_series[family];
		noted.push_back(NewSeries{look.family(), known.series, 'n', InvalidOid, key, InvalidOid, nullptr, name});
	}
}

/* The database of a copy's tables goes on as this one, others go on by their names. 0: it is new. */
static int32
copied_database(const Recorder &state, Oid oid, const char *name)
{
	int32 series = 0;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(state.origin), false},
							Argument::text(oid == MyDatabaseId ? nullptr : name)};
	each_row("SELECT series_id FROM dbeng.series WHERE family = 4 AND valid_to IS NULL"
			 " AND CASE WHEN $2 IS NULL THEN object = $1 ELSE object <> $1 AND name = $2 END",
			 arguments, [&series](const Row &row) { series = static_cast<int32>(row.integer(1)); });
	return series;
}

static void
note_databases(Recorder &state, Look &look, Vector<NewSeries> &noted)
{
	for (Known &known : look.known())
	{
		if (known.series >= 0)
			continue;
		auto oid = static_cast<Oid>(known.key.a);
		const char *name = get_database_name(oid);
		if (name == nullptr)
		{
			known.series = 0;
			continue;
		}
		known.series = state.copied ? copied_database(state, oid, name) : 0;
		if (known.series == 0)
			known.series = ++state.last_series[static_cast<int>(Family::database)];
		noted.push_back(NewSeries{Family::database, known.series, 'd', oid, 0, InvalidOid, nullptr, name});
	}
}

/* Databases that are called otherwise now. */
static void
note_renamed_databases(Vector<NewSeries> &noted)
{
	each_row("SELECT s.series_id, d.oid, d.datname FROM dbeng.series s JOIN pg_database d ON d.oid = s.object"
			 " WHERE s.family = 4 AND s.valid_to IS NULL AND s.name <> d.datname",
			 [&noted](const Row &row)
			 {
				 noted.push_back(NewSeries{Family::database, static_cast<int32>(row.integer(1)), 'd',
										   static_cast<Oid>(row.integer(2)), 0, InvalidOid, nullptr,
										   pstrdup(row.text(3))});
			 });
}

/* Statements that were seen before, pushed out of pg_stat_statements and are back have their number still. */
static void
note_statements(Recorder &state, Look &look, std::size_t unknown, Vector<NewSeries> &noted)
{
	if (unknown == 0)
		return;
	struct Numbered
	{
		Key key;
		int32 series;
	};
	Local<Vector<Numbered>> numbered;
	auto add = [&numbered](const Row &row)
	{
		numbered->push_back(
			Numbered{key_of_statement(row.integer(2), static_cast<Oid>(row.integer(3)), row.text(4)[0] == 't'),
					 static_cast<int32>(row.integer(1))});
	};
	if (unknown > 100)
		each_row("SELECT series_id, key, object, kind FROM dbeng.series WHERE family = 3", add);
	else
		for (const Known &known : look.known())
			if (known.series < 0)
			{
				Argument arguments[] = {Argument::bigint(static_cast<int64>(known.key.a)),
										{OIDOID, ObjectIdGetDatum(static_cast<Oid>(known.key.b >> 1)), false}};
				each_row(
					"SELECT series_id, key, object, kind FROM dbeng.series WHERE family = 3 AND key = $1 AND object = $2",
					arguments, add);
			}
	std::sort(numbered->begin(), numbered->end(), [](const Numbered &a, const Numbered &b) { return a.key < b.key; });
	Local<Vector<int32>> back;
	for (Known &known : look.known())
	{
		if (known.series >= 0)
			continue;
		auto at = std::lower_bound(numbered->begin(), numbered->end(), known.key,
								   [](const Numbered &entry, Key wanted) { return entry.key < wanted; });
		if (at != numbered->end() && at->key == known.key)
		{
			known.series = at->series;
			back->push_back(at->series);
			continue;
		}
		known.series = ++state.last_series[static_cast<int>(Family::statement)];
		noted.push_back(NewSeries{Family::statement, known.series, (known.key.b & 1) != 0 ? 't' : 'n',
								  static_cast<Oid>(known.key.b >> 1), static_cast<int64>(known.key.a), InvalidOid,
								  nullptr, ""});
	}
	reopen_series(Family::statement, *back);
}

/* A look that took the place of the one before; the other's memory is freed. */
static void
keep_look(Recorder &state, Look *look, MemoryContext context)
{
	auto family = static_cast<int>(look->family());
	if (state.look[family] != nullptr)
		MemoryContextDelete(state.look_context[family]);
	state.look[family] = look;
	state.look_context[family] = context;
}

static Values
server_values(const ServerTotals &totals, int64 evicted, TimestampTz statements_reset)
{
	namespace f = server_field;
	Values values = {};
	values[f::wal_bytes] = totals.wal_bytes;
	values[f::wal_records] = totals.wal_records;
	values[f::wal_full_pages] = totals.wal_full_pages;
	values[f::buffers_alloc] = totals.buffers_alloc;
	values[f::buffers_clean] = totals.buffers_clean;
	values[f::maxwritten_clean] = totals.maxwritten_clean;
	values[f::checkpoints_timed] = totals.checkpoints_timed;
	values[f::checkpoints_requested] = totals.checkpoints_requested;
	values[f::checkpoint_write_ms] = totals.checkpoint_write_ms;
	values[f::checkpoint_sync_ms] = totals.checkpoint_sync_ms;
	values[f::buffers_checkpoint] = totals.buffers_checkpoint;
	values[f::buffers_backend] = totals.buffers_backend;
	values[f::wal_buffers_full] = totals.wal_buffers_full;
	values[f::archived] = totals.archived;
	values[f::archive_failures] = totals.archive_failures;
	values[f::statements_evicted] = evicted;
	values[f::server_started] = PgStartTime;
	values[f::timeline] = static_cast<int64>(GetWALInsertionTimeLine());
	values[f::clock_offset] = clock_offset() / (USECS_PER_SEC / 10);
	values[f::shared_reset] = std::max({totals.writer_reset, totals.wal_reset, totals.archiver_reset});
	values[f::statements_reset] = statements_reset;
	values[f::reloaded] = PgReloadTime;
	return values;
}

namespace {
/* What became new at a snapshot: a text for people, and what it means for counters. */
struct Discontinuity
{
	StringInfoData note;
	bool relations_from_zero;
	bool statements_from_zero;
	bool elsewhere; /* the counters until now were another server's or database's */
	int64 elapsed;	/* since the snapshot before, microseconds */

	void because(const char *reason) { appendStringInfo(&note, "%s%s", note.len == 0 ? "" : "; ", reason); }
};
} // namespace

/* Compares what tells restarts, resets and steps of the clock. */
static void
find_discontinuity(const Recorder &state, const Values &server, bool all_reset, const Look &databases, TimestampTz now,
				   Discontinuity &found)
{
	namespace f = server_field;
	initStringInfo(&found.note);
	found.elsewhere = state.copied;
	found.elapsed = state.snapshot_id == 0 || state.copied ? 0 : std::max<int64>(now - state.taken_at, 0);
	const Look *look = state.look[static_cast<int>(Family::server)];
	if (state.snapshot_id == 0 || look == nullptr || look->known().empty())
		return;
	if (state.copied)
		found.because("restored or copied from another database");
	Values was = look->values(look->known()[0]);
	bool restarted = server[f::server_started] != was[f::server_started];
	if (restarted && !state.copied)
		found.because("server started");
	if (server[f::timeline] != was[f::timeline] && !state.copied)
	{
		/* A standby counted for itself what was read there. */
		found.elsewhere = true;
		found.because("promoted");
	}
	bool shared_reset = server[f::shared_reset] != was[f::shared_reset];
	if (shared_reset && !found.elsewhere && all_reset)
	{
		found.relations_from_zero = true;
		found.because("statistics lost in a crash");
	}
	else if (shared_reset && !found.elsewhere)
		found.because("statistics of the server reset");
	if (server[f::statements_reset] != was[f::statements_reset] && was[f::statements_reset] != 0 && !found.elsewhere)
	{
		found.statements_from_zero = true;
		found.because("pg_stat_statements reset");
	}
	int64 stepped = server[f::clock_offset] - was[f::clock_offset];
	if (!restarted && std::abs(stepped) > 10)
	{
		found.because(format("clock set by %s s", number(static_cast<double>(stepped) / 10)));
		/* The clock since boot knows how long it was. */
		found.elapsed = std::max<int64>(now - state.taken_at - stepped * (USECS_PER_SEC / 10), 0);
	}
	/* All its relations' counters go when the database's own do: by pg_stat_reset() or by a crash. */
	const Look *before = state.look[static_cast<int>(Family::database)];
	const Known *own_before = before == nullptr ? nullptr : before->find(key_of(MyDatabaseId));
	const Known *own_now = databases.find(key_of(MyDatabaseId));
	if (own_before == nullptr || found.elsewhere || found.relations_from_zero)
		return;
	Values database_was = before->values(*own_before);
	Values database_now = own_now == nullptr ? Values{} : databases.values(*own_now);
	std::span<const Field> fields = fields_of(Family::database);
	bool fell = false;
	for (std::size_t i = 0; i < fields.size(); i++)
		fell = fell || (fields[i].kind == Kind::counter && database_now.field[i] < database_was.field[i]);
	if (fell)
	{
		found.relations_from_zero = true;
		found.because("statistics of the database reset");
	}
}

/* Sizes of what may have grown: what was written to, with its indexes and TOAST table, and what has another file. */
static void
measure_sizes(Recorder &state, const ChangeList &relations, bool first, ChangeList &sizes)
{
	namespace f = relation_field;
	constexpr uint32 writes =
		1U << f::inserted | 1U << f::updated | 1U << f::deleted | 1U << f::vacuums | 1U << f::autovacuums;
	Local<Vector<int32>> written;
	relations.each(
		[&written](const Change &change)
		{
			if ((change.fields & writes) != 0)
				written->push_back(change.series);
		});
	Local<Vector<Oid>> tables;
	std::sort(written->begin(), written->end());
	if (!written->empty())
		for (const StoredRelation &relation : state.relations->all())
			if (relation.series > 0 && std::binary_search(written->begin(), written->end(), relation.series))
				tables->push_back(relation.table);
	std::sort(tables->begin(), tables->end());
	int measured = 0;
	for (StoredRelation &relation : state.relations->all())
	{
		if (relation.series <= 0 ||
			(!relation.measure && !std::binary_search(tables->begin(), tables->end(), relation.table)))
			continue;
		if (++measured % 1000 == 0)
			CHECK_FOR_INTERRUPTS();
		int64 bytes = StoredRelations::measure(relation);
		relation.measure = false;
		if (bytes < 0)
			continue;
		int64 before = std::max<int64>(relation.bytes, 0);
		if (bytes != before || relation.bytes < 0)
		{
			Values was = {};
			Values now = {};
			was[size_field::bytes] = before;
			now[size_field::bytes] = bytes;
			if (!first)
				add_change(sizes, relation.series, &was, now, {});
			relation.bytes = bytes;
		}
	}
}

static void
put_single(ChangeList &changes, int32 series, const Values &values)
{
	add_change(changes, series, nullptr, values, {});
}

/* Writes what a family stands at: no changes say so when it is looked at for the first time. */
static void
write_state(const Look &look)
{
	Local<StoredState> stored{look.family()};
	for (const Known &known : look.known())
		if (known.series > 0)
			stored->apply(
				Change{.series = known.series, .fields = 0, .reset = ~0U, .gone = false, .values = look.values(known)});
	stored->write();
}

/* A family of a few series with names; what is new counts unless the family was never looked at. */
static void
record_named(Recorder &state, Look *look, MemoryContext context, SeriesNames &names, bool first, bool uncounted,
			 bool counts_when_new, Vector<NewSeries> &noted, ChangeList &changes)
{
	auto family = static_cast<int>(look->family());
	look->sort();
	Look *before = state.look[family];
	MemoryContext none_context;
	Look *none = before == nullptr ? new_look(look->family(), CurrentMemoryContext, &none_context) : before;
	adopt_numbers(*none, *look);
	note_named(state, *look, names, noted);
	if (!first && (before != nullptr || counts_when_new))
		compare(*none, *look, {.by_field = true, .uncounted = uncounted}, changes, [](const Known &) { return true; });
	else if (!first)
		write_state(*look);
	keep_look(state, look, context);
}

/* Writes the state whole: at the first snapshot, or when the counters turned out to be another server's or database's. */
static void
write_whole_state(const Recorder &state)
{
	execute("DELETE FROM dbeng.snapshot_state");
	for (const Look *look : state.look)
		if (look != nullptr)
			write_state(*look);
	Local<StoredState> sizes{Family::size};
	for (const StoredRelation &relation : state.relations->all())
		if (relation.series > 0)
		{
			Change change = {.series = relation.series, .fields = 0, .reset = ~0U, .gone = false, .values = {}};
			change.values[size_field::bytes] = std::max<int64>(relation.bytes, 0);
			sizes->apply(change);
		}
	sizes->write();
}

static void
record(Recorder &state, Vector<RelationName> &names, TimestampTz now, instr_time begin, bool by_hand,
	   TakenSnapshot &taken)
{
	bool first = state.snapshot_id == 0;
	Local<Vector<NewSeries>> noted;
	Local<Bytes> stored;
	MemoryContext context;

	/* What was counted. */
	Look *databases = new_look(Family::database, state.context, &context);
	MemoryContext databases_context = context;
	Look *relations = new_look(Family::relation, state.context, &context);
	MemoryContext relations_context = context;
	if (const Look *before = state.look[static_cast<int>(Family::relation)])
		relations->reserve(before->known().size() + 256, before->bytes() + 16384);
	observe_counted(*relations, *databases);
	databases->sort();
	relations->sort();

	int64 evicted = 0;
	TimestampTz statements_reset = 0;
	Look *statements = nullptr;
	MemoryContext statements_context = nullptr;
	if (statements_missing() == nullptr)
	{
		statements = new_look(Family::statement, state.context, &statements_context);
		observe_statements(*statements, evicted, statements_reset);
		statements->sort();
	}
	else if (const Look *server_before = state.look[static_cast<int>(Family::server)])
	{
		/* Not reset, only out of sight. */
		Values was = server_before->values(server_before->known()[0]);
		evicted = was[server_field::statements_evicted];
		statements_reset = was[server_field::statements_reset];
	}
	ServerTotals totals = server_totals();
	Values server = server_values(totals, evicted, statements_reset);
	/* After a crash the server sets the times of all of them to one. */
	bool all_reset = totals.writer_reset == totals.wal_reset && totals.wal_reset == totals.archiver_reset;

	Discontinuity discontinuity = {};
	find_discontinuity(state, server, all_reset, *databases, now, discontinuity);
	/* A restored history goes on; what the counters stood at in the other database means nothing here. */
	bool uncounted = discontinuity.elsewhere;

	Local<ChangeList> changes_of[family_count] = {
		Local<ChangeList>{Family::clock},	  Local<ChangeList>{Family::relation}, Local<ChangeList>{Family::size},
		Local<ChangeList>{Family::statement}, Local<ChangeList>{Family::database}, Local<ChangeList>{Family::server},
		Local<ChangeList>{Family::io},		  Local<ChangeList>{Family::slru},	   Local<ChangeList>{Family::slot},
		Local<ChangeList>{Family::standby},	  Local<ChangeList>{Family::wait},	   Local<ChangeList>{Family::activity},
		Local<ChangeList>{Family::disk}};
	auto changes = [&changes_of](Family family) -> ChangeList & { return *changes_of[static_cast<int>(family)]; };

	/* How long. */
	Values clock = {};
	clock[clock_field::elapsed] = discontinuity.elapsed;
	clock[clock_field::snapshots] = 1;
	put_single(changes(Family::clock), 1, clock);

	/* Relations: names first, the rest goes by number. */
	note_relations(state, names, *noted);
	int64 hour = now / USECS_PER_HOUR;
	bool seldom_due = hour != state.seldom_hour;
	Look *before = state.look[static_cast<int>(Family::relation)];
	{
		std::span<StoredRelation> all = state.relations->all();
		std::size_t i = 0;
		for (Known &known : relations->known())
		{
			while (i < all.size() && all[i].oid < known.key.a)
				i++;
			bool there = i < all.size() && all[i].oid == known.key.a;
			known.series = there ? all[i].series : 0;
			if (!there || !all[i].seldom || seldom_due || before == nullptr)
				continue;
			if (const Known *same = before->find(known.key))
				relations->replace(known, *before, *same);
		}
	}
	Local<Vector<int32>> gone;
	if (before != nullptr)
		compare(*before, *relations, {.from_zero = discontinuity.relations_from_zero, .uncounted = uncounted},
				changes(Family::relation),
				[&state](const Known &known)
				{ return known.key.b != 0 || state.relations->find(static_cast<Oid>(known.key.a)) == nullptr; });
	taken.relations = static_cast<int64>(state.relations->all().size());
	keep_look(state, relations, relations_context);
	state.seldom_hour = hour;
	measure_sizes(state, changes(Family::relation), first, changes(Family::size));
	for (const Dropped &dropped : state.dropped)
	{
		Values was = {};
		was[size_field::bytes] = dropped.bytes;
		add_end(changes(Family::size), dropped.series, was);
		gone->push_back(dropped.series);
	}
	state.dropped.clear();

	/* Databases. */
	MemoryContext none_context;
	Look *before_databases = state.look[static_cast<int>(Family::database)];
	Look *known_databases = before_databases == nullptr
								? new_look(Family::database, CurrentMemoryContext, &none_context)
								: before_databases;
	adopt_numbers(*known_databases, *databases);
	note_databases(state, *databases, *noted);
	if (seldom_due && !state.copied)
		note_renamed_databases(*noted);
	Local<Vector<int32>> gone_databases;
	if (before_databases != nullptr)
		compare(*known_databases, *databases, {.uncounted = uncounted}, changes(Family::database),
				[&gone_databases](const Known &known)
				{
					if (get_database_name(static_cast<Oid>(known.key.a)) != nullptr)
						return false;
					gone_databases->push_back(known.series);
					return true;
				});
	keep_look(state, databases, databases_context);

	/* Statements. */
	if (statements != nullptr)
	{
		Look *before_statements = state.look[static_cast<int>(Family::statement)];
		Look *known_statements = before_statements == nullptr
									 ? new_look(Family::statement, CurrentMemoryContext, &none_context)
									 : before_statements;
		std::size_t unknown = adopt_numbers(*known_statements, *statements);
		note_statements(state, *statements, unknown, *noted);
		if (before_statements != nullptr)
			compare(*known_statements, *statements,
					{.from_zero = discontinuity.statements_from_zero, .uncounted = uncounted},
					changes(Family::statement), [](const Known &) { return true; });
		else if (!first)
			write_state(*statements);
		taken.statements = static_cast<int64>(statements->known().size());
		keep_look(state, statements, statements_context);
		texts_missing = texts_missing || unknown > 0;
		if (texts_missing &&
			(by_hand || texts_kept_at == 0 || now - texts_kept_at >= 5 * USECS_PER_MINUTE || now < texts_kept_at))
		{
			texts_missing = !keep_statement_texts();
			texts_kept_at = now;
		}
	}

	/* The server, and what has a name. */
	Look *one = new_look(Family::server, state.context, &context);
	one->add(Key{}, server, 1);
	if (Look *server_before = state.look[static_cast<int>(Family::server)])
		compare(*server_before, *one, {.by_field = true, .uncounted = uncounted}, changes(Family::server),
				[](const Known &) { return true; });
	keep_look(state, one, context);

	Local<SeriesNames> series_names;
	auto named = [&](Family family, auto observe, bool counts_when_new)
	{
		MemoryContext look_context;
		Look *look = new_look(family, state.context, &look_context);
		series_names->clear();
		observe(*look, *series_names);
		record_named(state, look, look_context, *series_names, first, uncounted, counts_when_new, *noted,
					 changes(family));
	};
	named(Family::io, observe_io, false);
	named(Family::slru, observe_slru, false);
	named(Family::slot, observe_slots, true);
	named(Family::standby, observe_standbys, true);
	named(Family::disk, observe_disks, false);

	/* Samples are counted from one snapshot to the next already. */
	Local<Vector<int64>> samples;
	series_names->clear();
	int64 rounds = take_wait_samples(*series_names, *samples);
	{
		MemoryContext look_context;
		Look *look = new_look(Family::wait, CurrentMemoryContext, &look_context);
		for (std::size_t i = 0; i < samples->size(); i++)
		{
			Values values = {};
			values[wait_field::samples] = (*samples)[i];
			look->add((*series_names)[i].key, values);
		}
		look->sort();
		note_named(state, *look, *series_names, *noted);
		for (const Known &known : look->known())
			put_single(changes(Family::wait), known.series, look->values(known));
	}
	Look *activity = new_look(Family::activity, state.context, &context);
	Look *activity_before = state.look[static_cast<int>(Family::activity)];
	if (activity_before != nullptr)
		rounds += activity_before->values(activity_before->known()[0])[activity_field::sample_rounds];
	observe_activity(*activity, rounds);
	for (Known &known : activity->known())
		known.series = 1;
	if (activity_before != nullptr)
		compare(*activity_before, *activity, {.by_field = true, .uncounted = uncounted}, changes(Family::activity),
				[](const Known &) { return true; });
	keep_look(state, activity, context);

	note_series(*noted, now);
	end_series(Family::relation, *gone, now);
	end_series(Family::database, *gone_databases, now);
	Local<Vector<int32>> gone_statements;
	changes(Family::statement)
		.each(
			[&gone_statements](const Change &change)
			{
				if (change.gone)
					gone_statements->push_back(change.series);
			});
	end_series(Family::statement, *gone_statements, now);
	/* What a copy did not find again by its name is another database's. */
	if (state.copied)
	{
		Argument arguments[] = {Argument::time(now)};
		execute("UPDATE dbeng.series SET valid_to = $1 WHERE family IN (1, 4) AND valid_to IS NULL AND valid_from < $1",
				arguments);
	}

	for (Local<ChangeList> &list : changes_of)
		list->store(*stored);

	bool new_epoch = first || state.epoch == 0 || discontinuity.note.len > 0;
	if (first)
		discontinuity.because("first snapshot");
	state.epoch += new_epoch ? 1 : 0;
	state.snapshot_id++;
	state.taken_at = now;
	state.copied = false;
	taken.snapshot_id = state.snapshot_id;
	taken.stored_bytes = static_cast<int64>(stored->size());

	if (first || uncounted)
	{
		write_whole_state(state);
		Progress progress = read_progress();
		write_progress({true, true, MyDatabaseId, state.snapshot_id, now, progress.chunks_at,
						progress.known ? progress.daily_until : day_of(now)});
	}
	record_settings(now, new_epoch);

	ensure_partition("snapshot", now);
	instr_time duration;
	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, begin);
	Argument arguments[] = {Argument::bigint(state.snapshot_id),
							Argument::time(now),
							Argument::integer(static_cast<int32>(INSTR_TIME_GET_MICROSEC(duration))),
							Argument::integer(static_cast<int32>(taken.relations)),
							Argument::integer(static_cast<int32>(taken.statements)),
							Argument::integer(static_cast<int32>(taken.stored_bytes)),
							Argument::integer(state.epoch),
							Argument::text(discontinuity.note.len == 0 ? nullptr : discontinuity.note.data),
							bytes_argument({stored->data(), stored->size()})};
	execute(
		"INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, note, changes)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		arguments);
}

TakenSnapshot
take_snapshot(bool wait)
{
	TakenSnapshot taken = {};
	instr_time begin;
	INSTR_TIME_SET_CURRENT(begin);
	/* Its second sub-object stands for "a snapshot is being taken"; nothing else locks that. */
	LOCKTAG tag;
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, get_extension_oid("dbeng", false), 1);
	if (LockAcquire(&tag, ExclusiveLock, false, !wait) == LOCKACQUIRE_NOT_AVAIL)
		return taken;

	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "dbeng snapshot", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	int level = NewGUCNestLevel();
	pin_setting("stats_fetch_consistency", "none");
	/* Of its own tables: one that somebody has locked makes this snapshot fail, and no later one late. */
	if (LockTimeout == 0 || LockTimeout > 2000)
		pin_setting("lock_timeout", "2s");
	pin_surroundings();
	as_owner(
		[&]
		{
			/* What others committed while we waited for the lock, whatever the transaction's isolation. */
			PushActiveSnapshot(GetLatestSnapshot());
			Local<Vector<RelationName>> names;
			Recorder &state = as_of_last_snapshot(*names);
			state.complete = false;
			record(state, *names, GetCurrentTimestamp(), begin, wait, taken);
			state.complete = true;
			PopActiveSnapshot();
		});
	AtEOXact_GUC(true, level);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return taken;
}

} // namespace dbeng
