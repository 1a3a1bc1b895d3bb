#include "catalog/loader.hpp"
#include "core/host.hpp"
#include "core/text.hpp"

namespace dbeng {

/* An object's counters, straight from the shared statistics; NULL when nothing was ever counted. */
static const Counters *
read_counters(Arena &arena, Oid oid)
{
	auto *stored = pgstat_fetch_stat_tabentry_ext(false, oid);
	if (stored == nullptr)
		return nullptr;
	Counters counters = pg::counters<Counters>(*stored);
	pfree(stored);
	return arena.copy(&counters, 1).data();
}

/* When this database was made: its oldest file is written once. */
static TimestampTz
database_made(const Catalog &catalog)
{
	int64 written = DatabasePath == nullptr ? -1 : file_written(format("%s/%s/PG_VERSION", DataDir, DatabasePath));
	return written < 0 ? catalog.server_start : time_t_to_timestamptz(static_cast<pg_time_t>(written));
}

/*
 * A crash throws all counters away, the server-wide ones too, and notes when
 * these began anew. Each of them may also be reset alone, so it is the oldest
 * that bounds the others.
 */
static TimestampTz
last_crash()
{
	return std::min({pgstat_fetch_stat_archiver()->stat_reset_timestamp,
					 pgstat_fetch_stat_bgwriter()->stat_reset_timestamp,
					 pgstat_fetch_stat_wal()->stat_reset_timestamp});
}

/*
 * With stats_fetch_consistency = none each entry is copied out and freed at
 * once; the default would keep a copy of every entry until the end of the
 * transaction, some 30 MB for 60,000 relations.
 */
void
Loader::counters(Extent extent)
{
	int nest_level = NewGUCNestLevel();
	(void) set_config_option("stats_fetch_consistency", "none", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);

	for (RelationEntry &entry : catalog_.relations)
	{
		CHECK_FOR_INTERRUPTS();
		if (entry.stores_rows() && entry.standing != Standing::temporary)
			entry.counters = read_counters(arena_, entry.oid);
	}
	for (IndexEntry &index : catalog_.indexes)
	{
		CHECK_FOR_INTERRUPTS();
		if (!index.partitioned && extent != Extent::layout)
			index.counters = read_counters(arena_, index.oid);
	}
	if (auto *stored = pgstat_fetch_stat_dbentry(MyDatabaseId))
		pg::counters(*stored, catalog_.database);
	catalog_.counted_since = std::max({catalog_.database.stats_reset, database_made(catalog_), last_crash()});

	AtEOXact_GUC(true, nest_level);
}

} // namespace dbeng
