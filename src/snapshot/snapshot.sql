-- What snapshots leave behind. Bytes are read by C functions only (src/snapshot/codec.hpp says what is in them). The
-- partitioned tables have no indexes of their own: each partition gets its primary key when it is made, so that a dump,
-- which holds partitions as tables, can be restored beside what CREATE EXTENSION has made.

CREATE TABLE dbeng.snapshot (
	snapshot_id bigint NOT NULL,
	taken_at timestamptz NOT NULL,
	duration_us int NOT NULL,
	relations int NOT NULL,
	statements int NOT NULL,
	stored_bytes int NOT NULL,
	epoch int NOT NULL,
	note text,
	changes bytea
) PARTITION BY RANGE (taken_at);
ALTER TABLE dbeng.snapshot ALTER COLUMN changes SET STORAGE MAIN;
COMMENT ON TABLE dbeng.snapshot IS 'one row a snapshot; what changed, until it is in dbeng.snapshot_minute and dbeng.snapshot_state; a partition a day';
COMMENT ON COLUMN dbeng.snapshot.snapshot_id IS 'number of the snapshot';
COMMENT ON COLUMN dbeng.snapshot.taken_at IS 'when it was taken';
COMMENT ON COLUMN dbeng.snapshot.duration_us IS 'how long it took, microseconds';
COMMENT ON COLUMN dbeng.snapshot.relations IS 'relations of this database it looked at';
COMMENT ON COLUMN dbeng.snapshot.statements IS 'statements of this database it looked at';
COMMENT ON COLUMN dbeng.snapshot.stored_bytes IS 'bytes of what had changed';
COMMENT ON COLUMN dbeng.snapshot.epoch IS 'rises when counters began anew or the clock was set';
COMMENT ON COLUMN dbeng.snapshot.note IS 'why a new epoch began';
COMMENT ON COLUMN dbeng.snapshot.changes IS 'what had changed since the snapshot before';

CREATE TABLE dbeng.snapshot_minute (
	family smallint NOT NULL,
	block int NOT NULL,
	period timestamptz NOT NULL,
	part bigint NOT NULL,
	data bytea NOT NULL
) PARTITION BY RANGE (period);
COMMENT ON TABLE dbeng.snapshot_minute IS 'every snapshot of an hour, eight series a row; a partition a day';
CREATE TABLE dbeng.snapshot_5min (LIKE dbeng.snapshot_minute) PARTITION BY RANGE (period);
COMMENT ON TABLE dbeng.snapshot_5min IS 'sums over five minutes, a day of eight series a row; a partition a day';
CREATE TABLE dbeng.snapshot_hour (LIKE dbeng.snapshot_minute) PARTITION BY RANGE (period);
COMMENT ON TABLE dbeng.snapshot_hour IS 'sums over an hour, a day of eight series a row; a partition a month';

CREATE TABLE dbeng.snapshot_state (
	family smallint,
	block int,
	data bytea NOT NULL,
	PRIMARY KEY (family, block)
);
COMMENT ON TABLE dbeng.snapshot_state IS 'what the series stood at at some snapshot of the last two hours';
CREATE TABLE dbeng.snapshot_progress (
	single boolean PRIMARY KEY DEFAULT true CHECK (single),
	database oid NOT NULL,
	system bigint NOT NULL,
	state_at bigint NOT NULL,
	state_time timestamptz NOT NULL,
	chunks_at bigint NOT NULL,
	daily_until timestamptz NOT NULL
);
COMMENT ON TABLE dbeng.snapshot_progress IS 'how far snapshots have been put away, and the database they are of';

CREATE TABLE dbeng.series (
	family smallint,
	series_id int,
	valid_from timestamptz,
	valid_to timestamptz,
	kind "char" NOT NULL,
	object oid NOT NULL,
	key bigint NOT NULL,
	table_object oid NOT NULL,
	schema_name text,
	name text NOT NULL,
	PRIMARY KEY (family, series_id, valid_from)
);
CREATE INDEX series_key ON dbeng.series (family, object, key);
COMMENT ON TABLE dbeng.series IS 'what snapshots know by a number, and what it was called when';

