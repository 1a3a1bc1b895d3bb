/*
 * partition_set.hpp: a managed set of partitions: its settings, and what the
 * catalogs hold of it now.
 *
 * A set goes by its parent's OID; names are for people. The key's column, its
 * type and the partitions themselves are read from the catalogs each time, so
 * nothing here can be out of date when somebody renames, moves or attaches.
 */
#pragma once

#include "core/query.hpp"
#include "partition/calendar.hpp"

namespace dbeng {

enum class Expiry : uint8
{
	keep, /* detached: a table of its own */
	move, /* detached, and moved to another schema */
	drop
};

/* A row of dbeng.partition_set. */
struct SetSettings
{
	Oid parent = InvalidOid;
	CalendarRule rule;
	int premake = 4;				 /* cells after the present one */
	int64 ahead = 0;				 /* microseconds that partitions are to be ahead at least; 0: premake says it */
	const char *retention = nullptr; /* as given; NULL: for ever */
	Interval retention_age = {};	 /* one of the three is set when retention is */
	int retention_count = 0;		 /* partitions before the present one */
	int64 retention_numbers = 0;	 /* of numbers: this far behind the greatest */
	Expiry expiry = Expiry::keep;
	Oid archive_schema = InvalidOid; /* of move */
	bool with_default = false;
	bool draining = false; /* rows of the default partition are moved out in the background */
	bool enabled = true;
};

struct SetPartition
{
	Oid relation;
	KeyBound lower;
	KeyBound upper;
	bool leaf; /* not partitioned itself */
};

/* A row of dbeng.partition_leaving: of a partition, or of what was one. */
struct LeavingPartition
{
	Oid relation;
	Expiry expiry;
};

struct PartitionSet
{
	SetSettings settings;
	Calendar calendar;
	Oid owner = InvalidOid;
	AttrNumber key = 0;
	const char *key_name = nullptr;			/* partitions may have it at another number */
	Local<Vector<SetPartition>> partitions; /* by lower bound; without the default */
	Oid default_partition = InvalidOid;
	/* A partition whose DETACH CONCURRENTLY was cut short: there is one at most. Its range is nobody else's until it is finalized. */
	SetPartition pending = {};
	Local<Vector<LeavingPartition>> leaving; /* whose end has begun, and may have been cut short */
	double ids_per_second = 0;				 /* of numbers, lately; 0: not known */

	/*
	 * Reads settings and catalogs, in the caller's memory context, as the extension's owner where its tables are concerned. NULL, or what is
	 * wrong with the set now (the parent is gone, not partitioned by one column any more …). Needs a snapshot; locks the parent in ACCESS SHARE.
	 */
	const char *read(Oid parent);

	/* Only the catalogs, by the settings that are in it already. */
	const char *look();
};

/* Settings that are in dbeng.partition_set; false: it is not in there. */
bool read_settings(Oid parent, SetSettings *settings);

/* The same of many sets at once: the columns that settings_of() reads of a row. */
extern const char *const settings_columns;
void settings_of(const Row &row, SetSettings *settings);

/* One end of a range, from the tree that pg_class keeps of it. */
KeyBound stored_bound(::List *datums);

/* Does the key divide the table as a set of ours may be divided? NULL, or why not. */
const char *key_trouble(Relation parent);

/*
 * The parents of all sets that maintenance looks after, or of those only that are due; such as foreign keys of others refer to after those others.
 */
void managed_sets(Vector<Oid> &parents, bool due_only = false);

/* Sets whose parent was dropped: nothing is kept of them. */
void forget_dropped_sets();

/* What has to be done to a set. */
enum class PartitionAction : uint8
{
	finalize_detach,
	create,
	create_default,
	drain, /* rows of the default partition that belong to a cell */
	detach,
	move,
	drop,
	none /* something that a person must do: reason tells */
};

struct PlannedAction
{
	PartitionAction action;
	Oid partition = InvalidOid; /* of what exists */
	KeyBound lower = {};
	KeyBound upper = {};
	const char *reason = nullptr;
	bool busy = false; /* of none: somebody has locked what is to be looked into, so it is not known */
};

/*
 * In the order in which it is to be done. Looks and changes nothing; waits for no lock, and takes none but ACCESS SHARE on partitions that it looks into.
 */
void plan(const PartitionSet &set, TimestampTz now, Vector<PlannedAction> &actions);

/* How many of the oldest partitions are past retention. */
std::size_t past_retention(const PartitionSet &set, TimestampTz now);

/* A partition that cannot be looked into. */
struct KeyObstacle
{
	Oid partition = InvalidOid;
	bool locked = false; /* by somebody; else there is no index, and much to read */
};

/* The greatest number in a set of numbers; false: it has no row, or there is an obstacle. */
bool greatest_number(const PartitionSet &set, int64 *number, KeyObstacle *obstacle);

/* The last number that the key column's own sequence gave; false: it has none, or that gave none yet. */
bool sequence_number(const PartitionSet &set, int64 *number);

/* Keeps in dbeng.partition_state how fast the numbers of a set grow; of other sets nothing. */
void note_growth(const PartitionSet &set, TimestampTz now);

/* The name a new partition gets: the parent's, cut where it must be, and the label of its lower bound; free in the parent's schema. */
const char *partition_name(const PartitionSet &set, const KeyBound &lower);
/* The name that a new default partition gets. */
const char *default_name(const PartitionSet &set);

} // namespace dbeng
