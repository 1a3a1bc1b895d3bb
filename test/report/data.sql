-- Two days of known data behind dbeng.report(), whatever this server has stored: what the report reads is replaced by
-- functions of time. For a transaction that is rolled back, or a database that is thrown away.
--
-- A minute between snapshots from 2026-03-01 00:00 to 2026-03-03 00:00 UTC; a restart on the second day, down from 03:20
-- to 04:00; a spike from 14:00 to 14:20; names and statements that try to be markup. The day is 2026-03-02.
SET client_min_messages = warning;
DO $$
DECLARE
	member record;
BEGIN
	FOR member IN
		SELECT i.type, i.identity, d.objid
		FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND i.schema = 'dbeng'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'dbeng')
			AND (i.type IN ('function', 'view') AND split_part(i.identity, '(', 1) = ANY (ARRAY['dbeng.snapshots', 'dbeng.table_activity',
				'dbeng.index_activity', 'dbeng.query_activity', 'dbeng.database_activity', 'dbeng.wait_activity', 'dbeng.server_activity',
				'dbeng.metric_history', 'dbeng.setting_changes', 'dbeng.health_history', 'dbeng.finding_history', 'dbeng.disk_forecast']))
		ORDER BY i.type
	LOOP
		EXECUTE format('ALTER EXTENSION dbeng DROP %s %s', member.type, member.identity);
		EXECUTE format('DROP %s %s CASCADE', member.type, member.identity);
	END LOOP;
END $$;

CREATE TABLE dbeng.known_snapshot (taken_at timestamptz PRIMARY KEY);
INSERT INTO dbeng.known_snapshot
SELECT t FROM generate_series('2026-03-01 00:00+00'::timestamptz, '2026-03-03 00:00+00', '1 minute') t
WHERE t NOT BETWEEN '2026-03-02 03:20:30+00' AND '2026-03-02 03:59:30+00';
ANALYZE dbeng.known_snapshot;

CREATE VIEW dbeng.snapshots AS
SELECT row_number() OVER (ORDER BY taken_at) AS snapshot_id, taken_at, 12.5::float8 AS duration_ms, 120::bigint AS relations,
	500::bigint AS statements, 9000::bigint AS stored_bytes, CASE WHEN taken_at < '2026-03-02 04:00+00' THEN 1 ELSE 2 END AS epoch,
	CASE WHEN taken_at = '2026-03-02 04:00+00' THEN 'the server was <restarted>' END AS note
FROM dbeng.known_snapshot;

-- Seconds of an interval that lie before and on 2026-03-02.
CREATE FUNCTION dbeng.known_hours(from_at timestamptz, to_at timestamptz, OUT first_day float8, OUT second_day float8) LANGUAGE sql AS $$
	SELECT greatest(extract(epoch FROM least(to_at, '2026-03-02 00:00+00') - greatest(from_at, '2026-03-01 00:00+00')), 0) / 3600,
		greatest(extract(epoch FROM least(to_at, '2026-03-03 00:00+00') - greatest(from_at, '2026-03-02 00:00+00')), 0) / 3600
$$;

