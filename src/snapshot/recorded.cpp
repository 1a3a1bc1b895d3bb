#include "snapshot/recorded.hpp"

namespace dbeng {

static Recorder *recorder;

Look *
new_look(Family family, MemoryContext parent, MemoryContext *context)
{
	*context = AllocSetContextCreate(parent, "dbeng look", ALLOCSET_DEFAULT_SIZES);
	return ::new (MemoryContextAlloc(*context, sizeof(Look))) Look(family, *context);
}

StoredRelations *
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
			each_row("SELECT series_id, object, key, kind FROM dbeng.series"
					 " WHERE family = $1 AND (valid_to IS NULL OR family = 3)",
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
Recorder &
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

} // namespace dbeng
