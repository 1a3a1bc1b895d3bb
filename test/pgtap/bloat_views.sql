-- What the views of bloat say, beside what a rewrite and REINDEX then give back; what they admit not to know; and the
-- remedies. VACUUM and counters are at work, so nothing here is one transaction.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgstattuple;
CREATE EXTENSION IF NOT EXISTS pageinspect SCHEMA public;
-- Since 16 the server adds pages in advance, which pgstattuple does not count as free.
CREATE FUNCTION public.unused(relation regclass) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM generate_series(0, pg_relation_size(relation) / 8192 - 1) AS b WHERE (public.page_header(public.get_raw_page(relation::text, b))).upper = 0
$$;
CREATE SCHEMA bv;
SET search_path = bv, public;
SELECT setseed(0.42) \gset

-- name, definition, rows, and how to make holes (random: every second row by chance)
CREATE TABLE full_rows AS SELECT i AS id, i % 100 AS a, md5(i::text) AS t FROM generate_series(1, 40000) i;
CREATE TABLE fresh AS TABLE full_rows;
CREATE TABLE random_20 AS TABLE full_rows;
CREATE TABLE random_50 AS TABLE full_rows;
CREATE TABLE random_80 AS TABLE full_rows;
CREATE TABLE clustered_50 AS TABLE full_rows;
CREATE TABLE clustered_80 AS TABLE full_rows;
CREATE TABLE refilled AS TABLE full_rows;
CREATE TABLE grown AS TABLE full_rows;
CREATE TABLE pruned (id int PRIMARY KEY, v int, t text) WITH (fillfactor = 90);
INSERT INTO pruned SELECT id, a, t FROM full_rows;
CREATE TABLE filled_70 (LIKE full_rows) WITH (fillfactor = 70);
INSERT INTO filled_70 TABLE full_rows;
CREATE TABLE filled_70_half (LIKE full_rows) WITH (fillfactor = 70);
INSERT INTO filled_70_half TABLE full_rows;
CREATE TABLE narrow AS SELECT i::int2 AS a, 1::int2 AS b, true AS c, i % 3 = 0 AS d, i AS e, 'x'::"char" AS f, 2::int2 AS g, false AS h
	FROM generate_series(1, 30000) i, generate_series(1, 3) j;
CREATE TABLE padded AS SELECT true AS a, i::int8 AS b, false AS c, i::int8 AS d, true AS e, i::int8 AS f FROM generate_series(1, 40000) i;
CREATE TABLE nulls AS SELECT i AS id, CASE WHEN i % 10 = 0 THEN i END AS a, CASE WHEN random() < 0.1 THEN md5(i::text) END AS b,
	CASE WHEN i % 7 = 0 THEN now() END AS c, NULL::text AS d, NULL::numeric AS e FROM generate_series(1, 60000) i;