CREATE TABLE dbeng.statement_text (
	queryid bigint PRIMARY KEY,
	query text NOT NULL
);
COMMENT ON TABLE dbeng.statement_text IS 'statements as pg_stat_statements normalised them, once each';

CREATE TABLE dbeng.setting_value (
	setting text,
	valid_from timestamptz,
	valid_to timestamptz,
	value text,
	source text,
	initial boolean NOT NULL,
	PRIMARY KEY (setting, valid_from)
);
COMMENT ON TABLE dbeng.setting_value IS 'the server''s settings and those of its roles and databases, and when they changed';

SELECT pg_catalog.pg_extension_config_dump('dbeng.snapshot_state', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.snapshot_progress', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.series', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.statement_text', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.setting_value', '');
GRANT SELECT ON dbeng.snapshot, dbeng.snapshot_minute, dbeng.snapshot_5min, dbeng.snapshot_hour, dbeng.snapshot_state,
	dbeng.snapshot_progress, dbeng.series, dbeng.statement_text, dbeng.setting_value TO pg_monitor;

CREATE OR REPLACE FUNCTION dbeng.snapshot() RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_snapshot';
COMMENT ON FUNCTION dbeng.snapshot() IS 'takes a snapshot of the statistics now, as the worker does at each interval; returns its number';

CREATE OR REPLACE VIEW dbeng.snapshots WITH (security_barrier) AS
SELECT snapshot_id, taken_at, duration_us / 1000.0::double precision AS duration_ms, relations::bigint AS relations,
	statements::bigint AS statements, stored_bytes::bigint AS stored_bytes, epoch, note
  FROM dbeng.snapshot
 WHERE dbeng._may_look('dbeng.snapshots');
COMMENT ON VIEW dbeng.snapshots IS 'the snapshots there are';
COMMENT ON COLUMN dbeng.snapshots.snapshot_id IS 'number of the snapshot';
COMMENT ON COLUMN dbeng.snapshots.taken_at IS 'when it was taken';
COMMENT ON COLUMN dbeng.snapshots.duration_ms IS 'how long it took, milliseconds';
COMMENT ON COLUMN dbeng.snapshots.relations IS 'relations of this database it looked at, with indexes and TOAST tables';
COMMENT ON COLUMN dbeng.snapshots.statements IS 'statements of this database it looked at';
COMMENT ON COLUMN dbeng.snapshots.stored_bytes IS 'bytes of what had changed';
COMMENT ON COLUMN dbeng.snapshots.epoch IS 'rises when counters began anew or the clock was set';
COMMENT ON COLUMN dbeng.snapshots.note IS 'why a new epoch began: a restart, a reset, a promotion …';
GRANT SELECT ON dbeng.snapshots TO PUBLIC;

-- Looking back. The functions themselves ask for the privileges of pg_monitor, hence everybody may try.

CREATE OR REPLACE FUNCTION dbeng.table_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (relation regclass, seq_scans bigint, rows_read bigint, inserts bigint, updates bigint, deletes bigint, hot_updates bigint,
	idx_scans bigint, rows_fetched bigint, blocks_read bigint, blocks_hit bigint, live_rows bigint, dead_rows bigint,
	vacuums bigint, analyzes bigint, bytes bigint, growth_bytes bigint, name text, dropped boolean)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 1000
AS 'MODULE_PATHNAME', 'dbeng_table_activity';
COMMENT ON FUNCTION dbeng.table_activity(timestamptz, timestamptz) IS 'what was read and written in each table in a range of time, and how it grew';

CREATE OR REPLACE FUNCTION dbeng.index_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (relation regclass, index regclass, scans bigint, rows_read bigint, rows_fetched bigint, blocks_read bigint, blocks_hit bigint,
	bytes bigint, growth_bytes bigint, name text, table_name text, dropped boolean)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 1000