-- 0 at night, 1 at noon, and a little noise.
CREATE FUNCTION dbeng.known_rhythm(at timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT (1 - cos(2 * pi() * extract(epoch FROM at)::float8 / 86400)) / 2 * (1 + 0.12 * sin(extract(epoch FROM at)::float8 / 60 * 2.399)) $$;
CREATE FUNCTION dbeng.known_spike(at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT at >= '2026-03-02 14:00+00'::timestamptz AND at < '2026-03-02 14:20+00'::timestamptz $$;

CREATE TABLE dbeng.known_metric AS
SELECT metric, taken_at, value
FROM dbeng.known_snapshot, dbeng.known_rhythm(taken_at) r, dbeng.known_spike(taken_at) s,
	LATERAL (SELECT extract(epoch FROM taken_at - '2026-03-01 00:00+00')::float8 / 86400 AS day) d,
	LATERAL (VALUES
		('active_sessions', 0.2 + 2.2 * r + CASE WHEN s THEN 14 ELSE 0 END),
		('statement_ms', 150 + 1900 * r + CASE WHEN s THEN 9000 ELSE 0 END),
		('statement_calls', 40 + 900 * r),
		('commits', 12 + 240 * r - CASE WHEN s THEN 150 ELSE 0 END),
		('connections', 20 + round(30 * r) + CASE WHEN s THEN 45 ELSE 0 END),
		('connections_used', 20 + 30 * r + CASE WHEN s THEN 38 ELSE 0 END),
		('cache_hit_ratio', 99.6 - 0.5 * r - CASE WHEN s THEN 4.5 ELSE 0 END),
		('blocks_read', 40 + 700 * r + CASE WHEN s THEN 9000 ELSE 0 END),
		('wal_bytes', 30000 + 900000 * r + CASE WHEN extract(hour FROM taken_at AT TIME ZONE 'UTC') = 2 THEN 5000000 ELSE 0 END),
		('temp_bytes', CASE WHEN s THEN 90000000 WHEN extract(hour FROM taken_at AT TIME ZONE 'UTC') = 1 THEN 8000000 ELSE 0 END),
		('database_bytes', 42e9 + 7e8 * day + CASE WHEN day > 1.1 THEN 4e8 ELSE 0 END),
		('lock_waits', CASE WHEN s THEN 7 WHEN r > 0.95 AND extract(minute FROM taken_at) = 7 THEN 1 ELSE 0 END),
		('oldest_transaction_age', CASE WHEN s THEN extract(epoch FROM taken_at - '2026-03-02 13:40+00')::float8 ELSE 3 + 5 * r END),
		('replication_lag', 0.0),
		('replication_slot_retained_wal', 0.0)
	) m(metric, value);
CREATE INDEX ON dbeng.known_metric (metric, taken_at) INCLUDE (value);
ANALYZE dbeng.known_metric;
CREATE FUNCTION dbeng.metric_history(metric text, from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (taken_at timestamptz, value float8) STABLE LANGUAGE sql AS $$
	SELECT taken_at, value FROM dbeng.known_metric k WHERE k.metric = $1 AND k.taken_at BETWEEN from_at AND to_at ORDER BY 1 $$;

CREATE FUNCTION dbeng.wait_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (event_type text, event text, samples bigint, share_pct numeric, average_sessions float8) STABLE LANGUAGE sql AS $$
	WITH s AS (
		SELECT w.event_type, w.event, sum(w.sessions) AS sessions, (SELECT count(*) FROM dbeng.known_snapshot WHERE taken_at >= from_at AND taken_at < to_at) AS snapshots
		FROM dbeng.known_snapshot k, dbeng.known_rhythm(taken_at) r, dbeng.known_spike(taken_at) s, LATERAL (VALUES
			('CPU', 'CPU', 0.1 + 1.2 * r), ('IO', 'DataFileRead', 0.1 + 0.6 * r + CASE WHEN s THEN 3 ELSE 0 END), ('IO', 'WALSync', 0.15 * r),
			('LWLock', 'WALWrite', 0.1 * r), ('Lock', 'transactionid', CASE WHEN s THEN 8 ELSE 0.02 * r END), ('Lock', 'tuple', CASE WHEN s THEN 3 ELSE 0 END),
			('Client', 'ClientRead', 0.05 * r), ('IPC', '<i>Bg"WorkerShutdown</i>', CASE WHEN taken_at >= '2026-03-02 18:00+00' THEN 0.2 ELSE 0 END)
		) w(event_type, event, sessions) WHERE taken_at >= from_at AND taken_at < to_at GROUP BY 1, 2)
	SELECT s.event_type, s.event, round(sessions)::bigint, round((100 * sessions / sum(sessions) OVER ())::numeric, 2), sessions / snapshots
	FROM s WHERE sessions > 0 $$;

-- Words no ASCII has, and characters that turn the reading direction.
SELECT getdatabaseencoding() = 'UTF8' AS utf8, getdatabaseencoding() = 'SQL_ASCII' AS bytes \gset
\if :utf8
CREATE FUNCTION dbeng.known_words() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT E'\u202Eevil\u200B na\u00EFve \u2014 \u65E5\u672C\u8A9E \u0442\u0430 \U0001F600'$$;
\elif :bytes
CREATE FUNCTION dbeng.known_words() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT E'na\xC3\xAFve \xFF'$$;
\else
CREATE FUNCTION dbeng.known_words() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT E'na\u00EFve'$$;
\endif

-- Statement n of 500 takes 1/n of the time; some behave worse on the second day, one is new, one is gone.
CREATE FUNCTION dbeng.query_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (queryid bigint, calls bigint, total_ms float8, mean_ms float8, share_pct numeric, rows bigint, blocks_hit bigint, blocks_read bigint,
	temp_blocks bigint, wal_bytes bigint, plan_ms float8, io_ms float8, role regrole, toplevel boolean, query text) STABLE LANGUAGE sql AS $$
	SELECT q.queryid, calls::bigint, ms, ms / calls, round((100 * ms / sum(ms) OVER ())::numeric, 2), (calls * rows)::bigint, (calls * (5 + rows))::bigint,
		(calls * CASE WHEN n % 7 = 3 THEN 40 ELSE 0.05 END)::bigint, CASE WHEN n % 11 = 4 THEN (calls * 300)::bigint ELSE 0 END,
		CASE WHEN n % 3 = 1 THEN (calls * 420)::bigint ELSE 0 END, 0::float8, CASE WHEN n % 7 = 3 THEN ms * 0.6 ELSE 0 END,
		'pg_monitor'::regrole, true,
		CASE n
			WHEN 1 THEN 'SELECT o.id, o.placed_at, o.state, c.name, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.state = $1 AND o.placed_at > $2 ORDER BY o.placed_at DESC LIMIT $3'
			WHEN 2 THEN E'UPDATE stock\n\tSET reserved = reserved + $1\n\tWHERE product_id = $2'
			WHEN 3 THEN 'SELECT * FROM events WHERE payload->>$1 = $2 /* <script>alert("report")</script> */'
			WHEN 4 THEN 'INSERT INTO events (kind, payload) VALUES ($1, $2) -- ]]> </code></style><img src=x onerror=alert(1)>'
			WHEN 5 THEN 'SELECT ''a|b'', "javascript:alert(1)", `x`, [l](javascript:alert(1)), https://example.org **bold** &amp; \\|'
			WHEN 6 THEN E'SELECT \x1b[31m\x07 ' || dbeng.known_words()
			WHEN 7 THEN 'SELECT ' || (SELECT string_agg('column_' || i, ', ') FROM generate_series(1, 900) i) || ' FROM wide'
			WHEN 8 THEN NULL
			ELSE 'SELECT value FROM t' || n || ' WHERE id = $1' END
	FROM (SELECT n::bigint * 7919 + 1000003 AS queryid, n,
			(first_day * CASE WHEN n = 12 THEN 0 ELSE 1 END + second_day * CASE n WHEN 13 THEN 0 WHEN 2 THEN 1.4 ELSE 1.02 END) * 3600 * 60 / n / CASE WHEN n % 5 = 0 THEN 200 ELSE 1 END AS calls,
			(first_day * CASE WHEN n = 12 THEN 0 ELSE 1 END + second_day * CASE n WHEN 13 THEN 0 WHEN 2 THEN 3.1 WHEN 3 THEN 1.6 WHEN 4 THEN 0.6 ELSE 1.02 END) * 3600 * 180 / n AS ms,
			CASE WHEN n % 4 = 1 THEN 25 ELSE 1 END AS rows
		FROM dbeng.known_hours(from_at, to_at), generate_series(1, 500) n) q
	WHERE calls >= 1 $$;

CREATE FUNCTION dbeng.known_name(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE n WHEN 1 THEN 'public.events' WHEN 2 THEN 'public.orders' WHEN 3 THEN 'public."<script>alert(1)</script>"' WHEN 4 THEN 'public."""; DROP TABLE x; --"'
		WHEN 5 THEN 'public.' || repeat('very_long_', 6) || 'nam' WHEN 6 THEN 'public."' || dbeng.known_words() || '"' ELSE 'public.t' || n END $$;

CREATE FUNCTION dbeng.table_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (relation regclass, seq_scans bigint, rows_read bigint, inserts bigint, updates bigint, deletes bigint, hot_updates bigint, idx_scans bigint,
	rows_fetched bigint, blocks_read bigint, blocks_hit bigint, live_rows bigint, dead_rows bigint, vacuums bigint, analyzes bigint, bytes bigint,
	growth_bytes bigint, name text, dropped boolean) STABLE LANGUAGE sql AS $$
	SELECT NULL::regclass, (h * (n % 4))::bigint, (h * (n % 4) * 90000 / n)::bigint, (h * 40000 / n)::bigint, (h * CASE WHEN n % 2 = 0 THEN 21000 ELSE 60 END / n)::bigint,
		(h * CASE WHEN n % 5 = 2 THEN 9000 ELSE 0 END / n)::bigint, (h * CASE WHEN n % 2 = 0 THEN 15000 ELSE 50 END / n)::bigint, (h * 80000 / n)::bigint, (h * 110000 / n)::bigint,
		(h * 9000 / n)::bigint, (h * 700000 / n)::bigint, 90000000 / n, CASE WHEN n % 3 = 2 THEN 12000000 / n ELSE 500 END, (h / 8)::bigint, (h / 12)::bigint,
		(40::bigint << 30) / n, (h * 30000000 / n)::bigint * CASE WHEN n % 13 = 9 THEN -1 WHEN n % 2 = 1 THEN 1 ELSE 0 END, dbeng.known_name(n), n = 9
	FROM (SELECT first_day + second_day * 1.3 AS h, second_day FROM dbeng.known_hours(from_at, to_at)) h, generate_series(1, 120) n
	WHERE n <> 11 OR second_day > 0 $$;

CREATE FUNCTION dbeng.index_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (relation regclass, index regclass, scans bigint, rows_read bigint, rows_fetched bigint, blocks_read bigint, blocks_hit bigint, bytes bigint,
	growth_bytes bigint, name text, table_name text, dropped boolean) STABLE LANGUAGE sql AS $$
	SELECT NULL::regclass, NULL::regclass, (h * CASE WHEN n % 4 = 0 THEN 0 ELSE 50000 / n END)::bigint, (h * CASE WHEN n % 4 = 0 THEN 0 ELSE 90000 / n END)::bigint, 0::bigint,
		(h * 400 / n)::bigint, (h * 90000 / n)::bigint, (6::bigint << 30) / n, (h * 900000 / n)::bigint,
		CASE n WHEN 4 THEN 'public."<b onmouseover=alert(1)>"' ELSE 'public.t' || n || '_pkey' END, dbeng.known_name(n), false
	FROM (SELECT first_day + second_day * 1.3 AS h FROM dbeng.known_hours(from_at, to_at)) h, generate_series(1, 240) n $$;

CREATE FUNCTION dbeng.database_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (database name, commits bigint, rollbacks bigint, blocks_read bigint, blocks_hit bigint, hit_pct numeric, rows_returned bigint, rows_fetched bigint,
	inserts bigint, updates bigint, deletes bigint, temp_files bigint, temp_bytes bigint, deadlocks bigint, conflicts bigint, active_ms float8,
	idle_in_transaction_ms float8, sessions bigint) STABLE LANGUAGE sql AS $$
	SELECT d.name, (h * 480000 * share)::bigint, (h * 2600 * share)::bigint, (h * 1300000 * share)::bigint, (h * 160000000 * share)::bigint, 99.19, 0::bigint, 0::bigint,
		(h * 160000 * share)::bigint, (h * 60000 * share)::bigint, (h * 9000 * share)::bigint, (second_day * 20 * share)::bigint, (second_day * 5200000000 * share)::bigint,
		(second_day / 6 * share)::bigint, 0::bigint, h * 3900000 * share, h * 90000 * share, (h * 400 * share)::bigint
	FROM (SELECT first_day + second_day * 1.1 AS h, second_day FROM dbeng.known_hours(from_at, to_at)) h,
		(VALUES (current_database(), 1), ('a<b>&"c"', 0.02), (NULL, 0)) d(name, share) $$;

CREATE FUNCTION dbeng.server_activity(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (counter text, value bigint, unit text) STABLE LANGUAGE sql AS $$
	SELECT c.counter, (first_day * c.first + second_day * c.second)::bigint, c.unit FROM dbeng.known_hours(from_at, to_at),
		(VALUES ('checkpoints_timed', 12.0, 10.0, 'count'), ('checkpoints_requested', 0.2, 6.0, 'count'), ('checkpoint_write_time', 900000.0, 1100000.0, 'ms'),
			('checkpoint_sync_time', 900.0, 1400.0, 'ms'), ('buffers_checkpoint', 90000.0, 160000.0, 'blocks'), ('buffers_clean', 0.0, 0.0, 'blocks'),
			('wal_records', 9000000.0, 14000000.0, 'count'), ('wal_full_page_images', 90000.0, 210000.0, 'count'), ('wal_bytes', 1700000000.0, 2900000000.0, 'bytes'),
			('archived', 100.0, 170.0, 'count'), ('archive_failed', 0.0, 0.0, 'count')) c(counter, first, second, unit) $$;

CREATE FUNCTION dbeng.setting_changes(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (changed_at timestamptz, setting text, old_value text, new_value text, source text) STABLE LANGUAGE sql AS $$
	SELECT * FROM (VALUES ('2026-03-02 04:00+00'::timestamptz, 'shared_buffers', '128MB', '4GB', 'configuration file'),
		('2026-03-02 04:00+00', 'archive_command', '', 'test ! -f "/x/%f" && cp "%p" ''/x/%f'' # <script>alert(1)</script> | tee', 'configuration file'),
		('2026-03-01 09:00+00', 'work_mem', NULL, '16MB', 'database')) c(changed_at, setting, old_value, new_value, source)
	WHERE changed_at BETWEEN from_at AND to_at $$;

CREATE VIEW dbeng.health_history AS
SELECT t AS taken_at, dimension, weight, (begin - CASE WHEN t >= '2026-03-02 14:00+00' THEN fall ELSE 0 END)::numeric AS score,
	CASE WHEN dimension = 'overall' THEN 'solid' ELSE 'professional' END AS rating, coverage AS coverage_pct
FROM generate_series('2026-03-01 00:30+00'::timestamptz, '2026-03-03 00:00+00', '1 hour') t,
	(VALUES ('schema design', 20, 8.1, 0.0, 100.0), ('indexing', 15, 7.4, -0.2, 100.0), ('query quality', 20, 6.9, 0.8, 92.5), ('migration safety', 10, 8.8, 0.0, 70.0),
		('security', 15, 9.1, 0.0, 100.0), ('monitoring', 10, 8.0, 1.6, 100.0), ('backup & recovery', 10, NULL, 0.0, 0.0), ('overall', 100, 79.3, 3.9, 88.1)) d(dimension, weight, begin, fall, coverage);

CREATE VIEW dbeng.finding_history AS
SELECT * FROM (VALUES
	('idx-unused', 'indexing', 'notice', 'public.t4_pkey', 'has not been scanned for 31 days', '2026-02-01 00:00+00'::timestamptz, '2026-03-03 00:00+00'::timestamptz, NULL::timestamptz),
	('mon-deadlocks', 'monitoring', 'warning', NULL, '4 deadlocks since statistics were reset', '2026-03-02 14:30+00', '2026-03-03 00:00+00', NULL),
	('mon-idle-in-transaction', 'monitoring', 'critical', '<script>alert(1)</script>', 'a session is idle in a transaction for 40 minutes | "quoted" ''&'' ]]>', '2026-03-02 14:00+00', '2026-03-03 00:00+00', NULL),
	('idx-duplicate', 'indexing', 'warning', 'public.orders_idx', 'is the same as public.orders_pkey', '2026-02-01 00:00+00', '2026-03-02 10:00+00', '2026-03-02 10:30+00'),
	('mon-connections', 'monitoring', 'warning', NULL, '91 % of the connections are in use', '2026-03-02 14:00+00', '2026-03-02 14:00+00', '2026-03-02 15:00+00')
	) f(check_id, dimension, severity, object, message, first_seen, last_seen, gone_at);

CREATE FUNCTION dbeng.disk_forecast(capacity_bytes bigint DEFAULT NULL)
RETURNS TABLE (object text, bytes bigint, bytes_per_day bigint, full_at timestamptz, free_bytes bigint, detail text) STABLE LANGUAGE sql AS $$
	SELECT * FROM (VALUES ('data directory', 43400000000, 720000000, date_trunc('day', now()) + '53 days 1 hour', 37500000000, 'from 2 days of snapshots'),
		('tablespace <fast>', 9000000000, 0, NULL, 88000000000, 'does not grow')) f(object, bytes, bytes_per_day, full_at, free_bytes, detail) $$;
GRANT SELECT ON dbeng.known_snapshot, dbeng.known_metric, dbeng.snapshots, dbeng.health_history, dbeng.finding_history TO pg_monitor;
RESET client_min_messages;