CREATE TABLE skewed AS SELECT i AS id, CASE WHEN random() < 0.05 THEN repeat('x', 1500) ELSE 'ab' END AS t FROM generate_series(1, 40000) i;
CREATE TABLE uneven AS SELECT i AS id, CASE WHEN i % 20 = 0 THEN repeat('x', 1500) ELSE 'ab' END AS t FROM generate_series(1, 40000) i;
CREATE TABLE wide AS SELECT i AS id, repeat(md5(i::text), 1 + (random() * 40)::int) AS t FROM generate_series(1, 8000) i;
CREATE TABLE json AS SELECT i AS id, jsonb_build_object('a', i, 'b', md5(i::text), 'c', array_fill(i, ARRAY[i % 10])) AS d FROM generate_series(1, 30000) i;
CREATE TABLE dropped (id int, a text, b int8, c text);
INSERT INTO dropped SELECT i, 'as long as this', i, md5(i::text) FROM generate_series(1, 40000) i;
ALTER TABLE dropped DROP COLUMN a;
CREATE TABLE added AS SELECT i AS id, md5(i::text) AS t FROM generate_series(1, 40000) i;
ALTER TABLE added ADD b text NOT NULL DEFAULT repeat('b', 30);
CREATE TABLE outside (id int, t text);
ALTER TABLE outside ALTER t SET STORAGE EXTERNAL;
INSERT INTO outside SELECT i, repeat(md5(i::text), 100) FROM generate_series(1, 4000) i;
CREATE TABLE parts (id int, t text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (20000);
CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (20000) TO (99999);
INSERT INTO parts SELECT id, t FROM full_rows;
CREATE MATERIALIZED VIEW seen AS TABLE full_rows;
CREATE TABLE never_looked_at (LIKE full_rows) WITH (autovacuum_enabled = off);
INSERT INTO never_looked_at TABLE full_rows;
CREATE TABLE analyzed (LIKE full_rows) WITH (autovacuum_enabled = off);
INSERT INTO analyzed TABLE full_rows;
CREATE TABLE long_ago (LIKE full_rows) WITH (autovacuum_enabled = off);
INSERT INTO long_ago TABLE full_rows;
CREATE TABLE nothing (a int);
CREATE TEMPORARY TABLE mine AS TABLE full_rows;
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
SELECT pg_stat_force_next_flush() \gset
VACUUM (ANALYZE) pruned, grown, refilled;
ANALYZE long_ago;

DELETE FROM random_20 WHERE random() < 0.2;
DELETE FROM random_80 WHERE random() < 0.8;
DELETE FROM clustered_50 WHERE id BETWEEN 10000 AND 30000;
DELETE FROM clustered_80 WHERE id BETWEEN 1000 AND 33000;
DELETE FROM refilled WHERE id % 2 = 0;
SELECT format('DELETE FROM %s WHERE random() < 0.5', name) FROM unnest('{random_50,filled_70_half,narrow,padded,nulls,skewed,wide,json,added,outside,part_1,analyzed,never_looked_at,long_ago}'::text[]) name \gexec
UPDATE dropped SET b = b + 1 WHERE id % 2 = 0;
SELECT pg_stat_force_next_flush() \gset
VACUUM (ANALYZE) full_rows, fresh, random_20, random_50, random_80, clustered_50, clustered_80, refilled, filled_70, filled_70_half, narrow, padded, nulls, skewed, uneven, wide, json, dropped, added, outside, part_1, part_2, seen;
ANALYZE analyzed;
INSERT INTO refilled SELECT id, a, t FROM full_rows WHERE id % 5 < 2;
INSERT INTO grown TABLE full_rows;
UPDATE pruned SET v = v + 1 WHERE id % 7 = 1;
UPDATE pruned SET v = v + 1 WHERE id % 5 = 2;
UPDATE pruned SET v = v + 1 WHERE id % 3 = 0;
SELECT pg_stat_force_next_flush() \gset

SELECT no_plan();
CREATE TABLE public.bv_said AS SELECT *, (SELECT relname FROM pg_class WHERE oid = relation) AS name, pg_relation_size(relation) AS size FROM dbeng.table_bloat
WHERE relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'bv'::regnamespace) OR relation = (SELECT reltoastrelid FROM pg_class WHERE oid = 'outside'::regclass);
SELECT results_eq('SELECT name::text FROM public.bv_said WHERE relation <> (SELECT reltoastrelid FROM pg_class WHERE oid = ''outside''::regclass) ORDER BY 1',
	$$SELECT relname::text FROM pg_class WHERE relnamespace = 'bv'::regnamespace AND relkind IN ('r', 'm') ORDER BY 1$$, 'each that stores rows has its row, temporary tables do not');
SELECT is_empty('SELECT name, table_bytes, size FROM public.bv_said WHERE table_bytes <> size', 'sizes are those of now');
SELECT is((SELECT array_agg(bloat_bytes) FROM (SELECT bloat_bytes FROM dbeng.table_bloat) b), (SELECT array_agg(bloat_bytes ORDER BY bloat_bytes DESC NULLS LAST) FROM (SELECT bloat_bytes FROM dbeng.table_bloat) b), 'the most first');