AS 'MODULE_PATHNAME', 'dbeng_index_activity';
COMMENT ON FUNCTION dbeng.index_activity(timestamptz, timestamptz) IS 'how each index was used in a range of time, and how it grew';

CREATE OR REPLACE FUNCTION dbeng.query_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (queryid bigint, calls bigint, total_ms double precision, mean_ms double precision, share_pct numeric, rows bigint,
	blocks_hit bigint, blocks_read bigint, temp_blocks bigint, wal_bytes bigint, plan_ms double precision, io_ms double precision,
	role regrole, toplevel boolean, query text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 1000
AS 'MODULE_PATHNAME', 'dbeng_query_activity';
COMMENT ON FUNCTION dbeng.query_activity(timestamptz, timestamptz) IS 'what each statement of this database took in a range of time, the longest in all first';

CREATE OR REPLACE FUNCTION dbeng.database_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (database text, commits bigint, rollbacks bigint, blocks_read bigint, blocks_hit bigint, hit_pct numeric,
	rows_returned bigint, rows_fetched bigint, inserts bigint, updates bigint, deletes bigint, temp_files bigint, temp_bytes bigint,
	deadlocks bigint, conflicts bigint, active_ms double precision, idle_in_transaction_ms double precision, sessions bigint)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_database_activity';
COMMENT ON FUNCTION dbeng.database_activity(timestamptz, timestamptz) IS 'the totals of every database in a range of time';

CREATE OR REPLACE FUNCTION dbeng.wait_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (event_type text, event text, samples bigint, share_pct numeric, average_sessions double precision)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 20
AS 'MODULE_PATHNAME', 'dbeng_wait_activity';
COMMENT ON FUNCTION dbeng.wait_activity(timestamptz, timestamptz) IS 'what the sessions of this database waited for in a range of time, by samples; CPU: for nothing';

CREATE OR REPLACE FUNCTION dbeng.server_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (counter text, value bigint, unit text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 50
AS 'MODULE_PATHNAME', 'dbeng_server_activity';
COMMENT ON FUNCTION dbeng.server_activity(timestamptz, timestamptz) IS 'checkpoints, WAL, background writer, archiver, I/O by backend type in a range of time';

CREATE OR REPLACE FUNCTION dbeng.relation_history(relation regclass, from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (taken_at timestamptz, scans bigint, rows_read bigint, rows_fetched bigint, inserts bigint, updates bigint, hot_updates bigint,
	deletes bigint, blocks_read bigint, blocks_hit bigint, live_rows bigint, dead_rows bigint, vacuums bigint, analyzes bigint, bytes bigint)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 1440
AS 'MODULE_PATHNAME', 'dbeng_relation_history';
COMMENT ON FUNCTION dbeng.relation_history(regclass, timestamptz, timestamptz) IS 'one table or index, snapshot by snapshot';

CREATE OR REPLACE FUNCTION dbeng.metric_history(metric text, from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (taken_at timestamptz, value double precision)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 1440
AS 'MODULE_PATHNAME', 'dbeng_metric_history';
COMMENT ON FUNCTION dbeng.metric_history(text, timestamptz, timestamptz) IS 'one metric over time: what a gauge stood at, what a counter rose by a second';

CREATE OR REPLACE FUNCTION dbeng.disk_forecast(capacity_bytes bigint DEFAULT NULL)
RETURNS TABLE (object text, bytes bigint, bytes_per_day bigint, full_at timestamptz, free_bytes bigint, detail text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_disk_forecast';
COMMENT ON FUNCTION dbeng.disk_forecast(bigint) IS 'how fast disks, this database and its tables grow, by the last week''s snapshots, and when the space is used up';

CREATE OR REPLACE FUNCTION dbeng.setting_changes(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (changed_at timestamptz, setting text, old_value text, new_value text, source text)
LANGUAGE c STABLE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_setting_changes';
COMMENT ON FUNCTION dbeng.setting_changes(timestamptz, timestamptz) IS 'settings that changed in a range of time, noticed at the next snapshot; those of roles and databases too';
