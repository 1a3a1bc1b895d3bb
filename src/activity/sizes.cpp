#include "activity/sizes.hpp"

#include "catalog/loader.hpp"
#include "catalog/pages_now.hpp"
#include "catalog/row_estimate.hpp"

namespace dbeng {

namespace {
/* A relation with a file. */
struct Stored
{
	Oid oid;
	Oid of; /* of an index: its table; of a TOAST table: whose it is */
	Oid tablespace;
	pg::FileNumber file; /* 0: mapped */
	BlockNumber pages;	 /* as pg_class has it */
	float4 tuples;
	char kind;
	bool temporary;
	bool vacuumed;
	int64 pages_now;
};
} // namespace

/* The free space map is a tree of three levels over the pages. */
static int64
free_space_map_pages(int64 pages)
{
	constexpr int64 slots = BLCKSZ - MAXALIGN(SizeOfPageHeaderData) - 4 - (BLCKSZ / 2 - 1);
	int64 leaves = (pages + slots - 1) / slots;
	return leaves + (leaves + slots - 1) / slots + 1;
}

/* Two bits a page. */
static int64
visibility_map_pages(int64 pages)
{
	constexpr int64 covered = (BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * 4;
	return (pages + covered - 1) / covered;
}

/* The first map is made when a heap gets its second page, and by VACUUM, which makes the other one, too. */
static int64
heap_bytes(const Stored &heap)
{
	int64 pages = heap.pages_now;
	if (pages > 1 || (pages > 0 && heap.vacuumed))
		pages += free_space_map_pages(heap.pages_now);
	if (heap.pages_now > 0 && heap.vacuumed)
		pages += visibility_map_pages(heap.pages_now);
	return pages * BLCKSZ;
}

/* A TOAST table is seen by VACUUM only, and has counters of its own. */
static bool
is_current_toast(Stored &toast)
{
	if (toast.tuples < 0)
		return false;
	auto *stored = pgstat_fetch_stat_tabentry_ext(false, toast.oid);
	if (stored == nullptr)
		return false;
	auto counters = pg::counters<Counters>(*stored);
	pfree(stored);
	toast.vacuumed |= counters.last_vacuum != 0;
	return counters.inserted_since_vacuum == 0;
}

static bool
has_rows(char kind)
{
	return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW || kind == RELKIND_TOASTVALUE;
}

static void
read_pg_class(Vector<Stored> &all, Snapshot snapshot)
{
	struct Owner
	{
		Oid toast;
		Oid table;
	};
	Local<Vector<Owner>> owners;
	each_tuple(
		RelationRelationId, snapshot,
		[&all, &owners](const TupleView &row)
		{
			auto &form = row.form<FormData_pg_class>();
			bool stored = has_rows(form.relkind) || form.relkind == RELKIND_INDEX || form.relkind == RELKIND_SEQUENCE;
			if (!stored || form.reltablespace == GLOBALTABLESPACE_OID)
				return;
			if (OidIsValid(form.reltoastrelid))
				owners->push_back({form.reltoastrelid, form.oid});
			auto pages = static_cast<BlockNumber>(form.relpages);
			all.push_back({form.oid, InvalidOid, form.reltablespace, form.relfilenode, pages, form.reltuples,
						   form.relkind, form.relpersistence == RELPERSISTENCE_TEMP, form.relallvisible > 0, pages});
		});
	std::span<Stored> by_oid = sorted_by_oid(all);
	for (const Owner &owner : *owners)
		if (Stored *toast = find_by_oid(by_oid, owner.toast))
			toast->of = owner.table;
	each_tuple(IndexRelationId, snapshot,
			   [by_oid](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_index>();
				   if (Stored *index = find_by_oid(by_oid, form.indexrelid))
					   index->of = form.indrelid;
			   });
}

Sizes::Sizes(const Catalog &catalog)
{
	Local<FlatSet<Oid>> written;
	being_written(*written);
	int level = NewGUCNestLevel();
	(void) set_config_option("stats_fetch_consistency", "none", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	Local<Vector<Stored>> all;
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	read_pg_class(*all, snapshot);
	UnregisterSnapshot(snapshot);
	std::span<Stored> by_oid = {all->data(), all->size()};

	Local<FlatSet<Oid>> current;
	current->reserve(all->size());
	for (Stored &stored : by_oid)
	{
		if (!has_rows(stored.kind))
			continue;
		bool right;
		if (stored.kind == RELKIND_TOASTVALUE)
			right = is_current_toast(stored) && !written->contains(stored.of);
		else
		{
			const RelationEntry *table = catalog.relation(stored.oid);
			const Counters *counters = table == nullptr ? nullptr : table->counters;
			right = pages_are_current(stored.tuples, counters);
			stored.vacuumed |= counters != nullptr && counters->last_vacuum != 0;
			entries_.push_back({stored.oid, 0, {}});
		}
		if (right && !written->contains(stored.oid))
			current->insert(current->end(), stored.oid);
	}
	for (Stored &stored : by_oid)
	{
		CHECK_FOR_INTERRUPTS();
		bool known = current->contains(stored.kind == RELKIND_INDEX ? stored.of : stored.oid) ||
					 stored.kind == RELKIND_SEQUENCE || stored.file == 0 || stored.temporary;
		if (!known)
		{
			files_++;
			stored.pages_now = std::max<int64>(pages_on_disk(stored.tablespace, stored.file, stored.pages), 0);
		}
	}
	AtEOXact_GUC(true, level);

	/* Each goes to the table it belongs to. */
	auto entry = [this](Oid oid) -> Entry * { return const_cast<Entry *>(find(oid)); };
	for (const Stored &stored : by_oid)
	{
		int64 bytes = has_rows(stored.kind) ? heap_bytes(stored) : stored.pages_now * BLCKSZ;
		database_ += bytes;
		if (stored.kind == RELKIND_SEQUENCE)
			continue;
		if (stored.kind == RELKIND_TOASTVALUE)
		{
			if (Entry *table = entry(stored.of))
				table->size.toast += bytes;
		}
		else if (stored.kind == RELKIND_INDEX)
		{
			const Stored *on = find_by_oid(by_oid, stored.of);
			if (on == nullptr)
				continue;
			bool of_toast = on->kind == RELKIND_TOASTVALUE;
			if (Entry *table = entry(of_toast ? on->of : on->oid))
				(of_toast ? table->size.toast : table->size.index) += bytes;
		}
		else if (Entry *table = entry(stored.oid))
		{
			table->size.table += bytes;
			table->pages = stored.pages_now;
		}
	}
}

const Sizes::Entry *
Sizes::find(Oid relation) const
{
	auto at = std::lower_bound(entries_.begin(), entries_.end(), relation,
							   [](const Entry &entry, Oid oid) { return entry.relation < oid; });
	return at != entries_.end() && at->relation == relation ? &*at : nullptr;
}

Size
Sizes::of(Oid relation) const
{
	const Entry *entry = find(relation);
	return entry == nullptr ? Size{} : entry->size;
}

int64
Sizes::pages(Oid relation) const
{
	const Entry *entry = find(relation);
	return entry == nullptr ? 0 : entry->pages;
}

} // namespace dbeng
