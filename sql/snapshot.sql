-- Snapshots: what is asked before there are any, figures against the server's own, names, names again, ranges, errors,
-- settings, the history of findings, and who may look.
\pset null -
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
-- Nobody's snapshots but ours.
DROP EXTENSION dbeng CASCADE;
CREATE EXTENSION dbeng;
CREATE SCHEMA snap;
CREATE FUNCTION snap.error(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
DECLARE
	at text := '\d{4,}-\d\d-\d\d [\d:.]+\+00';
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	message = regexp_replace(message, at, 'T', 'g');
	detail = regexp_replace(detail, at, 'T', 'g');
	hint = regexp_replace(hint, '^(Metrics are .{40}).*', '\1 ...');
END $$;
CREATE TABLE snap.moment (label text PRIMARY KEY, taken_at timestamptz NOT NULL, snapshot_id bigint NOT NULL);
CREATE FUNCTION snap.at(label text) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT taken_at FROM snap.moment m WHERE m.label = at.label';
CREATE FUNCTION snap.take(label text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	id bigint := dbeng.snapshot();
BEGIN
	INSERT INTO snap.moment SELECT take.label, s.taken_at, id FROM dbeng.snapshots s WHERE s.snapshot_id = id;
	RETURN id;
END $$;

-- Before there is a snapshot.
\x on
SELECT * FROM snap.error('SELECT * FROM dbeng.table_activity()');
\x off
SELECT call, (snap.error('SELECT * FROM dbeng.' || call)).code, (snap.error('SELECT * FROM dbeng.' || call)).message
FROM unnest(ARRAY['table_activity()', 'index_activity()', 'query_activity()', 'database_activity()', 'wait_activity()', 'server_activity()',
	'metric_history(''commits'')', 'disk_forecast()', 'setting_changes()', 'relation_history(''pg_class'')']) call;
TABLE dbeng.snapshots;
SELECT count(*) AS partitions FROM pg_inherits WHERE inhparent IN ('dbeng.snapshot'::regclass, 'dbeng.snapshot_minute'::regclass);

-- The first one is the baseline: numbers of before are nobody's.
CREATE TABLE snap.old (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO snap.old SELECT generate_series(1, 500);
SELECT pg_stat_force_next_flush();
SELECT snap.take('first');
SELECT snapshot_id, relations > 100 AS relations, statements, stored_bytes > 0 AS stored, duration_ms > 0 AS lasted, epoch, note FROM dbeng.snapshots;
SELECT inserts, live_rows, growth_bytes, bytes = pg_relation_size('snap.old') + pg_relation_size('snap.old_pkey') AS bytes
FROM dbeng.table_activity() WHERE relation = 'snap.old'::regclass;

-- Known work, against pg_stat_user_tables.
CREATE TABLE snap."Order Items" (id int PRIMARY KEY, v int, body text) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off);
ALTER TABLE snap."Order Items" ALTER body SET STORAGE EXTERNAL;
INSERT INTO snap."Order Items" SELECT i, i, repeat('x', CASE WHEN i % 10 = 0 THEN 5000 ELSE 5 END) FROM generate_series(1, 1000) i;
UPDATE snap."Order Items" SET v = v + 1 WHERE id <= 300;
DELETE FROM snap."Order Items" WHERE id > 900;
BEGIN;
INSERT INTO snap."Order Items" SELECT i, i FROM generate_series(2001, 2010) i;
ROLLBACK;
SELECT count(*) FROM snap."Order Items";
SET enable_seqscan = off;
SELECT v FROM snap."Order Items" WHERE id = 7;
SELECT v FROM snap."Order Items" WHERE id = 8;
RESET enable_seqscan;
SELECT pg_stat_force_next_flush();
ANALYZE snap."Order Items";
SELECT pg_stat_force_next_flush();
SELECT snap.take('work');
CREATE VIEW snap.server AS SELECT s.*, heap_blks_read, heap_blks_hit FROM pg_stat_user_tables s JOIN pg_statio_user_tables USING (relid) WHERE relid = 'snap."Order Items"'::regclass;
SELECT relation, inserts, updates, deletes, live_rows, dead_rows, analyzes, vacuums, name, dropped FROM dbeng.table_activity() WHERE relation = 'snap."Order Items"'::regclass;
SELECT a.seq_scans = s.seq_scan AS seq_scans, a.rows_read = s.seq_tup_read AS rows_read, a.inserts = s.n_tup_ins AS inserts,
	a.updates = s.n_tup_upd AS updates, a.hot_updates = s.n_tup_hot_upd AS hot, a.deletes = s.n_tup_del AS deletes,
	a.idx_scans = s.idx_scan AS idx_scans, a.rows_fetched = s.idx_tup_fetch AS fetched, a.live_rows = s.n_live_tup AS live,
	a.dead_rows = s.n_dead_tup AS dead, a.blocks_read = s.heap_blks_read AS read, a.blocks_hit = s.heap_blks_hit AS hit
FROM dbeng.table_activity() a JOIN snap.server s ON a.relation = s.relid;
SELECT index, a.scans = s.idx_scan AS scans, a.rows_read = s.idx_tup_read AS rows_read, a.rows_fetched = s.idx_tup_fetch AS fetched,
	a.blocks_read = i.idx_blks_read AS read, a.blocks_hit = i.idx_blks_hit AS hit, a.bytes = pg_relation_size(index) AS bytes,
	a.growth_bytes = a.bytes AS growth, a.relation, a.name, a.table_name, a.dropped
FROM dbeng.index_activity() a JOIN pg_stat_user_indexes s ON s.indexrelid = a.index JOIN pg_statio_user_indexes i USING (indexrelid)
WHERE a.relation = 'snap."Order Items"'::regclass;
-- A table's bytes are the main forks of its own, its indexes, its TOAST table and that one's index.
CREATE FUNCTION snap.main_bytes(t regclass) RETURNS bigint LANGUAGE sql AS $$
	SELECT sum(pg_relation_size(oid))::bigint FROM pg_class c
	WHERE oid = t OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = t) OR oid = (SELECT reltoastrelid FROM pg_class WHERE oid = t)
		OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = (SELECT reltoastrelid FROM pg_class WHERE oid = t))
