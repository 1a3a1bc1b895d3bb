-- The bloat of btrees: what REINDEX gives back, for every shape. The tables are temporary, so that no other session's snapshot needs their dead rows.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgstattuple;
SELECT no_plan();
SELECT setseed(0.3);

-- Deleted at random, in one stretch, and vacuumed or not.
SELECT format('CREATE TEMP TABLE %1$s AS SELECT n::bigint AS id, n %% 7 AS few FROM generate_series(1, 40000) n; CREATE UNIQUE INDEX %1$s_id ON %1$s (id); CREATE INDEX %1$s_few ON %1$s (few); DELETE FROM %1$s WHERE %2$s',
	how || share || CASE WHEN vacuumed THEN '_vacuumed' ELSE '' END, CASE how WHEN 'random' THEN format('random() < %s', share / 100.0) ELSE format('id BETWEEN 3000 AND 3000 + %s', share * 400) END)
FROM (VALUES ('random'), ('stretch')) AS a (how), (VALUES (20), (50), (80)) AS b (share), (VALUES (true), (false)) AS c (vacuumed) \gexec
VACUUM random20_vacuumed, random50_vacuumed, random80_vacuumed, stretch20_vacuumed, stretch50_vacuumed, stretch80_vacuumed;

-- Inserted in and out of order, at several fill factors; keys of all widths.
CREATE TEMP TABLE entered (id bigint, scattered float8, uid uuid, words text, ends text, wide text);
CREATE INDEX in_order ON entered (id);
CREATE INDEX out_of_order ON entered (scattered);
CREATE INDEX uuids ON entered (uid);
CREATE INDEX with_prefix ON entered (words);
CREATE INDEX two_widths ON entered (ends);
CREATE INDEX skewed_widths ON entered (wide);
CREATE INDEX filled_70 ON entered (id) WITH (fillfactor = 70);
CREATE INDEX filled_100 ON entered (scattered) WITH (fillfactor = 100);
INSERT INTO entered SELECT n, random(), md5(random()::text)::uuid, 'a/common/prefix/' || (random() * 1e9)::bigint,
	CASE WHEN n % 2 = 0 THEN 'a' || (random() * 1e6)::int ELSE 'z' || repeat(md5(random()::text), 6) END,
	(SELECT string_agg(md5(random()::text), '') FROM generate_series(0, (power(random(), 3) * 24 + n * 0)::int))
FROM generate_series(1, 25000) n;

-- Equal keys.
CREATE TEMP TABLE alike AS SELECT (random() * 20)::int AS few, (random() * 2000)::int AS several, (random() * 20000)::int AS many, n FROM generate_series(1, 50000) n;
CREATE INDEX few_alike ON alike (few);
CREATE INDEX several_alike ON alike (several);
CREATE INDEX many_alike ON alike (many);
CREATE INDEX one_by_one ON alike (several) WITH (deduplicate_items = off);
CREATE INDEX late ON alike (few) WITH (deduplicate_items = off);
ALTER INDEX late SET (deduplicate_items = on);
INSERT INTO alike SELECT (random() * 20)::int, (random() * 2000)::int, (random() * 20000)::int, n FROM generate_series(1, 20000) n;
CREATE TEMP TABLE alike_dead AS SELECT * FROM alike;
CREATE INDEX several_dead ON alike_dead (several);
CREATE INDEX many_dead ON alike_dead (many);
CREATE TEMP TABLE alike_vacuumed AS SELECT * FROM alike;
CREATE INDEX several_vacuumed ON alike_vacuumed (several);
CREATE INDEX many_vacuumed ON alike_vacuumed (many);
CREATE TEMP TABLE keys_dead AS SELECT * FROM alike;
CREATE INDEX several_keys_dead ON keys_dead (several);
CREATE INDEX many_keys_dead ON keys_dead (many);
DELETE FROM alike_dead WHERE random() < 0.5;
DELETE FROM alike_vacuumed WHERE random() < 0.5;
DELETE FROM keys_dead WHERE several < 1200 OR many < 7000;
VACUUM alike_vacuumed;

-- Several columns, INCLUDE, WHERE, expressions, NULL.
CREATE TEMP TABLE various (a int, b text, c timestamptz, d int, e int);
CREATE INDEX two_columns ON various (a, b);
CREATE INDEX three_columns ON various (a, b, c);
CREATE INDEX included ON various (d) INCLUDE (b);
CREATE INDEX some_rows ON various (c) WHERE d < 3;
CREATE INDEX expression ON various (lower(b));
CREATE INDEX mostly_null ON various (e);
INSERT INTO various SELECT (random() * 50)::int, 'User' || (random() * 10000)::int, now() + random() * interval '1 year', (random() * 10)::int,
	CASE WHEN random() < 0.1 THEN (random() * 10000)::int END FROM generate_series(1, 40000);
