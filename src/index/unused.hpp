/*
 * unused.hpp: indexes that nothing has scanned, and which of them can go.
 *
 * Here is all that idx-unused and dbeng.unused_indexes judge by. An index
 * counts as unused when no scan of it is known of: of the last time where the
 * server tells when that was, or where snapshots do. It can go when nothing
 * stands in the way, and then the check accuses it.
 */
#pragma once

#include "snapshot/window.hpp"

namespace dbeng {

/* dbeng.unused_after, in minutes. */
extern int unused_after;

/* The same in days: what the check's threshold is unless configured. */
double unused_after_days();

/* What stands in the way of dropping an unused index; the first that holds. */
enum class Obstacle : uint8
{
	none,
	/* What it is. */
	part, /* attached to a partitioned index, which is judged for it */
	invalid,
	constraint,
	referenced, /* by a foreign key */
	unique,
	replica_identity,
	clustered,
	expression,
	/* What its table is. */
	one_partition, /* not a whole table's */
	small,
	unread, /* nobody reads the table */
	/* How it was watched. */
	standby,
	unobserved, /* not long enough by anything */
	young,
	/* What would miss it. */
	foreign_key,
	covering, /* another one is redundant beside it */
	plan
};

struct UnusedIndex
{
	const IndexEntry *index;
	const void *cause;		 /* the constraint or index that an obstacle is about */
	TimestampTz since;		 /* without a scan; 0 not known */
	int64 observed;			 /* microseconds since then; fewer where the watch had gaps */
	int64 rows_written = -1; /* to its table since then */
	int64 plans_using = -1;	 /* -1: not asked, or not known */
	Obstacle obstacle;
	bool stored; /* watched by the snapshots, not by the counters */
};

enum class Scope : uint8
{
	suspects, /* what there is an accusation in, and no rows_written: for judging */
	all		  /* every unused index: for showing */
};

struct UnusedIndexes
{
	explicit UnusedIndexes(double days) : needed(static_cast<int64>(days * USECS_PER_DAY)) {}

	int64 needed;				   /* microseconds without a scan */
	int64 standbys = 0;			   /* connected, whose scans nobody counts here */
	const char *unknown = nullptr; /* why nothing can be called unused; NULL when something can */
	Local<Vector<double>> judged;  /* the weights of all that was judged, used ones too */
	Local<Vector<UnusedIndex>> indexes;
};

/* Fills all but needed. */
void find_unused(const Catalog &catalog, Scope scope, UnusedIndexes &unused);

/* Why it cannot go, as a phrase; where it can, what to look at before, or NULL. */
const char *reason_text(const UnusedIndexes &unused, const UnusedIndex &entry);

/* "; scans on the 2 connected standbys …"; NULL without. */
const char *standbys_remark(int64 standbys);

} // namespace dbeng