$$;
SELECT bytes = snap.main_bytes(relation) AS bytes, growth_bytes = bytes AS growth, bytes > pg_indexes_size(relation) + 500000 AS with_toast
FROM dbeng.table_activity() WHERE relation = 'snap."Order Items"'::regclass;

-- Nothing happens, then more does; sums over several snapshots are the difference of their ends.
SELECT snap.take('idle');
SELECT inserts, updates, deletes, seq_scans, idx_scans, growth_bytes, live_rows FROM dbeng.table_activity(snap.at('work')) WHERE relation = 'snap."Order Items"'::regclass;
INSERT INTO snap."Order Items" SELECT i, i FROM generate_series(3001, 3020) i;
SELECT pg_stat_force_next_flush();
SELECT snap.take('more');
DELETE FROM snap."Order Items" WHERE id > 500;
SELECT pg_stat_force_next_flush();
VACUUM snap."Order Items";
SELECT pg_stat_force_next_flush();
SELECT snap.take('less');
SELECT from_at, to_at, a.inserts, a.deletes, a.live_rows, a.dead_rows, a.vacuums
FROM (VALUES ('first', 'work'), ('work', 'idle'), ('idle', 'more'), ('more', 'less'), ('first', 'less'), ('work', 'more')) r (from_at, to_at),
	LATERAL dbeng.table_activity(snap.at(from_at), snap.at(to_at)) a
WHERE name = 'snap."Order Items"';
SELECT sum(a.inserts) = max(s.n_tup_ins) AS inserts, sum(a.deletes) = max(s.n_tup_del) AS deletes, sum(a.rows_fetched) = max(s.idx_tup_fetch) AS fetched,
	sum(a.blocks_hit) = max(s.heap_blks_hit) AS hit, sum(growth_bytes) = snap.main_bytes('snap."Order Items"') AS growth
FROM (VALUES ('first', 'work'), ('work', 'idle'), ('idle', 'more'), ('more', 'less')) r (from_at, to_at),
	LATERAL dbeng.table_activity(snap.at(from_at), snap.at(to_at)) a, snap.server s
WHERE name = 'snap."Order Items"';
SELECT label, h.inserts, h.updates, h.deletes, h.live_rows, h.dead_rows, h.vacuums, h.analyzes, h.bytes = pg_relation_size('snap."Order Items"') AS bytes_now
FROM dbeng.relation_history('snap."Order Items"') h JOIN snap.moment USING (taken_at) ORDER BY taken_at;
SELECT count(*) FROM dbeng.relation_history('snap."Order Items_pkey"', snap.at('work'), snap.at('more'));