SELECT is(method || ' ' || confidence, wanted, name || ' is known by')
FROM public.bv_said JOIN (VALUES ('fresh', 'maps high'), ('random_50', 'maps high'), ('clustered_80', 'maps high'), ('refilled', 'maps medium'), ('grown', 'maps medium'),
	('pruned', 'maps medium'), ('part_1', 'maps high'), ('seen', 'maps high'), ('analyzed', 'statistics medium'), ('long_ago', 'statistics low'), ('nothing', 'statistics high')) AS w(name, wanted) USING (name) ORDER BY name;
SELECT is(row(bloat_bytes, bloat_pct, free_bytes, dead_bytes, method, confidence)::text, '(,,,,,none)', 'nobody has looked at ' || name) FROM public.bv_said WHERE name = 'never_looked_at';

-- The free space that is there, and that of the TOAST table.
SELECT cmp_ok(abs(100.0 * (free_bytes - (SELECT free_space FROM pgstattuple(relation)) - 8192 * public.unused(relation)) / table_bytes), '<', 1.0, name || ': free space') FROM public.bv_said WHERE name IN ('random_50', 'clustered_50', 'json', 'filled_70');
SELECT cmp_ok(abs(100.0 * (free_bytes - (SELECT free_space FROM pgstattuple(relation)) - 8192 * public.unused(relation)) / table_bytes), '<', 1.0, 'TOAST: free space') FROM public.bv_said WHERE relation::text ~ '^pg_toast';
SELECT cmp_ok(abs(100.0 * (dead_bytes - (SELECT dead_tuple_len FROM pgstattuple(relation))) / table_bytes), '<', 8.0, 'dead rows, MAXALIGNed') FROM public.bv_said WHERE name = 'analyzed';

-- What a rewrite gives back.
SELECT format('VACUUM FULL %s', name) FROM public.bv_said WHERE relation::text !~ '^pg_toast' \gexec
SELECT cmp_ok(abs(bloat_pct - 100.0 * (size - pg_relation_size(relation)) / size), '<=', CASE WHEN confidence = 'low' THEN 60.0 WHEN name = 'wide' THEN 2.0 ELSE 1.0 END,
	format('%s: %s %% said, %s %% given back', name, bloat_pct, round(100.0 * (size - pg_relation_size(relation)) / size, 1)))
FROM public.bv_said WHERE method IS NOT NULL AND size > 0 AND relation::text !~ '^pg_toast' ORDER BY name;

