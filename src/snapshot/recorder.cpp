#include "snapshot/recorder.hpp"

#include "core/text.hpp"
#include "snapshot/recorded.hpp"
#include "snapshot/settings_history.hpp"
#include "snapshot/waits.hpp"

namespace dbeng {

static TimestampTz texts_kept_at;
static bool texts_missing;

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