-- Whatever a session has set for itself.
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'SQL, DMY';
SET search_path = '';
SET default_table_access_method = 'heap';
SET standard_conforming_strings = off;
SET statement_timeout = '1min';
SELECT snap.take('elsewhere');
SELECT name FROM dbeng.table_activity() WHERE name LIKE 'snap."%';
RESET search_path;
RESET standard_conforming_strings;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
RESET statement_timeout;

-- Renamed, moved to another schema, a schema renamed: an old range shows the name of then, and what it is now.
ALTER TABLE snap."Order Items" RENAME TO items;
CREATE SCHEMA snap2;
ALTER TABLE snap.items SET SCHEMA snap2;
SELECT snap.take('moved');
SELECT relation, name, dropped, inserts FROM dbeng.table_activity(snap.at('first'), snap.at('work')) WHERE relation = 'snap2.items'::regclass;
SELECT relation, name, dropped, inserts, bytes = snap.main_bytes(relation) AS bytes FROM dbeng.table_activity(snap.at('first')) WHERE relation = 'snap2.items'::regclass;
ALTER SCHEMA snap2 RENAME TO snap3;
SELECT snap.take('renamed');
SELECT name, relation FROM dbeng.table_activity(snap.at('first')) WHERE relation = 'snap3.items'::regclass;
SELECT name, table_name FROM dbeng.index_activity(snap.at('first')) WHERE relation = 'snap3.items'::regclass;
SELECT name, table_name FROM dbeng.index_activity(snap.at('first'), snap.at('more')) WHERE relation = 'snap3.items'::regclass;
SELECT count(*) FROM dbeng.relation_history('snap3.items', snap.at('first')) WHERE inserts > 0;

-- Dropped and made anew under the same name: one to its users. An old range tells what was there then.
CREATE TABLE snap.again (a int) WITH (autovacuum_enabled = off);
CREATE INDEX again_a ON snap.again (a);
INSERT INTO snap.again SELECT generate_series(1, 30);
SELECT pg_stat_force_next_flush();
SELECT snap.take('made');
DROP TABLE snap.again;
SELECT snap.take('dropped');
SELECT relation, name, dropped, inserts, live_rows, bytes, growth_bytes FROM dbeng.table_activity(snap.at('made'), snap.at('dropped')) WHERE name = 'snap.again';
SELECT relation, name, dropped, inserts, live_rows, bytes, growth_bytes FROM dbeng.table_activity(snap.at('renamed'), snap.at('made')) WHERE name = 'snap.again';
SELECT relation, index, name, table_name, dropped, bytes FROM dbeng.index_activity(snap.at('renamed'), snap.at('made')) WHERE table_name = 'snap.again';
CREATE TABLE snap.again (a int) WITH (autovacuum_enabled = off);
INSERT INTO snap.again VALUES (1), (2);
SELECT pg_stat_force_next_flush();
SELECT snap.take('again');
SELECT relation, name, dropped, inserts, live_rows, bytes, growth_bytes FROM dbeng.table_activity(snap.at('renamed')) WHERE name = 'snap.again';
SELECT count(*) FROM dbeng.table_activity(snap.at('dropped')) WHERE name = 'snap.again';
-- One that was empty and is gone is gone to every session, also to one that was not there.
CREATE TABLE snap.empty ();
SELECT snap.take('empty');
DROP TABLE snap.empty;
\c
\pset null -
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
SELECT snap.take('without');
SELECT name, dropped FROM dbeng.table_activity(snap.at('again')) WHERE name = 'snap.empty';
SELECT count(*) FROM dbeng.series WHERE name = 'empty' AND valid_to IS NULL;