-- Indexes: the same after REINDEX.
CREATE TABLE keys (id int PRIMARY KEY, r float8, t text, d int, d5 int, n int, u uuid DEFAULT gen_random_uuid());
CREATE INDEX by_r ON keys (r);
CREATE INDEX by_t ON keys (t);
CREATE INDEX by_d ON keys (d);
CREATE INDEX by_d5 ON keys (d5);
CREATE INDEX by_n ON keys (n);
CREATE INDEX by_u ON keys (u);
CREATE INDEX by_d_id ON keys (d, id);
CREATE INDEX by_d_t ON keys (d, t);
CREATE INDEX few ON keys (id) WHERE n IS NOT NULL;
CREATE INDEX several ON keys (id) WHERE d > 20;
CREATE INDEX fewer ON keys (t) WHERE d > 20 AND n IS NOT NULL;
CREATE INDEX filled_60 ON keys (id) WITH (fillfactor = 60);
CREATE INDEX not_deduplicated ON keys (d) WITH (deduplicate_items = off);
CREATE INDEX hashed ON keys USING hash (id);
CREATE INDEX ranges ON keys USING brin (id);
CREATE INDEX lowered ON keys (lower(t));
INSERT INTO keys SELECT i, random(), md5(i::text), i % 100, i / 5, CASE WHEN i % 4 = 0 THEN i END FROM generate_series(1, 40000) i;
CREATE TABLE holes (LIKE keys INCLUDING ALL);
INSERT INTO holes TABLE keys;
CREATE TABLE unvacuumed (LIKE keys INCLUDING ALL) WITH (autovacuum_enabled = off);
INSERT INTO unvacuumed TABLE keys;
CREATE TABLE emptied (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO emptied SELECT generate_series(1, 60000);
DELETE FROM holes WHERE id % 2 = 0;
DELETE FROM unvacuumed WHERE id % 2 = 0;
DELETE FROM emptied WHERE id < 50000;
REINDEX TABLE keys;
SELECT pg_stat_force_next_flush() \gset
VACUUM (ANALYZE) keys, holes;
ANALYZE unvacuumed;
SELECT pg_stat_force_next_flush() \gset
VACUUM emptied;
VACUUM emptied;
SELECT pg_stat_force_next_flush() \gset
CREATE TABLE public.bv_indexes AS SELECT *, (SELECT relname FROM pg_class WHERE oid = index) AS name, pg_relation_size(index) AS size FROM dbeng.index_bloat WHERE relation IN ('keys'::regclass, 'holes', 'unvacuumed', 'emptied');
SELECT is_empty('SELECT name, index_bytes, size FROM public.bv_indexes WHERE index_bytes <> size', 'sizes of indexes are those of now');
SELECT is((SELECT count(*) FROM public.bv_indexes), (SELECT count(*) FROM pg_index WHERE indrelid IN ('keys'::regclass, 'holes'::regclass, 'unvacuumed'::regclass, 'emptied'::regclass)), 'each index has its row');
SELECT is(row(bloat_bytes, method, confidence)::text, '(,,none)', name || ' is not told by statistics') FROM public.bv_indexes WHERE name LIKE '%lower%';
SELECT is(confidence, 'high', name || ': all rows are as long') FROM public.bv_indexes WHERE name IN ('keys_pkey', 'holes_pkey');
SELECT cmp_ok(bloat_pct, '>', 75.0, 'pages that VACUUM found empty: ' || method) FROM public.bv_indexes WHERE name = 'emptied_pkey';
REINDEX TABLE holes;
REINDEX TABLE unvacuumed;
SELECT cmp_ok(abs(bloat_pct - 100.0 * (size - pg_relation_size(index)) / size), '<=', CASE WHEN 100.0 * (size - pg_relation_size(index)) / size < 11 THEN 11.0 ELSE 3.0 END,
	format('%s on %s: %s %% said, %s %% given back', name, relation, bloat_pct, round(100.0 * (size - pg_relation_size(index)) / size, 1)))
FROM public.bv_indexes WHERE method = 'statistics' AND relation <> 'emptied'::regclass ORDER BY relation::text, name;
SELECT is(bloat_bytes, 0::bigint, 'nothing of a fresh one: ' || name) FROM public.bv_indexes WHERE relation = 'keys'::regclass AND method IS NOT NULL ORDER BY name;

-- Remedies. dead: nobody needs the rows; with autovacuum off for it, that is mended, too.

CREATE TABLE dead (LIKE full_rows);
INSERT INTO dead TABLE full_rows;
CREATE TABLE "Dead ""too" (LIKE full_rows) WITH (autovacuum_enabled = off);
INSERT INTO "Dead ""too" TABLE full_rows;
SELECT pg_stat_force_next_flush() \gset
VACUUM (ANALYZE) dead, "Dead ""too";
DELETE FROM dead WHERE id % 2 = 0;
DELETE FROM "Dead ""too" WHERE id % 2 = 0;
SELECT pg_stat_force_next_flush() \gset
SELECT is((SELECT fix FROM dbeng.table_bloat WHERE relation = 'dead'::regclass), 'VACUUM (ANALYZE) bv.dead;', 'dead rows: VACUUM');
SELECT is((SELECT fix FROM dbeng.table_bloat WHERE relation = '"Dead ""too"'::regclass),
	E'ALTER TABLE bv."Dead ""too" RESET (autovacuum_enabled);\nVACUUM (ANALYZE) bv."Dead ""too";', 'autovacuum is off for it');
SELECT is((SELECT fix FROM dbeng.table_bloat WHERE relation = 'fresh'::regclass), NULL, 'nothing to do');

-- A rewrite, where much is free after VACUUM.
CREATE TABLE huge (id int PRIMARY KEY, v int NOT NULL, t text);
ALTER TABLE huge ALTER t SET STORAGE PLAIN;
INSERT INTO huge SELECT i, 0, repeat('x', 3900) FROM generate_series(1, 32000) i;
DELETE FROM huge WHERE id % 40 > 1;
SELECT pg_stat_force_next_flush() \gset
VACUUM (ANALYZE) huge;
SELECT matches((SELECT fix FROM dbeng.table_bloat WHERE relation = 'huge'::regclass),
	'^-- takes an ACCESS EXCLUSIVE lock on bv\.huge: nobody reads or writes it while about \d+ kB are copied\nVACUUM \(FULL, ANALYZE\) bv\.huge;$', 'a rewrite names its lock and what it copies');
BEGIN;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) SELECT 999999, 'pg_repack', 10, 'public'::regnamespace, false, '1';
SELECT matches((SELECT fix FROM dbeng.table_bloat WHERE relation = 'huge'::regclass),
	E'\n-- without that lock, from a shell: pg_repack --dbname=\\S+ --table=bv\\.huge\nVACUUM', 'pg_repack, where it is installed');
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) SELECT 999998, 'pg_squeeze', 10, 'public'::regnamespace, false, '1';
SELECT matches((SELECT fix FROM dbeng.table_bloat WHERE relation = 'huge'::regclass),
	CASE current_setting('wal_level') WHEN 'logical' THEN '^SELECT public\.squeeze_table\(''bv'', ''huge'', NULL, NULL, NULL\);$' ELSE 'VACUUM \(FULL' END, 'pg_squeeze, where it can work');
