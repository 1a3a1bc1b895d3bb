-- What goes on: metrics, connections, sessions, sizes, estimated counts, runbooks. Locks have tests of their own.
\pset null -
SET client_encoding = 'UTF8';
CREATE FUNCTION pg_temp.error(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- Metrics: their names, units and limits, which are those of the checks.
SELECT metric, unit, warning, critical FROM dbeng.metrics() WHERE metric NOT LIKE 'wal\_archive%' AND metric <> 'checksum_failures' AND metric NOT LIKE '%hit_ratio' AND metric <> 'autovacuum_backlog';
SELECT string_agg(metric, ', ') FROM dbeng.metrics() WHERE metric LIKE 'wal\_archive%' OR metric IN ('checksum_failures', 'cache_hit_ratio', 'index_hit_ratio', 'autovacuum_backlog');
SELECT count(*) AS without FROM dbeng.metrics() WHERE detail IS NULL OR unit IS NULL OR status NOT IN ('ok', 'warning', 'critical', 'unknown')
	OR (value IS NULL AND status IN ('warning', 'critical') AND metric NOT IN ('autovacuum_backlog', 'wal_archive_age'));
SELECT dbeng.configure_check('mon-connections', thresholds => '{"percent": 0.001, "critical_percent": 0.002}');
SELECT status, warning, critical FROM dbeng.metrics() WHERE metric = 'connections_used';
SELECT severity FROM dbeng.findings('monitoring') WHERE check_id = 'mon-connections';
SELECT dbeng.configure_check('mon-connections', thresholds => '{"percent": null, "critical_percent": null}');
SELECT status FROM dbeng.metrics() WHERE metric = 'connections_used';
DELETE FROM dbeng.check_setting;
SELECT abs(value / pg_database_size(current_database()) - 1) < 0.1 AS about_right FROM dbeng.metrics() WHERE metric = 'database_bytes';

-- Dead rows: the worst table of those where they are many.
CREATE SCHEMA act;
CREATE TABLE act.dead (a int) WITH (autovacuum_enabled = false);
INSERT INTO act.dead SELECT generate_series(1, 30000);
DELETE FROM act.dead WHERE a <= 15000;
SELECT pg_stat_force_next_flush();
SELECT value, status, detail FROM dbeng.metrics() WHERE metric = 'dead_tuples';
SELECT message FROM dbeng.findings('monitoring') WHERE check_id = 'mon-dead-rows';
DROP TABLE act.dead;

-- Connections: this one is active, and the total is what the metric shows.
SELECT max_connections = current_setting('max_connections')::int AS setting, connections >= 1 AS mine, oldest IS NOT NULL AS oldest, available < max_connections AS reserved
  FROM dbeng.connections WHERE state = 'active';
SELECT count(*) FILTER (WHERE state = 'total') AS totals, sum(connections) FILTER (WHERE state <> 'total') = sum(connections) FILTER (WHERE state = 'total') AS adds_up FROM dbeng.connections;

-- Long running: one's own session is shown, and never stopped.
BEGIN;
SELECT state, duration >= interval '0' AS lasts, user_name = current_user AS mine, backend_type, database = current_database() AS here, transaction_age >= duration AS open
  FROM dbeng.long_running WHERE pid = pg_backend_pid();
SELECT state, action, outcome FROM dbeng.stop_long_running('0', 'terminate', false) WHERE pid = pg_backend_pid();
SELECT count(*) FROM dbeng.stop_long_running('100 years');
COMMIT;
\x on
SELECT * FROM pg_temp.error($$SELECT dbeng.stop_long_running('5 minutes', 'kill')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.stop_long_running('-1 day -01:00')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.stop_long_running(NULL)$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.stop_long_running(how => NULL)$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.stop_long_running(dry_run => NULL)$$);
\x off

-- Sizes: as the server measures them, whatever VACUUM and ANALYZE have seen.
CREATE TABLE act.plain (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = false);
INSERT INTO act.plain SELECT n, repeat('x', 200) FROM generate_series(1, 2000) n;
CREATE TABLE act.toasted (id int, note text) WITH (autovacuum_enabled = false);
ALTER TABLE act.toasted ALTER note SET STORAGE EXTERNAL;
INSERT INTO act.toasted SELECT n, repeat('x', 9000) FROM generate_series(1, 300) n;
CREATE TABLE act.parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE act.parted_1 PARTITION OF act.parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE act.parted_2 PARTITION OF act.parted FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY RANGE (at);
CREATE TABLE act.parted_2_1 PARTITION OF act.parted_2 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE INDEX ON act.parted (id);
INSERT INTO act.parted SELECT n, date '2020-01-01' + n % 700 FROM generate_series(1, 3000) n;
CREATE TABLE act.nothing ();
CREATE MATERIALIZED VIEW act.stored AS SELECT * FROM act.plain;
CREATE VIEW act.seen AS SELECT * FROM act.plain WHERE id <= 100;
SELECT pg_stat_force_next_flush();
CREATE VIEW act.measured AS
	SELECT relation, rows, partitions, total_size = pg_size_pretty(total_bytes) AS pretty, total_bytes = table_bytes + index_bytes + toast_bytes AS adds_up,
		abs(total_bytes - (SELECT sum(pg_total_relation_size(relid)) FROM (SELECT relid FROM pg_partition_tree(relation) UNION SELECT relation) t)) <= 5 * 8192 AS "right",
		index_bytes > 0 AS indexes, toast_bytes > 100000 AS toast
	FROM dbeng.table_sizes WHERE relation::text LIKE 'act.%' ORDER BY total_bytes DESC, relation::text;
SELECT * FROM act.measured;
ANALYZE act.plain, act.parted, act.toasted;
VACUUM act.toasted;
SELECT * FROM act.measured WHERE relation::text NOT LIKE '%stored';
-- What an open transaction writes is seen at once.
BEGIN;
INSERT INTO act.plain SELECT n, repeat('x', 200) FROM generate_series(2001, 5000) n;
SELECT relation, "right" FROM act.measured WHERE relation = 'act.plain'::regclass;
ROLLBACK;
-- What was rolled back is there until VACUUM.
SELECT pg_stat_force_next_flush();
SELECT relation, "right" FROM act.measured WHERE relation = 'act.plain'::regclass;
SELECT count(*) AS not_the_users FROM dbeng.table_sizes WHERE relation::text ~ '^(pg_|information_schema|dbeng\.)';

-- Estimated counts: of a table, its partitions, a view, a query.
SELECT dbeng.approximate_count('act.plain') BETWEEN 1900 AND 5200 AS plain, dbeng.approximate_count('act.nothing'::regclass) AS nothing,
	dbeng.approximate_count('act.parted'::regclass) AS parted, dbeng.approximate_count('act.parted_2'::regclass) > 1000 AS subtree,
	dbeng.approximate_count('act.seen'::regclass) BETWEEN 50 AND 400 AS seen, dbeng.approximate_count('act.toasted'::regclass) AS toasted;
CREATE TABLE act.child () INHERITS (act.toasted);
INSERT INTO act.child SELECT n, 'x' FROM generate_series(1, 100) n;
ANALYZE act.child;
SELECT dbeng.approximate_count('act.toasted'::regclass) AS with_children, dbeng.approximate_count('act.child'::regclass) AS child;
VACUUM ANALYZE act.plain;
SELECT dbeng.approximate_count('act.plain') AS plain, dbeng.approximate_count('SELECT * FROM act.plain') AS query, dbeng.approximate_count('TABLE act.plain;') AS table,
	dbeng.approximate_count('SELECT * FROM act.plain LIMIT 7') AS limited, dbeng.approximate_count('SELECT count(*) FROM act.plain') AS one,
	dbeng.approximate_count('WITH x AS (SELECT 1) SELECT * FROM x, (VALUES (1), (2)) v') AS two, dbeng.approximate_count('"act"."plain"') AS quoted;
SELECT dbeng.approximate_count(NULL::text), dbeng.approximate_count(NULL::regclass);
INSERT INTO act.plain SELECT n, repeat('x', 200) FROM generate_series(2001, 4000) n;
SELECT dbeng.approximate_count('act.plain') BETWEEN 3900 AND 4100 AS grown;
-- Nothing is executed, and nothing but one query is taken.
CREATE FUNCTION act.count_me() RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE 'executed'; END$$;
SELECT dbeng.approximate_count('SELECT act.count_me() FROM act.plain') BETWEEN 3900 AND 4100 AS planned;
SELECT dbeng.approximate_count('SELEC 1');
SELECT dbeng.approximate_count('SELECT *
  FROM act.plane');
\x on
SELECT * FROM pg_temp.error($$SELECT dbeng.approximate_count('DELETE FROM act.plain')$$);
SELECT message FROM pg_temp.error($$SELECT dbeng.approximate_count('WITH gone AS (DELETE FROM act.plain RETURNING *) SELECT * FROM gone')$$);
SELECT message FROM pg_temp.error($$SELECT dbeng.approximate_count('SELECT * INTO act.copy FROM act.plain')$$);
SELECT message FROM pg_temp.error($$SELECT dbeng.approximate_count('SELECT 1; DROP TABLE act.plain')$$);
SELECT message FROM pg_temp.error($$SELECT dbeng.approximate_count('EXPLAIN SELECT 1')$$);
SELECT message FROM pg_temp.error($$SELECT dbeng.approximate_count('')$$);
SELECT code, message FROM pg_temp.error($$SELECT dbeng.approximate_count('SELECT $1')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.approximate_count('act.plain_pkey'::regclass)$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.approximate_count(0::regclass)$$);
\x off
SELECT count(*) FROM act.plain;

-- Runbooks: every step answers, and every action but a comment is SQL.
SELECT name, count(*) AS steps, count(answer) AS answers, count(*) FILTER (WHERE answer LIKE 'it cannot be seen%') AS unseen, min(step) AS first, max(step) = count(*) AS numbered
  FROM unnest(ARRAY['overloaded', 'disk full', 'replication lag', 'wraparound', 'lock pile-up', 'weekly']) WITH ORDINALITY AS n(name, place), dbeng.runbook(name)
 GROUP BY place, name ORDER BY place;
SELECT question FROM dbeng.runbook(' Lock Pile-up ');
\x on
SELECT * FROM pg_temp.error($$SELECT dbeng.runbook('fire')$$);
SELECT code, message FROM pg_temp.error($$SELECT dbeng.runbook(NULL)$$);
\x off

-- In a read-only transaction everything that looks works.
BEGIN READ ONLY;
SELECT count(*) > 20 AS metrics, (SELECT count(*) FROM dbeng.blocking) AS blocking, (SELECT count(*) > 0 FROM dbeng.connections) AS connections,
	(SELECT count(*) > 0 FROM dbeng.table_sizes) AS sizes, (SELECT count(*) FROM dbeng.runbook('disk full')) AS steps, dbeng.approximate_count('act.plain') > 0 AS count
  FROM dbeng.metrics();
COMMIT;

-- Privileges: looking needs pg_monitor; a count needs those of the query.
CREATE ROLE act_nobody;
CREATE ROLE act_monitor IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA act TO act_nobody;
SET ROLE act_nobody;
\x on
SELECT * FROM pg_temp.error('SELECT * FROM dbeng.metrics()');
SELECT message FROM unnest(ARRAY['connections', 'blocking', 'long_running', 'table_sizes', 'stop_long_running()', 'runbook(''weekly'')']) name,
	pg_temp.error('SELECT * FROM dbeng.' || name);
\x off
SELECT dbeng.approximate_count('act.plain') > 0 AS table;
SELECT code, message FROM pg_temp.error($$SELECT dbeng.approximate_count('SELECT * FROM act.plain')$$);
SET ROLE act_monitor;
SELECT count(*) FILTER (WHERE status = 'unknown' AND detail LIKE 'permission%') AS hidden FROM dbeng.metrics();
SELECT name, count(*) FILTER (WHERE answer LIKE 'it cannot be seen%') AS unseen
  FROM unnest(ARRAY['overloaded', 'disk full', 'replication lag', 'wraparound', 'lock pile-up', 'weekly']) name, dbeng.runbook(name) GROUP BY name ORDER BY name;
SELECT (SELECT count(*) FROM dbeng.blocking) AS blocking, count(*) > 0 AS connections FROM dbeng.connections;
SELECT action, outcome FROM dbeng.stop_long_running('0') WHERE pid = pg_backend_pid();
RESET ROLE;
REVOKE USAGE ON SCHEMA act FROM act_nobody;
DROP ROLE act_nobody, act_monitor;

-- Whatever the session has set, texts are the same.
SET search_path = act;
SET quote_all_identifiers = on;
SET DateStyle = 'German';
SELECT count(*) FROM dbeng.runbook('overloaded');
RESET ALL;
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
DROP SCHEMA act CASCADE;
