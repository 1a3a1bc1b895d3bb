-- What advice makes of a workload: foreign keys that deletes check, indexes that plans use, those nobody would miss, large
-- tables read by sequential scans, constants that were sampled. Indexes are built, so that this is not one transaction.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET jit = off;
-- Every row is in the sample of ANALYZE: estimates are the same each time.
SET default_statistics_target = 200;
SET max_parallel_workers_per_gather = 0;
SET random_page_cost = 1.1;
SELECT no_plan();

DROP SCHEMA IF EXISTS workload CASCADE;
CREATE SCHEMA workload;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA workload;
SET search_path = workload, public;
CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE child (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parent, state text NOT NULL, made timestamptz NOT NULL, note text NOT NULL);
CREATE TABLE plain (id int PRIMARY KEY, code text NOT NULL, colour int NOT NULL, size int NOT NULL);
INSERT INTO parent SELECT n, 'name ' || n FROM generate_series(1, 20000) n;
INSERT INTO child SELECT n, 1 + n * 7919 % 20000, CASE WHEN n % 1000 = 0 THEN 'lost' ELSE 'done' END, timestamptz '2025-01-01' + n * 7919 % 40000 * interval '1 minute', repeat('as ordered ', 5)
FROM generate_series(1, 40000) n;
INSERT INTO plain SELECT n, md5(n::text), n * 7919 % 5003, n % 100 FROM generate_series(1, 40000) n;
CREATE INDEX plain_code ON plain (code);
CREATE INDEX plain_code_size ON plain (code, size);
CREATE INDEX plain_colour ON plain (colour);
CREATE INDEX "plain Size" ON plain (size DESC NULLS LAST, colour);
COMMENT ON INDEX "plain Size" IS 'it''s wide';
CREATE VIEW coloured AS SELECT id, colour FROM plain;
VACUUM ANALYZE parent, child, plain;
SELECT oid AS database FROM pg_database WHERE datname = current_database() \gset
CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$ SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database() $$;

-- A delete on the referenced side.
SELECT forget() \g /dev/null
DELETE FROM parent p WHERE id = 19999 AND NOT EXISTS (SELECT FROM child WHERE parent_id = p.id);
SELECT is_empty($$SELECT columns FROM dbeng.advise_indexes() WHERE relation = 'parent'::regclass$$, 'the key of the row that goes is indexed');
SELECT results_eq($$SELECT relation, method, columns FROM dbeng.advise_index('DELETE FROM parent WHERE id = 7')$$, $$VALUES ('child'::regclass, 'btree', 'parent_id')$$,
	'a delete is helped where it looks for rows that refer to its own');
SELECT isnt_empty($$SELECT FROM dbeng.advise_indexes() WHERE relation = 'child'::regclass AND columns ~ '^parent_id'$$, 'so is one of the workload');
CREATE INDEX child_parent ON child (parent_id);
SELECT is_empty($$SELECT FROM dbeng.advise_index('DELETE FROM parent WHERE id = 7')$$, 'with that index there is nothing to advise');

-- What plans use is not safe to drop, through a view either; what they do not use could go.
SELECT forget() \g /dev/null
\o /dev/null
SELECT id FROM coloured WHERE colour = 17;
SELECT id FROM plain WHERE code = 'x' AND size = 5;
\o
SET dbeng.unused_after = 0;
SELECT pg_stat_force_next_flush() \g /dev/null
SELECT is((SELECT count(*) FROM dbeng.advise_drops() WHERE index IN ('plain_colour'::regclass, 'child_parent'::regclass)), 0::bigint, 'no index that a statement needs, or a foreign key');
SELECT is((SELECT count(*) FROM dbeng.advise_drops() WHERE index IN ('plain_code'::regclass, 'plain_code_size'::regclass)), 1::bigint, 'of two that do the same one is kept');
SELECT results_eq($$SELECT statements_worse, worst_pct, fix FROM dbeng.advise_drops() WHERE index = '"plain Size"'::regclass$$,
	$$VALUES (0::bigint, 0.0, 'DROP INDEX CONCURRENTLY workload."plain Size";')$$, 'one that no statement uses can go');
SELECT undo FROM dbeng.advise_drops() WHERE index = '"plain Size"'::regclass \gset
SELECT pg_get_indexdef('"plain Size"'::regclass) AS was \gset
DROP INDEX "plain Size";
CREATE TEMP TABLE back AS SELECT regexp_split_to_table(:'undo', ';\s*\n') AS statement;
SELECT statement FROM back \gexec
SELECT is(pg_get_indexdef('"plain Size"'::regclass) || obj_description('"plain Size"'::regclass), :'was' || 'it''s wide', 'and comes back as it was');
SET dbeng.unused_after = '30d';
SELECT results_eq($$SELECT fix IS NULL, undo IS NULL, reason ~ 'dbeng.unused_after' FROM dbeng.advise_drops() WHERE index = '"plain Size"'::regclass$$, 'VALUES (true, true, true)', 'nothing is called droppable on young evidence');
RESET dbeng.unused_after;

-- Statements are planned as who ran them: what his row security lets him see, what his search_path finds.
CREATE ROLE workload_reader;
GRANT USAGE ON SCHEMA workload TO workload_reader;
GRANT SELECT ON child TO workload_reader;
ALTER ROLE workload_reader SET search_path = workload;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY lost_only ON child TO workload_reader USING (state = 'lost');
SELECT forget() \g /dev/null
SET ROLE workload_reader;
SELECT count(*) FROM child \g /dev/null
RESET ROLE;
SELECT isnt_empty($$SELECT FROM dbeng.advise_indexes() WHERE relation = 'child'::regclass AND columns ~ 'state'$$, 'the condition of a policy is one of the statement');
SELECT is_empty($$SELECT FROM dbeng.advise_index('SELECT count(*) FROM child') WHERE relation = 'child'::regclass$$, 'but not for who it does not hold for');
DROP POLICY lost_only ON child;

-- Constants.
SELECT setting = 'on' AS sampled FROM pg_settings WHERE name = 'dbeng.sample_constants' \gset
SET dbeng.sample_constants = on;
SELECT forget() \g /dev/null
SELECT id FROM child WHERE right(note, 4) = 'none' \g /dev/null
SELECT isnt_empty($$SELECT FROM dbeng.advise_indexes() WHERE relation = 'child'::regclass AND columns = '"right"(note, 4)'$$, 'an expression with a constant, which only an example tells');
SELECT is_empty($$SELECT FROM dbeng.advisor_skipped WHERE query ~ 'note, '$$, 'and it is not skipped');
RESET dbeng.sample_constants;
SELECT is_empty($$SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text ~ '^(parent|child|plain)'$$, 'no lock is left');

SELECT * FROM finish();
DROP SCHEMA workload CASCADE;
DROP ROLE workload_reader;
