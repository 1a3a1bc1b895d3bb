/*
 * window.hpp: the use of relations that snapshots have seen, as evidence.
 *
 * The server's counters begin anew after a crash or a reset. Snapshots have
 * kept what they had counted until then, so that what was used last week is
 * known, and a month of watching stays a month.
 *
 * Time counts as observed when the server's counters ran through it, whether
 * or not a worker was there to look: what is lost is the time between a
 * snapshot and a reset, a crash or a stop that came after it. Sums are read by
 * whole days (UTC), from the hourly ones and what is not summed up yet.
 */
#pragma once

#include "catalog/catalog.hpp"
#include "snapshot/store.hpp"

namespace dbeng {

/* What happened to a relation in a stretch of time. */
struct RelationUse
{
	int64 scans; /* sequential ones of a table, those of an index */
	int64 rows_read;
	int64 rows_fetched;
	int64 inserted;
	int64 updated;
	int64 deleted;
	int64 blocks; /* read, hit or not */

	int64 written() const { return inserted + updated + deleted; }
};

/* Adds to the sum of some relations. */
void add(RelationUse &sum, const RelationUse &use);

/* A relation that is asked about. */
struct Watched
{
	Oid oid;
	int32 series;	   /* -1: no snapshot has seen it */
	TimestampTz since; /* that of the first snapshot that has */
	bool scanned;
	bool written;
};

struct Window
{
	/* A stretch of time and how much of it was observed; by its end. */
	struct Stretch
	{
		TimestampTz end;
		int64 elapsed;
		int64 observed;
	};

	TimestampTz until; /* the last snapshot; 0: there are none to go by */
	TimestampTz now;
	int64 tail; /* observed since the last snapshot, by the counters */
	Progress progress;
	int32 database; /* the series of this database; 0: none */
	std::span<const Stretch> stretches;
	std::span<const StoredSnapshot> recent; /* those that are in no chunk yet */
	/* What was asked last of the use of relations, and since when: the next check asks much the same. */
	MemoryContext context;
	mutable TimestampTz marked_from;
	mutable std::span<const Watched> marked;

	bool known() const { return until != 0; }
	/* Microseconds observed from then to now. */
	int64 observed(TimestampTz from) const;
	/* The midnight from which on that much was observed, or the first there is. */
	TimestampTz start(int64 observed) const;

	/* Those of the OIDs, each once, by OID. */
	static void watch(std::span<const Oid> relations, Vector<Watched> &watched);
	/* Marks those that were scanned since a midnight; of the others, those that were written. */
	void mark_used(Vector<Watched> &watched, TimestampTz from) const;
	void remember(const Vector<Watched> &watched, TimestampTz from) const;
	/* Adds up what happened to each since a midnight, in the order of watched. */
	void add_up(const Vector<Watched> &watched, TimestampTz from, Vector<RelationUse> &uses) const;
	/* Blocks that this database read, hit or not. */
	int64 database_blocks(TimestampTz from) const;
};

/* Of a list by OID; NULL when it is not in it. */
const Watched *find_watched(const Vector<Watched> &watched, Oid relation);

/* Read once for a catalog, then the same again. On a standby there is none: the snapshots tell of the primary. */
const Window &window(const Catalog &catalog);

/* What happened to tables since a midnight, partitions included, in their order. */
void stored_use(const Catalog &catalog, std::span<const RelationEntry *const> tables, TimestampTz from,
				Vector<RelationUse> &uses);
RelationUse stored_use(const Catalog &catalog, const RelationEntry &table, TimestampTz from);

/*
 * Where the server's counters are too young to call anything unused: whether
 * snapshots have watched long enough instead, and what they have seen used
 * that the counters know no use of. Tables and indexes are meant with their
 * partitions.
 */
class StoredUse
{
  public:
	/* needed: microseconds that have to be observed. */
	StoredUse(const Catalog &catalog, int64 needed);

	int64 observed() const { return window_.known() ? window_.observed(from_) : 0; }
	bool enough() const { return window_.known() && observed() >= needed_; }

	/* What will be asked about, before ask(): an index; a table with its indexes. */
	void add(const IndexEntry &index);
	void add(const RelationEntry &table);
	void ask();
	bool scanned(const IndexEntry &index) const;
	bool scanned(const RelationEntry &table) const; /* or one of its indexes */
	bool used(const RelationEntry &table) const;	/* the same, or written */
	/* The beginning of what was observed of one of them. */
	TimestampTz since(const IndexEntry &index) const { return std::clamp(first_seen(index), from_, window_.now); }
	TimestampTz since(const RelationEntry &table) const { return std::clamp(first_seen(table), from_, window_.now); }
	int64 observed(TimestampTz since) const { return window_.observed(since); }
	bool enough(TimestampTz since) const { return window_.observed(since) >= needed_; }

  private:
	TimestampTz first_seen(const IndexEntry &index) const;
	TimestampTz first_seen(const RelationEntry &table) const;
	TimestampTz first_seen(Oid relation) const;
	bool marked(const RelationEntry &table, bool written_too) const;

	const Window &window_;
	int64 needed_;
	TimestampTz from_;
	Vector<Oid> asked_;
	Vector<Watched> watched_;
};

} // namespace dbeng