DELETE FROM various WHERE random() < 0.3;
VACUUM various;
DELETE FROM various WHERE random() < 0.4;

-- Updated, emptied.
CREATE TEMP TABLE churned AS SELECT n AS id, (random() * 1e6)::int AS v FROM generate_series(1, 20000) n;
CREATE UNIQUE INDEX churned_id ON churned (id);
CREATE INDEX churned_v ON churned (v);
UPDATE churned SET v = (random() * 1e6)::int;
UPDATE churned SET v = (random() * 1e6)::int;
CREATE TEMP TABLE queue AS SELECT n AS id, false AS done FROM generate_series(1, 40000) n;
CREATE INDEX queue_open ON queue (id) WHERE NOT done;
UPDATE queue SET done = true WHERE id < 39000;
CREATE TEMP TABLE emptied AS SELECT n AS id FROM generate_series(1, 30000) n;
CREATE INDEX emptied_id ON emptied (id);
DELETE FROM emptied;
CREATE TEMP TABLE emptied_vacuumed AS SELECT n AS id FROM generate_series(1, 30000) n;
CREATE INDEX emptied_vacuumed_id ON emptied_vacuumed (id);
DELETE FROM emptied_vacuumed;
VACUUM (TRUNCATE off) emptied_vacuumed;

-- Tiny ones.
SELECT format('CREATE TEMP TABLE tiny%1$s AS SELECT n AS id FROM generate_series(1, %1$s) n; CREATE INDEX tiny%1$s_id ON tiny%1$s (id); CREATE INDEX tiny%1$s_wide ON tiny%1$s ((repeat(md5(id::text), 12)))', n)
FROM (VALUES (0), (1), (366), (367), (368), (733), (1000)) AS v (n) \gexec

CREATE TEMP TABLE measured AS
SELECT index, pg_relation_size(index) AS bytes, exact.bloat_bytes, exact.free_bytes, exact.dead_bytes, exact.total_bytes,
	leaf_pages * 8148 * (1 - coalesce(nullif(avg_leaf_density, 'NaN'), 0) / 100) + (empty_pages + deleted_pages) * 8192 AS free
FROM (SELECT indexrelid::regclass AS index FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_am a ON a.oid = relam WHERE relpersistence = 't' AND amname = 'btree') AS i,
	LATERAL dbeng.bloat(index, NULL) AS exact, LATERAL pgstatindex(index);
CREATE TEMP TABLE sampled AS SELECT index, sample.bloat_bytes, sample.error_pct * bytes / 100 AS error FROM measured, LATERAL dbeng.bloat(index) AS sample;
SELECT format('REINDEX INDEX %s', index) FROM measured \gexec

SELECT is(count(*) > 60, true, 'all are measured') FROM measured;
SELECT is(array_agg(format('%s: %s of %s, in truth %s', index, bloat_bytes, bytes, bytes - pg_relation_size(index)) ORDER BY index::text), NULL, 'what REINDEX gives back, within a point or a page')
FROM measured WHERE abs(bloat_bytes - greatest(bytes - pg_relation_size(index), 0)) > greatest(8192, bytes * 0.01);
-- The interval has the truth 19 times out of 20; twice as wide a one always has.
SELECT is(array_agg(format('%s: %s ± %s of %s, in truth %s', index, s.bloat_bytes, s.error, bytes, bytes - pg_relation_size(index)) ORDER BY index::text), NULL, 'and of a sample as far as it claims')
FROM measured JOIN sampled AS s USING (index) WHERE abs(s.bloat_bytes - greatest(bytes - pg_relation_size(index), 0)) > greatest(8192, bytes * 0.01) + 2 * error;
SELECT is(array_agg(format('%s: %s, in truth %s', index, free_bytes, free) ORDER BY index::text), NULL, 'free space as pgstatindex has it')
FROM measured WHERE abs(free_bytes - free) > 0.01 * bytes + 1000;
SELECT is(array_agg(index::text ORDER BY index::text), NULL, 'no more than there is') FROM measured WHERE total_bytes <> bytes OR bloat_bytes > bytes OR free_bytes + dead_bytes > bytes;
SELECT is(array_agg(index::text ORDER BY index::text), '{alike_dead,churned,emptied,keys_dead,queue,random20,random50,random80,stretch20,stretch50,stretch80,various}', 'entries of dead rows')
FROM (SELECT DISTINCT indrelid::regclass AS index FROM measured JOIN pg_index ON indexrelid = index WHERE dead_bytes > bytes * 0.05) AS t;
SELECT is(array_agg(index::text), NULL, 'nothing to give back after it') FROM measured, LATERAL dbeng.bloat(index, NULL) AS b WHERE b.bloat_bytes > greatest(8192, b.total_bytes * 0.01);
SELECT * FROM finish();