-- Kinds: partitions count for themselves, temporary tables not at all.
SELECT snap.take('kinds');
CREATE TABLE snap.parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE snap.parted_1 PARTITION OF snap.parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE snap.parted_2 PARTITION OF snap.parted FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO snap.parted SELECT i, '2020-12-01'::date + i FROM generate_series(1, 60) i;
CREATE MATERIALIZED VIEW snap.mat AS SELECT generate_series(1, 10) AS n;
CREATE UNLOGGED TABLE snap.unlogged AS SELECT 1 AS n;
CREATE TEMPORARY TABLE temporary AS SELECT 1 AS n;
CREATE TABLE snap.narrow (a int, b text, c int);
INSERT INTO snap.narrow VALUES (1, repeat('b', 10000), 3);
ALTER TABLE snap.narrow DROP COLUMN b;
CREATE ROLE snap_owner;
CREATE TABLE snap.of_another (n int);
ALTER TABLE snap.of_another OWNER TO snap_owner;
INSERT INTO snap.of_another VALUES (1);
SELECT pg_stat_force_next_flush();
SELECT snap.take('kinds made');
SELECT name, inserts, bytes = snap.main_bytes(relation) AS bytes, growth_bytes = bytes AS growth FROM dbeng.table_activity(snap.at('kinds'))
WHERE relation::text LIKE 'snap.%' AND inserts > 0 OR name ~ 'parted|mat$|unlogged|temporary' ORDER BY name;
SELECT count(*) FROM dbeng.table_activity() WHERE name ~ '^(pg_|information_schema|dbeng\.)';
SELECT count(*) > 0 FROM dbeng.relation_history('pg_class');

-- TRUNCATE gives another file; live rows follow.
TRUNCATE snap.of_another;
SELECT pg_stat_force_next_flush();
SELECT snap.take('truncated');
SELECT bytes, growth_bytes, live_rows FROM dbeng.table_activity(snap.at('kinds made')) WHERE name = 'snap.of_another';

-- A reset of one relation: what comes after it counts, what was before stays counted.
INSERT INTO snap.old SELECT generate_series(1001, 1010);
SELECT pg_stat_force_next_flush();
SELECT snap.take('ten');
SELECT pg_stat_reset_single_table_counters('snap.old'::regclass);
INSERT INTO snap.old SELECT generate_series(1011, 1013);
SELECT pg_stat_force_next_flush();
SELECT snap.take('three');
SELECT inserts FROM dbeng.table_activity(snap.at('first')) WHERE name = 'snap.old';
SELECT inserts FROM dbeng.table_activity(snap.at('ten')) WHERE name = 'snap.old';

-- Transactions: what is rolled back has not been, and the next one knows.
BEGIN;
SELECT dbeng.snapshot() - (SELECT max(snapshot_id) FROM snap.moment) AS later;
INSERT INTO snap.old SELECT generate_series(2001, 2005);
ROLLBACK;
BEGIN;
SAVEPOINT a;
CREATE TABLE snap.never (n int);
SELECT dbeng.snapshot() - (SELECT max(snapshot_id) FROM snap.moment) AS later;
ROLLBACK TO a;
SELECT dbeng.snapshot() - (SELECT max(snapshot_id) FROM snap.moment) AS later;
COMMIT;
SELECT pg_stat_force_next_flush();
SELECT snap.take('rolled back') - (SELECT snapshot_id FROM snap.moment WHERE label = 'three') AS later;
SELECT inserts FROM dbeng.table_activity(snap.at('three')) WHERE name = 'snap.old';
SELECT count(*) FROM dbeng.series WHERE name = 'never';
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT snap.take('serializable') > 0 AS taken;
COMMIT;
DO $$
BEGIN
	FOR i IN 1 .. 5 LOOP
		INSERT INTO snap.old VALUES (3000 + i);
		PERFORM dbeng.snapshot();
	END LOOP;
END $$;
SELECT pg_stat_force_next_flush();
SELECT snap.take('loop') - (SELECT snapshot_id FROM snap.moment WHERE label = 'serializable') AS later;
SELECT inserts FROM dbeng.table_activity(snap.at('serializable')) WHERE name = 'snap.old';
SELECT count(*) = max(snapshot_id) AND min(epoch) = 1 AS numbered, max(epoch) AS epoch FROM dbeng.snapshots;

