#include "snapshot/observe.hpp"

#include "core/host.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

#include <time.h>

namespace dbeng {

namespace {
/* Filled by pg.hpp by these names. */
struct TableCounters
{
	int64 scans, rows_read, rows_fetched, inserted, updated, deleted, hot_updated, blocks_fetched, blocks_hit;
	int64 live, dead, modified_since_analyze, inserted_since_vacuum;
	int64 vacuums, autovacuums, analyzes, autoanalyzes;
	TimestampTz last_scan, last_vacuum, last_analyze;
};

struct DatabaseTotals
{
	int64 commits, rollbacks, blocks_read, blocks_hit, temp_files, temp_bytes, deadlocks, checksum_failures;
	int64 rows_returned, rows_fetched, inserted, updated, deleted, active_us, session_us, idle_in_transaction_us;
	int64 sessions, read_us, write_us, conflicts, sessions_abandoned, sessions_fatal, sessions_killed;
	TimestampTz stats_reset;
};
} // namespace

static int64
seconds(TimestampTz time)
{
	return time / USECS_PER_SEC;
}

static Values
relation_values(const TableCounters &counters)
{
	namespace f = relation_field;
	Values values = {};
	values[f::scans] = counters.scans;
	values[f::rows_read] = counters.rows_read;
	values[f::rows_fetched] = counters.rows_fetched;
	values[f::blocks_hit] = counters.blocks_hit;
	values[f::blocks_read] = counters.blocks_fetched - counters.blocks_hit;
	values[f::inserted] = counters.inserted;
	values[f::updated] = counters.updated;
	values[f::hot_updated] = counters.hot_updated;
	values[f::deleted] = counters.deleted;
	values[f::live] = counters.live;
	values[f::dead] = counters.dead;
	values[f::modified_since_analyze] = counters.modified_since_analyze;
	values[f::inserted_since_vacuum] = counters.inserted_since_vacuum;
	values[f::vacuums] = counters.vacuums;
	values[f::autovacuums] = counters.autovacuums;
	values[f::analyzes] = counters.analyzes;
	values[f::autoanalyzes] = counters.autoanalyzes;
	return values;
}

static Values
database_values(const DatabaseTotals &totals)
{
	namespace f = database_field;
	Values values = {};
	values[f::commits] = totals.commits;
	values[f::rollbacks] = totals.rollbacks;
	values[f::blocks_read] = totals.blocks_read;
	values[f::blocks_hit] = totals.blocks_hit;
	values[f::rows_returned] = totals.rows_returned;
	values[f::rows_fetched] = totals.rows_fetched;
	values[f::inserted] = totals.inserted;
	values[f::updated] = totals.updated;
	values[f::deleted] = totals.deleted;
	values[f::active_us] = totals.active_us;
	values[f::session_us] = totals.session_us;
	values[f::idle_in_transaction_us] = totals.idle_in_transaction_us;
	values[f::sessions] = totals.sessions;
	values[f::temp_files] = totals.temp_files;
	values[f::temp_bytes] = totals.temp_bytes;
	values[f::read_us] = totals.read_us;
	values[f::write_us] = totals.write_us;
	values[f::deadlocks] = totals.deadlocks;
	values[f::conflicts] = totals.conflicts;
	values[f::checksum_failures] = totals.checksum_failures;
	values[f::sessions_abandoned] = totals.sessions_abandoned;
	values[f::sessions_fatal] = totals.sessions_fatal;
	values[f::sessions_killed] = totals.sessions_killed;
	values[f::reset_at] = seconds(totals.stats_reset);
	return values;
}

void
observe_counted(Look &relations, Look &databases)
{
	pg::each_counted(
		[&relations](Oid oid, const PgStat_StatTabEntry &entry)
		{
			auto counters = pg::counters<TableCounters>(entry);
			pg::vacuum_counts(entry, counters);
			relations.add(key_of(oid), relation_values(counters));
		},
		[&databases](Oid oid, const PgStat_StatDBEntry &entry)
		{
			DatabaseTotals totals = {};
			pg::database_totals(entry, totals);
			databases.add(key_of(oid), database_values(totals));
		});
}

namespace {
struct StatementsExtension
{
	Oid oid;
	const char *schema;
	int minor; /* the 9 of 1.9 */
};
} // namespace

static StatementsExtension
statements_extension()
{
	StatementsExtension found = {get_extension_oid("pg_stat_statements", true), nullptr, 0};
	if (OidIsValid(found.oid))
		each_row(format("SELECT n.nspname, split_part(e.extversion, '.', 2)::int FROM pg_extension e"
						"  JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid = %u",
						found.oid),
				 [&found](const Row &row)
				 {
					 found.schema = pstrdup(quoted(row.text(1)));
					 found.minor = static_cast<int>(row.integer(2));
				 });
	return found;
}

const char *
statements_missing()
{
	StatementsExtension extension = statements_extension();
	if (GetConfigOption("pg_stat_statements.max", true, false) == nullptr ||
		(GetConfigOptionFlags("pg_stat_statements.max", true) & GUC_CUSTOM_PLACEHOLDER) != 0)
		return "pg_stat_statements is not in shared_preload_libraries";
	if (extension.schema == nullptr)
		return "pg_stat_statements is not installed in this database";
	if (extension.minor < 9)
		return "the installed pg_stat_statements is too old";
	return nullptr;
}

void
observe_statements(Look &statements, int64 &evicted, TimestampTz &reset)
{
	namespace f = statement_field;
	StatementsExtension extension = statements_extension();
	/* 1.11 told the times of local and temporary blocks from those of shared ones; 1.10 brought JIT. */
	const char *times =
		extension.minor >= 11 ? "shared_blk_read_time, shared_blk_write_time" : "blk_read_time, blk_write_time";
	const char *jit = extension.minor >= 10
						  ? "jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time"
						  : "0::float8";
	const char *sql = format("SELECT queryid, userid, toplevel, calls, total_exec_time, rows, shared_blks_hit,"
							 " shared_blks_read, shared_blks_dirtied, shared_blks_written, wal_bytes, wal_records, %s,"
							 " temp_blks_read, temp_blks_written, plans, total_plan_time, %s,"
							 " local_blks_read, local_blks_written"
							 "  FROM %s.pg_stat_statements(false) WHERE dbid OPERATOR(pg_catalog.=) %u"
							 " AND queryid IS NOT NULL",
							 times, jit, extension.schema, MyDatabaseId);
	auto micro = [](double ms) { return std::isfinite(ms) ? static_cast<int64>(ms * 1000) : 0; };
	each_row(sql,
			 [&](const Row &row)
			 {
				 Values values = {};
				 values[f::calls] = row.integer(4);
				 values[f::exec_us] = micro(row.number(5));
				 values[f::rows] = row.integer(6);
				 values[f::blocks_hit] = row.integer(7);
				 values[f::blocks_read] = row.integer(8);
				 values[f::blocks_dirtied] = row.integer(9);
				 values[f::blocks_written] = row.integer(10);
				 values[f::wal_bytes] = static_cast<int64>(row.number(11));
				 values[f::wal_records] = row.integer(12);
				 values[f::read_us] = micro(row.number(13));
				 values[f::write_us] = micro(row.number(14));
				 values[f::temp_read] = row.integer(15);
				 values[f::temp_written] = row.integer(16);
				 values[f::plans] = row.integer(17);
				 values[f::plan_us] = micro(row.number(18));
				 values[f::jit_us] = micro(row.number(19));
				 values[f::local_read] = row.integer(20);
				 values[f::local_written] = row.integer(21);
				 statements.add(key_of_statement(row.integer(1), static_cast<Oid>(row.integer(2)), row.flag(3)),
								values);
			 });
	each_row(format("SELECT dealloc, stats_reset FROM %s.pg_stat_statements_info()", extension.schema),
			 [&](const Row &row)
			 {
				 evicted = row.integer(1);
				 reset = row.time(2);
			 });
}

/*
 * The server reads its whole file of texts for this, so that is asked for only
 * when there is a new statement. One that is pushed out in between stays
 * without text. Texts of other databases come along, and one that is no valid
 * text in this one's encoding is an error, which is no reason not to keep what
 * was counted.
 */
bool
keep_statement_texts()
{
	StatementsExtension extension = statements_extension();
	const char *sql = format("INSERT INTO dbeng.statement_text (queryid, query)"
							 " SELECT queryid, max(query) FROM %s.pg_stat_statements(true) s"
							 "  WHERE dbid OPERATOR(pg_catalog.=) %u AND queryid IS NOT NULL AND query IS NOT NULL"
							 "    AND NOT EXISTS (SELECT FROM dbeng.statement_text t WHERE t.queryid = s.queryid)"
							 "  GROUP BY queryid",
							 extension.schema, MyDatabaseId);
	return guarded([](void *text) { execute(static_cast<const char *>(text)); }, const_cast<char *>(sql)) == nullptr;
}

ServerTotals
server_totals()
{
	ServerTotals totals = {};
	pg::server_totals(totals);
	return totals;
}

int64
clock_offset()
{
	struct timespec since_boot;
	if (clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
		return 0;
	return GetCurrentTimestamp() - (static_cast<int64>(since_boot.tv_sec) * USECS_PER_SEC + since_boot.tv_nsec / 1000);
}

/* Rows of a name and the family's fields in their order. */
static void
observe_rows(Look &look, SeriesNames &names, const char *sql)
{
	int fields = field_count(look.family());
	each_row(sql,
			 [&](const Row &row)
			 {
				 if (row.null(1))
					 return;
				 const char *name = pstrdup(row.text(1));
				 Values values = {};
				 for (int i = 0; i < fields; i++)
					 values[i] = row.integer(i + 2);
				 names.push_back(SeriesName{key_of(name), name});
				 look.add(key_of(name), values);
			 });
}

void
observe_io(Look &io, SeriesNames &names)
{
	if (pg::major >= 16)
		observe_rows(io, names,
					 "SELECT concat_ws('/', backend_type, object, context), hits, reads, writes, extends, evictions,"
					 " reuses, fsyncs, writebacks, (read_time * 1000)::int8, (write_time * 1000)::int8"
					 "  FROM pg_stat_io WHERE reads + writes + extends + hits > 0"
					 "     OR coalesce(reads, 0) + coalesce(writes, 0) + coalesce(fsyncs, 0) > 0");
}

void
observe_slru(Look &slru, SeriesNames &names)
{
	observe_rows(slru, names, "SELECT name, blks_hit, blks_read, blks_written, blks_zeroed FROM pg_stat_slru");
}

void
observe_slots(Look &slots, SeriesNames &names)
{
	if (ReplicationSlotCtl == nullptr || max_replication_slots == 0)
		return;
	observe_rows(slots, names,
				 "SELECT s.slot_name, greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::int8,"
				 " t.spill_bytes, t.total_bytes, s.active::int"
				 "  FROM pg_replication_slots s LEFT JOIN pg_stat_replication_slots t USING (slot_name)"
				 " WHERE NOT s.temporary");
}

void
observe_standbys(Look &standbys, SeriesNames &names)
{
	if (max_wal_senders == 0)
		return;
	observe_rows(standbys, names,
				 "SELECT application_name, max((extract(epoch FROM replay_lag) * 1e6)::int8),"
				 " max((extract(epoch FROM flush_lag) * 1e6)::int8), max((extract(epoch FROM write_lag) * 1e6)::int8),"
				 " max(greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::int8)"
				 "  FROM pg_stat_replication WHERE state = 'streaming' GROUP BY application_name");
}

void
observe_activity(Look &activity, int64 sample_rounds)
{
	namespace f = activity_field;
	Values values = {};
	each_row(
		"SELECT count(*) FILTER (WHERE client), count(*) FILTER (WHERE client AND state = 'active'),"
		" count(*) FILTER (WHERE client AND state LIKE 'idle in transaction%'),"
		" count(*) FILTER (WHERE wait_event_type = 'Lock'),"
		" (extract(epoch FROM clock_timestamp() - min(xact_start) FILTER (WHERE client)) * 1e6)::int8,"
		" (extract(epoch FROM clock_timestamp() - min(query_start) FILTER (WHERE client AND state = 'active')) * 1e6)::int8"
		"  FROM (SELECT *, backend_type = 'client backend' AS client FROM pg_stat_get_activity(NULL)"
		"         WHERE pid <> pg_backend_pid()) a",
		[&values](const Row &row)
		{
			for (int i = 0; i < 6; i++)
				values[f::connections + i] = row.integer(i + 1);
		});
	if (values[f::waiting_for_lock] > 0)
		each_row(
			"SELECT (extract(epoch FROM clock_timestamp() - min(waitstart)) * 1e6)::int8 FROM pg_locks WHERE NOT granted",
			[&values](const Row &row) { values[f::longest_lock_wait_us] = row.integer(1); });
	each_row("SELECT max(age(datfrozenxid)), max(mxid_age(datminmxid)) FROM pg_database",
			 [&values](const Row &row)
			 {
				 values[f::xid_age] = row.integer(1);
				 values[f::multixact_age] = row.integer(2);
			 });
	if (max_prepared_xacts > 0)
		each_row("SELECT count(*) FROM pg_prepared_xacts",
				 [&values](const Row &row) { values[f::prepared_transactions] = row.integer(1); });
	/* A moment's durations to the second: finer they would only take room. */
	for (int field : {f::oldest_transaction_us, f::longest_query_us, f::longest_lock_wait_us})
		values[field] = std::max<int64>(values[field], 0) / USECS_PER_SEC * USECS_PER_SEC;
	/* Ages of IDs to the ten thousand. */
	for (int field : {f::xid_age, f::multixact_age})
		values[field] = values[field] / 10000 * 10000;
	values[f::sample_rounds] = sample_rounds;
	activity.add(Key{}, values);
}

/* To the mebibyte. */
static Values
disk_values(const Disk &disk)
{
	constexpr int64 unit = 1024 * 1024;
	Values values = {};
	values[disk_field::total_bytes] = disk.total / unit * unit;
	values[disk_field::free_bytes] = disk.free / unit * unit;
	return values;
}

void
observe_disks(Look &disks, SeriesNames &names)
{
	Local<Vector<uint64>> seen;
	auto add = [&](const char *name, const char *directory)
	{
		Disk disk = disk_of(directory);
		if (disk.total < 0 || std::find(seen->begin(), seen->end(), disk.device) != seen->end())
			return;
		seen->push_back(disk.device);
		names.push_back(SeriesName{key_of(name), name});
		disks.add(key_of(name), disk_values(disk));
	};
	add("data directory", DataDir);
	add("pg_wal", format("%s/pg_wal", DataDir));
	each_row(
		"SELECT spcname, pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')",
		[&](const Row &row) { add(pstrdup(format("tablespace %s", row.text(1))), row.text(2)); });
}

} // namespace dbeng
