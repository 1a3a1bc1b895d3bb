-- dbeng.bloat(): its rows, what it takes and what it refuses. How right it is: bloat_tables.sql, bloat_btree.sql, bloat_indexes.sql.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();
CREATE SCHEMA "Of Bloat";
SET LOCAL search_path = "Of Bloat", public;

CREATE TABLE "Half Full" ("Id" int PRIMARY KEY, filling text, words text[]);
CREATE INDEX "Words Of It" ON "Half Full" USING gin (words);
INSERT INTO "Half Full" SELECT n, repeat('x', 200), ARRAY[n::text] FROM generate_series(1, 10000) n;
ALTER TABLE "Half Full" ALTER filling SET STORAGE external;
INSERT INTO "Half Full" SELECT n, repeat('y', 10000), NULL FROM generate_series(20001, 20100) n;
DELETE FROM "Half Full" WHERE "Id" % 2 = 0;

SELECT is(string_agg(concat_ws(' ', kind, (SELECT relname FROM pg_class WHERE oid = relation)), ', ' ORDER BY ordinality), expected, 'rows of ' || of::text)
FROM (VALUES
	('"Half Full"'::regclass, 'table Half Full, toast ' || (SELECT relname FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE oid = '"Half Full"'::regclass))
		|| ', index ' || (SELECT relname || '_index' FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE oid = '"Half Full"'::regclass))
		|| ', index Half Full_pkey, index Words Of It'),
	('"Words Of It"', 'index Words Of It')) AS v (of, expected),
	LATERAL dbeng.bloat(of) WITH ORDINALITY GROUP BY of, expected;
SELECT is(concat_ws(' ', dead_bytes, vacuum_bytes, bloat_bytes), '0 0 0', 'what a transaction deletes is there until it ends')
FROM dbeng.bloat('"Half Full"') WHERE kind = 'table';
SELECT is(array_agg(total_bytes = pg_relation_size(relation)), '{t,t,t,t,t}', 'total_bytes is the file') FROM dbeng.bloat('"Half Full"');
SELECT is(bool_and(method = 'exact' AND (error_pct = 0 OR kind <> 'table')), true, 'NULL reads all blocks') FROM dbeng.bloat('"Half Full"', NULL);
SELECT is(bool_and(bloat_bytes <= total_bytes AND free_bytes BETWEEN 0 AND total_bytes AND dead_bytes <= total_bytes AND error_pct >= 0), true, 'figures that can be')
FROM dbeng.bloat('"Half Full"', 1);
SELECT is((SELECT count(*) FROM dbeng.bloat(NULL)), 0::bigint, 'nothing of NULL');

-- Partitions are told as one, their indexes as the partitioned index.
CREATE TABLE measured (at int, value text) PARTITION BY RANGE (at);
CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM (0) TO (1000);
CREATE TABLE measured_2 (value text, at int);
ALTER TABLE measured ATTACH PARTITION measured_2 FOR VALUES FROM (1000) TO (9000);
CREATE TABLE measured_3 PARTITION OF measured FOR VALUES FROM (9000) TO (10000) PARTITION BY HASH (at);
CREATE TABLE measured_3_0 PARTITION OF measured_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE measured_3_1 PARTITION OF measured_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX measured_at ON measured (at);
CREATE INDEX only_here ON measured_1 (value);
INSERT INTO measured SELECT n, repeat('x', 100) FROM generate_series(0, 9999) n;
SELECT is(string_agg(concat_ws(' ', kind, relation, total_bytes), ', ' ORDER BY kind DESC, relation::text),
	format('table measured %s, index measured_at %s, index only_here %s',
		(SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree('measured')), (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree('measured_at')),
		pg_relation_size('only_here')), 'a partitioned table')
FROM dbeng.bloat('measured', 5) WHERE kind <> 'toast';
SELECT is(string_agg(concat_ws(' ', kind, relation, total_bytes), ', '),
	format('index measured_at %s', (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree('measured_at'))), 'a partitioned index')
FROM dbeng.bloat('measured_at');
CREATE TABLE nothing_yet (a int) PARTITION BY LIST (a);
SELECT is(string_agg(concat_ws(' ', kind, total_bytes, bloat_pct), ', '), 'table 0 0.00', 'no partition yet') FROM dbeng.bloat('nothing_yet');

-- Whatever has pages.
CREATE MATERIALIZED VIEW kept AS SELECT * FROM measured;
CREATE TEMPORARY TABLE mine AS SELECT 1 AS a;
CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS a;
CREATE TABLE no_columns ();
INSERT INTO no_columns SELECT FROM generate_series(1, 1000);
CREATE TABLE empty (a int PRIMARY KEY, b text);
SELECT is((SELECT count(*) FROM dbeng.bloat(of)), rows::bigint, of || ' has pages')
FROM (VALUES ('kept', 1), ('mine', 1), ('unlogged', 1), ('no_columns', 1), ('empty', 2), ('pg_catalog.pg_class', 4)) AS v (of, rows);
SELECT is(string_agg(concat_ws(' ', kind, bloat_pct), ', '), 'table 0.00, index 0.00', 'an empty table') FROM dbeng.bloat('empty');
CREATE EXTENSION IF NOT EXISTS bloom;
CREATE INDEX flowering ON "Half Full" USING bloom (filling);
SELECT is(concat_ws(' ', bloat_pct, method, note), 'not counted: 1 of bloom', 'an access method whose pages are not known') FROM dbeng.bloat('flowering');

-- What has none.
CREATE VIEW seen AS SELECT 1;
CREATE SEQUENCE counted;
CREATE TYPE pair AS (a int, b int);
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
CREATE FOREIGN TABLE abroad (at int) SERVER elsewhere;
SELECT throws_ok(format('SELECT * FROM dbeng.bloat(%L)', of), '42809', format('"%s" has no bloat', of), of || ' has none')
FROM unnest('{seen,counted,pair,abroad}'::text[]) AS of;
CREATE FOREIGN TABLE measured_abroad PARTITION OF measured FOR VALUES FROM (10000) TO (11000) SERVER elsewhere;
DROP INDEX measured_at;
SELECT is(note, 'not counted: 1 of foreign table', 'a foreign partition is told') FROM dbeng.bloat('measured') WHERE kind = 'table';
SELECT throws_ok('SELECT * FROM dbeng.bloat(4000000000)', '42P01', 'relation with OID 4000000000 does not exist', 'a relation that is gone');
SELECT throws_ok('SELECT * FROM dbeng.bloat(''kept'', 0)', '22023', 'invalid value for "max_blocks": 0', 'no blocks at all');

SELECT * FROM finish();
ROLLBACK;
