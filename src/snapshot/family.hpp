/*
 * family.hpp: what a snapshot holds.
 *
 * A family is a kind of thing with counters (relations, statements, databases
 * …), a series is one such thing, a field one of its counters. Everything is a
 * signed 64-bit integer: times in microseconds, sizes in bytes.
 *
 * What is stored is always additive. Of a counter it is what was added since
 * the snapshot before, never negative; of a gauge, what may fall as well as
 * rise, the signed difference. Sums over any stretch of time are therefore
 * right whatever resets, restarts and gaps lie in it.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

enum class Kind : uint8
{
	counter,
	gauge
};

struct Field
{
	const char *name;
	Kind kind = Kind::counter;
};

/* The numbers are stored: new ones come at the end. */
enum class Family : int16
{
	clock,	   /* one series: how long was observed, by how many snapshots */
	relation,  /* tables, indexes, TOAST tables, materialized views of this database */
	size,	   /* the same series: bytes of the main fork */
	statement, /* of pg_stat_statements, of this database */
	database,  /* every database */
	server,	   /* one series: checkpoints, background writer, WAL, archiver; what tells restarts */
	io,		   /* backend type, object, context: 16 and later */
	slru,
	slot,	  /* replication slots */
	standby,  /* by application name */
	wait,	  /* event type and event: samples */
	activity, /* one series: sessions, transactions, locks */
	disk,	  /* file systems of the server */
};
inline constexpr int family_count = 13;
inline constexpr int most_fields = 32;

namespace clock_field {
enum : int
{
	elapsed,
	snapshots,
	count
};
}
namespace relation_field {
enum : int
{
	scans,
	rows_read,
	rows_fetched,
	blocks_hit,
	blocks_read,
	inserted,
	updated,
	hot_updated,
	deleted,
	live,
	dead,
	modified_since_analyze,
	inserted_since_vacuum,
	vacuums,
	autovacuums,
	analyzes,
	autoanalyzes,
	count
};
}
namespace size_field {
enum : int
{
	bytes,
	count
};
}
namespace statement_field {
enum : int
{
	calls,
	exec_us,
	rows,
	blocks_hit,
	blocks_read,
	blocks_dirtied,
	blocks_written,
	wal_bytes,
	wal_records,
	read_us,
	write_us,
	temp_read,
	temp_written,
	plans,
	plan_us,
	jit_us,
	local_read,
	local_written,
	count
};
}
namespace database_field {
enum : int
{
	commits,
	blocks_hit,
	rows_returned,
	rows_fetched,
	blocks_read,
	rollbacks,
	inserted,
	updated,
	deleted,
	active_us,
	session_us,
	idle_in_transaction_us,
	sessions,
	temp_files,
	temp_bytes,
	read_us,
	write_us,
	deadlocks,
	conflicts,
	checksum_failures,
	sessions_abandoned,
	sessions_fatal,
	sessions_killed,
	reset_at, /* gauge: when its counters were reset, seconds */
	count
};
}
namespace server_field {
enum : int
{
	wal_bytes,
	wal_records,
	wal_full_pages,
	buffers_alloc,
	buffers_clean,
	maxwritten_clean,
	checkpoints_timed,
	checkpoints_requested,
	checkpoint_write_ms,
	checkpoint_sync_ms,
	buffers_checkpoint,
	buffers_backend,
	wal_buffers_full,
	archived,
	archive_failures,
	statements_evicted,
	/* gauges, times or numbers: a change of most of them begins a new epoch */
	server_started,
	timeline,
	clock_offset, /* wall clock less time since boot, tenths of a second */
	shared_reset,
	statements_reset,
	reloaded,
	count
};
}
namespace io_field {
enum : int
{
	hits,
	reads,
	writes,
	extends,
	evictions,
	reuses,
	fsyncs,
	writebacks,
	read_us,
	write_us,
	count
};
}
namespace slru_field {
enum : int
{
	hits,
	reads,
	writes,
	zeroed,
	count
};
}
namespace slot_field {
enum : int
{
	retained_bytes,
	spill_bytes,
	total_bytes,
	active,
	count
};
}
namespace standby_field {
enum : int
{
	replay_lag_us,
	flush_lag_us,
	write_lag_us,
	replay_lag_bytes,
	count
};
}
namespace wait_field {
enum : int
{
	samples,
	count
};
}
namespace activity_field {
enum : int
{
	connections,
	active,
	idle_in_transaction,
	waiting_for_lock,
	oldest_transaction_us,
	longest_query_us,
	longest_lock_wait_us,
	xid_age,
	multixact_age,
	prepared_transactions,
	sample_rounds, /* counter: how often waits were sampled */
	count
};
}
namespace disk_field {
enum : int
{
	total_bytes,
	free_bytes,
	count
};
}

std::span<const Field> fields_of(Family family);
inline int
field_count(Family family)
{
	return static_cast<int>(fields_of(family).size());
}

/* Numbers of series lie below this; what says otherwise is damaged. */
inline constexpr int32 most_series = 1 << 25;

/* As many series share a stored chunk: few enough to read one cheaply, enough to compress together. */
inline constexpr int block_series = 8;

} // namespace dbeng
