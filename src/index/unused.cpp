#include "index/unused.hpp"

#include "core/query.hpp"
#include "core/text.hpp"
#include "index/definition.hpp"
#include "index/foreign_key.hpp"
#include "index/observation.hpp"
#include "index/redundancy.hpp"
#include "index/weight.hpp"
#include "planner/usage.hpp"

namespace dbeng {

int unused_after = 30 * 24 * 60;

double
unused_after_days()
{
	return static_cast<double>(unused_after) / (24 * 60);
}

static bool
without_scan(const Catalog &catalog, const IndexEntry &index, int64 needed)
{
	Counters counters = catalog.counters(index);
	return counters.scans == 0 || (needed > 0 && counters.last_scan != 0 && catalog.now - counters.last_scan >= needed);
}

static const ConstraintEntry *
referencing_key(const IndexEntry &index)
{
	for (const ConstraintEntry *foreign_key : index.table->referencing)
		if (foreign_key->index == &index)
			return foreign_key;
	return nullptr;
}

/*
 * Could it go if it is never scanned? Uniqueness works without scans, and the statistics that ANALYZE keeps for an
 * expression serve plans that do not use its index.
 */
static Obstacle
obstacle_of(const IndexEntry &index)
{
	if (index.parent != nullptr)
		return Obstacle::part;
	if (!index.usable())
		return Obstacle::invalid;
	if (index.primary || index.exclusion || index.constraint != nullptr)
		return Obstacle::constraint;
	if (!index.unique && index.expressions == nullptr && expendable(index))
		return Obstacle::none;
	if (referencing_key(index) != nullptr)
		return Obstacle::referenced;
	return index.replica_identity ? Obstacle::replica_identity
		   : index.clustered	  ? Obstacle::clustered
		   : index.unique		  ? Obstacle::unique
								  : Obstacle::expression;
}

static bool
lives_by_scans(const IndexEntry &index)
{
	return obstacle_of(index) == Obstacle::none;
}

/* A seq scan of so few pages always wins: the index was never put to the test. */
static bool
too_small_to_tell(const Catalog &catalog, const RelationEntry &table)
{
	return catalog.rows(table) >= 0 ? known_tiny(catalog, table) : catalog.counters(table).live < 100;
}

/* Rows of streaming servers, not of decoding ones nor of base backups. */
static int64
connected_standbys()
{
	int64 standbys = 0;
	each_row("SELECT count(*) FROM pg_stat_get_wal_senders() w LEFT JOIN pg_replication_slots s ON s.active_pid = w.pid"
			 " WHERE s.slot_type IS DISTINCT FROM 'logical' AND w.state IS DISTINCT FROM 'backup'",
			 [&standbys](const Row &row) { standbys = row.integer(1); });
	return standbys;
}

/* When the youngest part's file was made; 0 where the file system does not tell. */
static TimestampTz
youngest_file(const IndexEntry &index)
{
	TimestampTz built = index.partitioned ? 0 : built_at(index);
	for (const IndexEntry *part = index.first_child; part != nullptr; part = part->next_sibling)
		built = std::max(built, youngest_file(*part));
	return built;
}

/* Tables whose indexes can be told anything of. */
static bool
in_question(const Catalog &catalog, const RelationEntry &table)
{
	return !table.partition &&
		   std::any_of(table.indexes.begin(), table.indexes.end(),
					   [](const IndexEntry *index) { return lives_by_scans(*index); }) &&
		   !too_small_to_tell(catalog, table);
}

static bool
read_as_counted(const Catalog &catalog, const RelationEntry &table)
{
	return catalog.counters(table).scans > 0 || catalog.index_scans(table) > 0;
}

namespace {
class Search
{
  public:
	Search(const Catalog &catalog, Scope scope, UnusedIndexes &unused)
		: catalog_(catalog), unused_(unused), all_(scope == Scope::all),
		  counted_(catalog.counted_for() >= unused.needed)
	{}

	/* All there is to find, or the suspects until it is plain that nothing can be said. */
	void run()
	{
		if (all_)
			begin();
		for (const RelationEntry &table : catalog_.own_relations())
		{
			if (table.indexes.empty() || (!all_ && !in_question(catalog_, table)))
				continue;
			CHECK_FOR_INTERRUPTS();
			look_at(table);
			if (!all_ && unused_.unknown != nullptr)
				return;
		}
		ask_planner();
		if (all_)
			count_writes();
	}

  private:
	/* What costs something and is needed only where there is a table to judge. */
	void begin()
	{
		if (begun_)
			return;
		begun_ = true;
		if (!counted_ && !catalog_.in_recovery)
		{
			stored_ = ::new (palloc(sizeof(StoredUse))) StoredUse(catalog_, unused_.needed);
			if (enough())
				ask_snapshots();
		}
		if (!catalog_.in_recovery)
			unused_.standbys = connected_standbys();
	}