-- Statements, against pg_stat_statements itself.
SELECT 0, 0 AS "snapped early";
SELECT 0, 0 AS "snapped early";
CREATE EXTENSION pg_stat_statements;
SELECT dbeng.snapshot() > 0;
SELECT count(*) AS counted_of_before FROM dbeng.query_activity() WHERE query LIKE '%snap.never%';
SELECT snap.take('statements');
SELECT 1 AS "snapped one";
SELECT 2 AS "snapped one";
CREATE FUNCTION snap.nested() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) AS "snapped inside" FROM pg_am); END';
SELECT snap.nested() > 0;
SELECT snap.take('statements done');
SELECT q.query, q.calls, q.rows, q.toplevel, q.role = current_user::regrole AS mine, s.calls = q.calls AS same_calls, q.total_ms > 0 AS took,
	abs(q.total_ms - s.total_exec_time) < 0.002 AS same_ms, abs(q.mean_ms - s.mean_exec_time) < 0.002 AS same_mean, q.blocks_hit = s.shared_blks_hit AS same_blocks
FROM dbeng.query_activity(snap.at('statements')) q
JOIN pg_stat_statements s ON s.queryid = q.queryid AND s.toplevel = q.toplevel AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
WHERE q.query LIKE '%"snapped one"%' ORDER BY q.query;
SELECT count(*) > 0 AS any, sum(share_pct) FILTER (WHERE toplevel) BETWEEN 98 AND 102 AS shares, bool_and(calls >= 0 AND total_ms >= 0) AS signs FROM dbeng.query_activity();
-- Another session, with nothing in memory, goes on where this one is.
\c
\pset null -
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
SELECT 3 AS "snapped one";
SELECT 0, 0 AS "snapped early";
SELECT snap.take('next session');
SELECT query, calls FROM dbeng.query_activity(snap.at('first')) WHERE query LIKE '%"snapped early"%';
SELECT query, calls FROM dbeng.query_activity(snap.at('statements done')) WHERE query LIKE '%"snapped one"%';
SELECT query, calls FROM dbeng.query_activity(snap.at('statements')) WHERE query LIKE '%"snapped one"%';
-- Not there for a while: nothing is counted twice.
DROP EXTENSION pg_stat_statements;
SELECT dbeng.snapshot() > 0;
CREATE EXTENSION pg_stat_statements;
SELECT 4 AS "snapped one";
SELECT snap.take('back');
SELECT query, calls FROM dbeng.query_activity(snap.at('statements')) WHERE query LIKE '%"snapped one"%';
SELECT max(epoch) AS epoch FROM dbeng.snapshots;
DROP EXTENSION pg_stat_statements;

-- Databases, waits, the server.
SELECT commits > 0 AS commits, rollbacks > 0 AS rollbacks, hit_pct BETWEEN 0 AND 100 AS hit, inserts > 1000 AS inserts, active_ms >= 0 AS active
FROM dbeng.database_activity() WHERE database = current_database();
SELECT count(*) = (SELECT count(*) FROM pg_database WHERE datname IN (current_database(), 'postgres', 'template1')) FROM dbeng.database_activity() WHERE database IN (current_database(), 'postgres', 'template1');
SELECT count(*) FROM dbeng.wait_activity();
SELECT counter, value > 0 AS moved, unit FROM dbeng.server_activity() WHERE counter IN ('wal_bytes', 'wal_records', 'archived') ORDER BY 1;
SELECT bool_and(value >= 0) FROM dbeng.server_activity();

-- Metrics: each has a point a snapshot; case does not matter.
CREATE TEMP TABLE metric (metric text);
DO $$
DECLARE
	hint text;
BEGIN
	PERFORM dbeng.metric_history('no such');
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;

	INSERT INTO metric SELECT regexp_split_to_table(regexp_replace(hint, '^Metrics are (.*)\.$', '\1'), ', ');
END $$;
SELECT metric, count(h.taken_at) = (SELECT count(*) FROM dbeng.snapshots) AS points, coalesce(bool_and(h.value >= 0), true) AS sound, count(h.value) > 0 AS values
FROM metric LEFT JOIN LATERAL dbeng.metric_history(metric) h ON true GROUP BY metric ORDER BY metric;
SELECT (SELECT value FROM dbeng.metric_history('DATABASE_BYTES') ORDER BY taken_at DESC LIMIT 1) BETWEEN 0.5 * pg_database_size(current_database()) AND pg_database_size(current_database()) AS bytes;