ROLLBACK;
-- Rows that moved for want of room, beside others that did not have to.
UPDATE huge SET v = v + 1 WHERE id % 40 = 0;
UPDATE huge SET v = v + 1;
UPDATE huge SET v = v + 1;
SELECT pg_stat_force_next_flush() \gset
VACUUM (ANALYZE) huge;
SELECT matches((SELECT fix FROM dbeng.table_bloat WHERE relation = 'huge'::regclass), CASE WHEN (SELECT n_tup_hot_upd BETWEEN 0.1 * n_tup_upd AND 0.7 * n_tup_upd FROM pg_stat_user_tables WHERE relid = 'huge'::regclass)
	THEN '^ALTER TABLE bv\.huge SET \(fillfactor = 90\);\n' ELSE '^-- takes' END, 'a fillfactor, where updates found no room on their page');

SELECT is((SELECT fix FROM dbeng.index_bloat WHERE index = 'huge_pkey'::regclass), NULL, 'a small index is left alone');
CREATE TABLE pairs (a int, b int, CONSTRAINT pairs_b EXCLUDE USING btree (b WITH =));
CREATE INDEX pairs_a ON pairs (a);
INSERT INTO pairs SELECT i, i FROM generate_series(1, 700000) i;
DELETE FROM pairs WHERE a % 10 > 1;
SELECT pg_stat_force_next_flush() \gset
VACUUM (ANALYZE) pairs;
SELECT is((SELECT fix FROM dbeng.index_bloat WHERE index = 'pairs_a'::regclass), 'REINDEX INDEX CONCURRENTLY bv.pairs_a;', 'an index is built anew beside the old one');
SELECT matches((SELECT fix FROM dbeng.index_bloat WHERE index = 'pairs_b'::regclass), '^-- takes a SHARE lock on bv\.pairs and an ACCESS EXCLUSIVE one on its index: [^\n]*\nREINDEX INDEX bv\.pairs_b;$', 'unless it is of an exclusion constraint');

SELECT * FROM finish();
SET client_min_messages = error;
DROP SCHEMA bv CASCADE;
DROP TABLE public.bv_said, public.bv_indexes;
