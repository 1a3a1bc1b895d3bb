/*
 * observe.hpp: one look at each family of counters as they are now.
 */
#pragma once

#include "snapshot/state.hpp"

namespace dbeng {

/* The name of a series that has one; of statements and relations it is asked for only when they are new. */
struct SeriesName
{
	Key key;
	const char *name;
};

using SeriesNames = Vector<SeriesName>;

/* Relations of this database and all databases, in one pass over the shared statistics. Neither is sorted. */
void observe_counted(Look &relations, Look &databases);

/* Why pg_stat_statements cannot be read here; NULL when it can. Called before observe_statements(). */
const char *statements_missing();
/* Of this database; evicted and the reset are the whole server's. */
void observe_statements(Look &statements, int64 &evicted, TimestampTz &reset);
/* Keeps the texts of statements that have none yet; false when the server could not give them. */
bool keep_statement_texts();

struct ServerTotals
{
	int64 buffers_clean, maxwritten_clean, buffers_alloc;
	int64 checkpoints_timed, checkpoints_requested, checkpoint_write_ms, checkpoint_sync_ms;
	int64 buffers_checkpoint, buffers_backend;
	int64 wal_bytes, wal_records, wal_full_pages, wal_buffers_full;
	int64 archived, archive_failures;
	TimestampTz writer_reset, wal_reset, archiver_reset;
};
ServerTotals server_totals();

/* Wall clock less time since boot, in microseconds: moves when somebody sets the clock. */
int64 clock_offset();

void observe_io(Look &io, SeriesNames &names);
void observe_slru(Look &slru, SeriesNames &names);
void observe_slots(Look &slots, SeriesNames &names);
void observe_standbys(Look &standbys, SeriesNames &names);
void observe_activity(Look &activity, int64 sample_rounds);
void observe_disks(Look &disks, SeriesNames &names);

} // namespace dbeng