-- Forecast: with less than an hour of snapshots there is no trend, and it says so.
SELECT replace(object, current_database(), 'this') AS object, bytes > 0 AS bytes, bytes_per_day, full_at, free_bytes > 0 AS free, detail LIKE '%snapshots of at least an hour are needed%' AS says
FROM dbeng.disk_forecast() WHERE object LIKE 'database %' OR object = 'disk of data directory' ORDER BY 1;
SELECT free_bytes < 0 AS over, detail LIKE '%, of 1024 bytes,%' AS says FROM dbeng.disk_forecast(1024) WHERE object LIKE 'database %';

-- Settings.
SELECT count(*) FROM dbeng.setting_changes();
CREATE ROLE "snap ""x""";
ALTER ROLE "snap ""x""" SET work_mem = '9MB';
SET work_mem = '77MB';
SELECT snap.take('settings');
ALTER ROLE "snap ""x""" SET work_mem = '8MB';
ALTER ROLE "snap ""x""" SET snap.app_password = 'hunter2';
\c
\pset null -
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
SELECT snap.take('changed');
ALTER ROLE "snap ""x""" RESET work_mem;
ALTER ROLE "snap ""x""" SET snap.app_password = 'hunter3';
ALTER ROLE "snap ""x""" SET snap.upstream = 'host=h password=''it\''s'' user=u';
ALTER ROLE "snap ""x""" SET snap.address = 'postgresql://u:p@ss@h/d';
\c
\pset null -
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
SELECT snap.take('changed again');
SELECT label, setting, old_value, new_value, source FROM dbeng.setting_changes() LEFT JOIN snap.moment ON taken_at = changed_at ORDER BY changed_at, setting;
SELECT count(*) FROM dbeng.setting_value WHERE value ~ 'hunter|77MB';
SELECT count(*) FROM (SELECT setting FROM dbeng.setting_value WHERE valid_to IS NULL GROUP BY 1 HAVING count(*) > 1) d;

-- The score and the findings over time.
CREATE TABLE snap.keyless (a int);
SELECT dbeng.record_health() IS NOT NULL;
SELECT dimension, weight, score IS NOT NULL AS score, rating IS NOT NULL AS rating, coverage_pct > 0 AS coverage FROM dbeng.health_history
WHERE dimension IN ('schema design', 'overall') ORDER BY 1;
SELECT count(*) FROM dbeng.health_history;
SELECT check_id, object, first_seen = last_seen AS once, gone_at FROM dbeng.finding_history WHERE check_id = 'sch-no-primary-key' AND object = 'snap.keyless';
-- A check that cannot look says nothing of what it found: passwords are for superusers.
CREATE ROLE snap_login LOGIN PASSWORD 'snap_login';
CREATE ROLE snap_recorder IN ROLE pg_monitor;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbeng.health_score, dbeng.finding_seen TO snap_recorder;
SELECT dbeng.record_health() IS NOT NULL;
SET ROLE snap_recorder;
SELECT status FROM dbeng.check_results WHERE check_id = 'sec-password-equals-name';
SELECT dbeng.record_health() IS NOT NULL;
RESET ROLE;
SELECT gone_at FROM dbeng.finding_history WHERE check_id = 'sec-password-equals-name' AND object = 'snap_login';
DROP ROLE snap_login;
SELECT dbeng.record_health() IS NOT NULL;
SELECT gone_at IS NOT NULL AS gone FROM dbeng.finding_history WHERE check_id = 'sec-password-equals-name' AND object = 'snap_login';
DROP OWNED BY snap_recorder;
DROP ROLE snap_recorder;
-- One that is switched off finds nothing.
SELECT dbeng.configure_check('sch-no-primary-key', enabled => false);
SELECT dbeng.record_health() IS NOT NULL;
SELECT check_id, object, first_seen < last_seen AS twice, gone_at IS NOT NULL AS gone FROM dbeng.finding_history WHERE check_id = 'sch-no-primary-key' AND object = 'snap.keyless';
SELECT dbeng.configure_check('sch-no-primary-key', enabled => true);
SELECT dbeng.record_health() IS NOT NULL;
ALTER TABLE snap.keyless ADD PRIMARY KEY (a);
SELECT dbeng.record_health() IS NOT NULL;
SELECT last_seen < gone_at AS gone_later FROM dbeng.finding_history WHERE check_id = 'sch-no-primary-key' AND object = 'snap.keyless';
ALTER TABLE snap.keyless DROP CONSTRAINT keyless_pkey;
SELECT dbeng.record_health() IS NOT NULL;
SELECT gone_at IS NULL AS open FROM dbeng.finding_history WHERE check_id = 'sch-no-primary-key' AND object = 'snap.keyless' ORDER BY first_seen;
SELECT check_id, object FROM dbeng.finding_seen WHERE gone_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1;