	bool enough() const { return counted_ || (stored_ != nullptr && stored_->enough()); }
	bool stored() const { return !counted_ && enough(); }

	/* Whether snapshots know a use of what the counters know none of. */
	void ask_snapshots()
	{
		for (const RelationEntry &table : catalog_.own_relations())
		{
			if (!all_ && !in_question(catalog_, table))
				continue;
			if (!read_as_counted(catalog_, table))
				stored_->add(table);
			else
				for (const IndexEntry *index : table.indexes)
					if ((all_ || lives_by_scans(*index)) && without_scan(catalog_, *index, unused_.needed))
						stored_->add(*index);
		}
		stored_->ask();
	}

	bool is_unused(const IndexEntry &index) const
	{
		return without_scan(catalog_, index, unused_.needed) && !(stored() && stored_->scanned(index));
	}

	/* What keeps every index of a table from being judged. */
	Obstacle obstacle_of_table(const RelationEntry &table)
	{
		if (table.partition)
			return Obstacle::one_partition;
		if (too_small_to_tell(catalog_, table))
			return Obstacle::small;
		bool read = read_as_counted(catalog_, table);
		/* What nobody reads at all is an unused table. */
		if (!read && counted_)
			return Obstacle::unread;
		begin();
		if (catalog_.in_recovery)
			return Obstacle::standby;
		if (!read && (!enough() || !stored_->scanned(table)))
			return Obstacle::unread;
		return enough() ? Obstacle::none : Obstacle::unobserved;
	}

	void say_unknown(Obstacle obstacle)
	{
		if (unused_.unknown != nullptr)
			return;
		if (obstacle == Obstacle::standby)
			unused_.unknown = "this is a standby: scans on the primary are not counted here";
		else if (obstacle == Obstacle::unobserved)
			unused_.unknown =
				format("scans have been counted for %s only, it takes %s to call an index unused",
					   duration(std::max(catalog_.counted_for(), stored_->observed())), duration(unused_.needed));
	}

	void look_at(const RelationEntry &table)
	{
		Obstacle of_table = obstacle_of_table(table);
		redundant_known_ = false;
		for (const IndexEntry *index : table.indexes)
		{
			Obstacle obstacle = obstacle_of(*index);
			if (obstacle == Obstacle::none)
			{
				say_unknown(of_table);
				obstacle = of_table;
			}
			if (obstacle == Obstacle::none)
				unused_.judged->push_back(index_weight(catalog_, *index));
			else if (!all_)
				continue;
			if (is_unused(*index))
				add(*index, obstacle);
		}
	}

	void add(const IndexEntry &index, Obstacle obstacle)
	{
		UnusedIndex entry = {
			.index = &index, .cause = nullptr, .since = 0, .observed = -1, .obstacle = obstacle, .stored = stored()};
		TimestampTz built = 0;
		if (obstacle == Obstacle::none)
			entry.obstacle = obstacle_around(index, entry.cause);
		if (entry.obstacle == Obstacle::none && counted_)
		{
			built = youngest_file(index);
			/* Where nobody tells, a counter that was never reset is as old as its index. */
			if (built == 0 ? catalog_.database.stats_reset == 0 : catalog_.now - built < unused_.needed)
				entry.obstacle = Obstacle::young;
		}
		watch(entry, built);
		if (entry.obstacle == Obstacle::none && stored() && !stored_->enough(entry.since))
			entry.obstacle = Obstacle::young;
		if (all_ || entry.obstacle == Obstacle::none)
			unused_.indexes->push_back(entry);
	}

	/* Since when it has gone without a scan. */
	void watch(UnusedIndex &entry, TimestampTz built) const
	{
		const IndexEntry &index = *entry.index;
		if (stored())
		{
			entry.since = stored_->since(index);
			entry.observed = stored_->observed(entry.since);
			return;
		}
		Counters counters = catalog_.counters(index);
		entry.since = counters.scans > 0 ? counters.last_scan : std::max(catalog_.counted_since, built);
		entry.observed = std::max<int64>(catalog_.now - entry.since, 0);
	}

	/* What else of its table needs it. */
	Obstacle obstacle_around(const IndexEntry &index, const void *&cause)
	{
		auto may_go = [this](const IndexEntry &other) { return lives_by_scans(other) && is_unused(other); };
		if (const ConstraintEntry *key = sole_cover_of(index, may_go))
		{
			cause = key;
			return Obstacle::foreign_key;
		}
		if (!redundant_known_)
		{
			redundant_->clear();
			find_redundant(*index.table, *redundant_);
			redundant_known_ = true;
		}
		for (const RedundantIndex &redundant : *redundant_)
			if (redundant.covered_by == &index)
			{
				cause = redundant.index;
				return Obstacle::covering;
			}
		return Obstacle::none;
	}