-- Ranges.
SELECT count(*) > 0 FROM dbeng.table_activity('-infinity', 'infinity');
SELECT count(*) > 0 FROM dbeng.database_activity('-infinity', 'infinity');
\x on
SELECT * FROM snap.error('SELECT * FROM dbeng.table_activity(''2001-01-01'', ''2001-01-02'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.index_activity(now() + interval ''1 day'', now() + interval ''2 days'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.query_activity(''2001-01-02'', ''2001-01-01'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.database_activity(''infinity'', ''-infinity'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.wait_activity(to_at => NULL)');
SELECT * FROM snap.error('SELECT * FROM dbeng.server_activity(NULL)');
SELECT * FROM snap.error('SELECT * FROM dbeng.setting_changes(NULL, NULL)');
SELECT * FROM snap.error('SELECT * FROM dbeng.relation_history(NULL)');
SELECT * FROM snap.error('SELECT * FROM dbeng.relation_history(''temporary'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.relation_history(''snap.server'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.relation_history(''snap.parted'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.relation_history(4294967290::oid::regclass)');
SELECT * FROM snap.error('SELECT * FROM dbeng.relation_history(''snap.no_such'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.metric_history(''speed'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.metric_history(NULL)');
SELECT * FROM snap.error('SELECT * FROM dbeng.metric_history(''commits'', ''2001-01-01'', ''2001-01-02'')');
SELECT * FROM snap.error('SELECT * FROM dbeng.disk_forecast(0)');
SELECT * FROM snap.error('SELECT * FROM dbeng.disk_forecast(-5)');

-- Who may look, and who may not.
CREATE ROLE "snap nobody";
CREATE ROLE snap_monitor IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA snap TO PUBLIC;
SET ROLE "snap nobody";
SELECT * FROM snap.error('SELECT * FROM dbeng.table_activity()');
SELECT * FROM snap.error('TABLE dbeng.snapshots');
SELECT * FROM snap.error('SELECT dbeng.snapshot()');
\x off
SELECT call, (snap.error('SELECT * FROM dbeng.' || call)).* FROM unnest(ARRAY['index_activity()', 'query_activity()', 'database_activity()', 'wait_activity()',
	'server_activity()', 'relation_history(''snap.old'')', 'metric_history(''commits'')', 'disk_forecast()', 'setting_changes()', 'record_health()',
	'health_history', 'finding_history']) call;
SELECT (snap.error('SELECT * FROM dbeng.' || name)).code FROM unnest(ARRAY['snapshot', 'snapshot_minute', 'series', 'statement_text', 'setting_value', 'health_score', 'finding_seen']) name;
SET ROLE snap_monitor;
SELECT call, (snap.error('SELECT count(*) FROM dbeng.' || call)).code FROM unnest(ARRAY['snapshots', 'table_activity()', 'index_activity()', 'query_activity()', 'database_activity()',
	'wait_activity()', 'server_activity()', 'relation_history(''snap.old'')', 'metric_history(''commits'')', 'disk_forecast()', 'setting_changes()', 'health_history', 'finding_history']) call;
\x on
SELECT * FROM snap.error('SELECT dbeng.snapshot()');
SELECT * FROM snap.error('SELECT dbeng.record_health()');
RESET ROLE;
-- Who is given the right to write may take one, without a right to anything else.
GRANT INSERT ON dbeng.snapshot TO snap_monitor;
SET ROLE snap_monitor;
\x off
SELECT dbeng.snapshot() > 0 AS taken, current_user;
RESET ROLE;
REVOKE INSERT ON dbeng.snapshot FROM snap_monitor;
\x on
BEGIN READ ONLY;
SELECT * FROM snap.error('SELECT dbeng.snapshot()');
SELECT count(*) > 0 AS readable FROM dbeng.table_activity();
COMMIT;
\x off

DROP VIEW snap.server;
DROP SCHEMA snap, snap3 CASCADE;
DROP ROLE snap_owner, "snap nobody", snap_monitor, "snap ""x""";