	/* Plans of the workload: for judging, of those that could go otherwise. */
	void ask_planner()
	{
		Local<Vector<const IndexEntry *>> asked;
		for (const UnusedIndex &entry : *unused_.indexes)
			asked->push_back(entry.index);
		if (asked->empty())
			return;
		Local<Vector<int64>> counts;
		count_plans_using(catalog_, {asked->data(), asked->size()}, *counts);
		for (std::size_t i = 0; i < asked->size(); i++)
		{
			UnusedIndex &entry = (*unused_.indexes)[i];
			entry.plans_using = (*counts)[i];
			if (entry.obstacle == Obstacle::none && entry.plans_using > 0)
				entry.obstacle = Obstacle::plan;
		}
		if (!all_)
			unused_.indexes->erase(std::remove_if(unused_.indexes->begin(), unused_.indexes->end(),
												  [](const UnusedIndex &entry)
												  { return entry.obstacle != Obstacle::none; }),
								   unused_.indexes->end());
	}

	/* Snapshots are read once for all indexes that were watched from the same day on. */
	void count_writes()
	{
		Local<Vector<UnusedIndex *>> entries;
		for (UnusedIndex &entry : *unused_.indexes)
			if (entry.stored)
				entries->push_back(&entry);
			else
				entry.rows_written = catalog_.counters(*entry.index->table).written();
		std::sort(entries->begin(), entries->end(),
				  [](const UnusedIndex *a, const UnusedIndex *b) { return a->since < b->since; });
		Local<Vector<const RelationEntry *>> tables;
		Local<Vector<RelationUse>> uses;
		for (auto first = entries->begin(); first != entries->end();)
		{
			TimestampTz since = (*first)->since;
			auto last =
				std::find_if(first, entries->end(), [since](const UnusedIndex *e) { return e->since != since; });
			tables->clear();
			uses->clear();
			for (auto at = first; at != last; ++at)
				tables->push_back((*at)->index->table);
			stored_use(catalog_, {tables->data(), tables->size()}, since, *uses);
			for (auto at = first; at != last; ++at)
				(*at)->rows_written = (*uses)[static_cast<std::size_t>(at - first)].written();
			first = last;
		}
	}

	const Catalog &catalog_;
	UnusedIndexes &unused_;
	bool all_;
	bool counted_; /* long enough by the server's counters */
	bool begun_ = false;
	StoredUse *stored_ = nullptr; /* where those are too young */
	bool redundant_known_ = false;
	Local<Vector<RedundantIndex>> redundant_; /* of the table looked at */
};
} // namespace

void
find_unused(const Catalog &catalog, Scope scope, UnusedIndexes &unused)
{
	Search search(catalog, scope, unused);
	search.run();
}

const char *
standbys_remark(int64 standbys)
{
	return standbys == 0 ? nullptr
						 : format("scans on the %s connected standby%s are not counted here: look there first",
								  grouped(standbys), standbys == 1 ? "" : "s");
}

const char *
reason_text(const UnusedIndexes &unused, const UnusedIndex &entry)
{
	const IndexEntry &index = *entry.index;
	switch (entry.obstacle)
	{
		case Obstacle::none:
			return standbys_remark(unused.standbys);
		case Obstacle::part:
			return format("a part of the partitioned index %s, which is judged as a whole", full_name(*index.parent));
		case Obstacle::invalid:
			return "invalid: dbeng.invalid_indexes says what to do";
		case Obstacle::constraint:
			return format("enforces the %s %s",
						  index.primary		? "primary key"
						  : index.exclusion ? "exclusion constraint"
											: "unique constraint",
						  quoted(index.constraint != nullptr ? index.constraint->name : index.name));
		case Obstacle::referenced:
			return format("the foreign key %s refers to it", quoted(referencing_key(index)->name));
		case Obstacle::unique:
			return "unique: it enforces that without scans";
		case Obstacle::replica_identity:
			return "the replica identity of its table";
		case Obstacle::clustered:
			return "the order of CLUSTER";
		case Obstacle::expression:
			return "on an expression: its statistics serve plans that do not scan it";
		case Obstacle::one_partition:
			return "of one partition alone: only indexes of whole tables are judged";
		case Obstacle::small:
			return "its table is so small that a sequential scan always wins";
		case Obstacle::unread:
			return "nothing reads its table at all";
		case Obstacle::standby:
		case Obstacle::unobserved:
			return unused.unknown;
		case Obstacle::young:
			return format("not watched for %s yet", duration(unused.needed));
		case Obstacle::foreign_key:
			return format("the only index that serves the foreign key %s",
						  quoted(static_cast<const ConstraintEntry *>(entry.cause)->name));
		case Obstacle::covering:
			return format("index %s is redundant beside it: drop that one first",
						  quoted(static_cast<const IndexEntry *>(entry.cause)->name));
		case Obstacle::plan:
			return format("%s statement%s of the workload ha%s a plan that uses it", grouped(entry.plans_using),
						  entry.plans_using == 1 ? "" : "s", entry.plans_using == 1 ? "s" : "ve");
	}
	return nullptr;
}

} // namespace dbeng
