-- One truth: what the checks of indexes find is what the views show, row by row. Counters have to be seen, so nothing here
-- is one transaction.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA "Shop";
SET search_path = "Shop", public;
SELECT dbeng.configure_check('idx-unused', thresholds => '{"days": 0}') AS x,
	dbeng.configure_check('idx-missing', thresholds => '{"scans": 5, "rows_per_scan": 100, "pages": 10, "share_pct": 0}') AS y \gset

CREATE TABLE kind (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO kind SELECT i, i FROM generate_series(1, 2000) i;
CREATE TABLE item (
	id int PRIMARY KEY, number int UNIQUE, kind_id int REFERENCES kind, other_kind_id int REFERENCES kind, "Third kind" int CONSTRAINT "to Third" REFERENCES kind,
	a int, b int, c int, d int NOT NULL, e text, f int, g int, h int, span int4range, CONSTRAINT item_span EXCLUDE USING gist (span WITH &&));
INSERT INTO item SELECT i, i, i % 2000 + 1, i % 2000 + 1, i % 2000 + 1, i, i, i, i, i, i, i, i, int4range(i, i + 1) FROM generate_series(1, 5000) i;
CREATE INDEX item_kind ON item (kind_id);
CREATE INDEX "Item A" ON item (a);
CREATE INDEX item_b ON item (b);
CREATE INDEX item_b_again ON item (b DESC);
CREATE INDEX item_b_c ON item (b, c);
CREATE INDEX item_number ON item (number);
CREATE INDEX item_number_hash ON item USING hash (number);
CREATE INDEX item_id ON item (id) INCLUDE (a);
CREATE UNIQUE INDEX item_d ON item (d);
ALTER TABLE item REPLICA IDENTITY USING INDEX item_d;
CREATE INDEX item_e ON item (lower(e));
CREATE INDEX item_f ON item (f);
ALTER TABLE item CLUSTER ON item_f;
CREATE UNIQUE INDEX item_g ON item (g);
CREATE INDEX item_h ON item (h) WHERE h > 10;
CREATE INDEX item_h_wide ON item (h, a) WHERE h > 10;
CREATE INDEX item_broken ON item (c);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'item_broken'::regclass;
CREATE UNIQUE INDEX kind_name ON kind (name);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'kind_name'::regclass;
CREATE TABLE tiny (a int);
CREATE INDEX tiny_a ON tiny (a);
CREATE TABLE unread AS SELECT i AS a FROM generate_series(1, 5000) i;
CREATE INDEX unread_a ON unread (a);
CREATE TABLE log (at int, a int, b int) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (3000);
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (3000) TO (9000);
INSERT INTO log SELECT i, i, i FROM generate_series(1, 6000) i;
CREATE INDEX log_a ON log (a);
CREATE INDEX log_b ON log (b);
CREATE INDEX log_1_own ON log_1 (b, a);
CREATE INDEX log_only ON ONLY log (b, at);
ANALYZE kind, item, tiny, unread, log;
SELECT count(*) AS x FROM tiny \gset
SELECT count(*) AS x FROM log \gset
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
SELECT 'SELECT FROM item WHERE c > 4999' FROM generate_series(1, 10) \gexec
RESET ALL;
SELECT FROM "Shop".log_2 WHERE b = 7000;
-- A new session sees the counters of this one.
SELECT pg_stat_force_next_flush() AS x \gset
\c -
SET client_min_messages = warning;
SET dbeng.max_findings = 0;
SELECT no_plan();
SELECT pg_stat_reset_single_table_counters('"Shop".unread'::regclass) AS x, pg_stat_force_next_flush() AS y \gset
SELECT pg_sleep(0.1) AS x \gset

CREATE TEMP VIEW found AS SELECT check_id, object, message, evidence, fix FROM dbeng.findings('indexing') WHERE object LIKE '%"Shop".%';
CREATE TEMP VIEW unused AS SELECT * FROM dbeng.unused_indexes WHERE relation::text LIKE '"Shop".%';

SELECT bag_eq($$SELECT object, fix FROM found WHERE check_id = 'idx-unused'$$, $$SELECT index::text, fix FROM unused WHERE safe_to_drop$$, 'unused: safe is what idx-unused accuses');
SELECT bag_eq($$SELECT object, (evidence ->> 'bytes')::bigint AS f1, (evidence ->> 'scans')::bigint AS f2, (evidence ->> 'rows_written')::bigint AS f3 FROM found WHERE check_id = 'idx-unused'$$,
	$$SELECT index::text, index_bytes, scans, rows_written FROM unused WHERE safe_to_drop$$, 'with the same figures');
SELECT bag_eq($$SELECT check_id, object, (evidence ->> 'covered_by') AS f4, (evidence ->> 'bytes')::bigint AS f5, fix FROM found WHERE check_id IN ('idx-duplicate', 'idx-prefix-redundant', 'idx-overlap-include')$$,
	$$SELECT check_id, index::text, covered_by::text, index_bytes, fix FROM dbeng.redundant_indexes WHERE relation::text LIKE '"Shop".%'$$, 'redundant');
SELECT bag_eq($$SELECT object, message, fix FROM found WHERE check_id = 'idx-invalid'$$,
	$$SELECT index::text, problem, fix FROM dbeng.invalid_indexes WHERE relation::text LIKE '"Shop".%'$$, 'invalid');
SELECT bag_eq($$SELECT object, evidence ->> 'columns' AS columns, evidence ->> 'referenced' AS referenced, (evidence ->> 'rows')::bigint AS f6, fix FROM found WHERE check_id = 'sch-fk-no-index'$$,
	$$SELECT format('%I on %s', constraint_name, relation), (SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) c), referenced::text, rows, fix
		FROM dbeng.unindexed_foreign_keys WHERE relation::text LIKE '"Shop".%'$$, 'foreign keys');
SELECT bag_eq($$SELECT object, (evidence ->> 'sequential_scans')::bigint AS f7, (evidence ->> 'rows_per_scan')::bigint AS f8, (evidence ->> 'index_scans')::bigint AS f9, fix FROM found WHERE check_id = 'idx-missing'$$,
	$$SELECT relation::text, seq_scans, rows_per_scan, idx_scans, fix FROM dbeng.missing_indexes WHERE relation::text LIKE '"Shop".%'$$, 'missing');

-- What there is to find, by name, so that two empty lists are no truth.
SELECT results_eq($$SELECT index::text FROM unused WHERE safe_to_drop ORDER BY index::text COLLATE "C"$$,
	$$VALUES ('"Shop"."Item A"'), ('"Shop".item_b'), ('"Shop".item_b_again'), ('"Shop".item_h'), ('"Shop".item_id'), ('"Shop".item_number'), ('"Shop".item_number_hash'), ('"Shop".log_a')$$, 'the unused that can go');
SELECT results_eq($$SELECT index::text, reason FROM unused WHERE NOT safe_to_drop AND index::text NOT LIKE '%log_%_idx' ORDER BY index::text COLLATE "C"$$, $$VALUES
	('"Shop".item_b_c', 'index item_b is redundant beside it: drop that one first'),
	('"Shop".item_broken', 'invalid: dbeng.invalid_indexes says what to do'),
	('"Shop".item_d', 'the replica identity of its table'),
	('"Shop".item_e', 'on an expression: its statistics serve plans that do not scan it'),
	('"Shop".item_f', 'the order of CLUSTER'),
	('"Shop".item_g', 'unique: it enforces that without scans'),
	('"Shop".item_h_wide', 'index item_h is redundant beside it: drop that one first'),
	('"Shop".item_kind', 'the only index that serves the foreign key item_kind_id_fkey'),
	('"Shop".item_number_key', 'enforces the unique constraint item_number_key'),
	('"Shop".item_pkey', 'enforces the primary key item_pkey'),
	('"Shop".kind_name', 'invalid: dbeng.invalid_indexes says what to do'),
	('"Shop".log_1_own', 'of one partition alone: only indexes of whole tables are judged'),
	('"Shop".log_only', 'invalid: dbeng.invalid_indexes says what to do'),
	('"Shop".tiny_a', 'its table is so small that a sequential scan always wins'),
	('"Shop".unread_a', 'nothing reads its table at all')$$, 'why the others cannot');
SELECT is_empty($$SELECT index FROM unused WHERE index::text IN ('"Shop".log_b', '"Shop".log_2_b_idx', '"Shop".item_span', '"Shop".kind_pkey')$$, 'what was scanned is not there');
SELECT results_eq($$SELECT index::text, reason FROM unused WHERE index::text LIKE '%log_%a_idx' ORDER BY index::text COLLATE "C"$$, $$VALUES
	('"Shop".log_1_a_idx', 'a part of the partitioned index "Shop".log_a, which is judged as a whole'),
	('"Shop".log_2_a_idx', 'a part of the partitioned index "Shop".log_a, which is judged as a whole')$$, 'parts go with the whole');
SELECT results_eq($$SELECT index::text, covered_by::text, kind FROM dbeng.redundant_indexes WHERE relation::text LIKE '"Shop".%' ORDER BY index::text COLLATE "C"$$, $$VALUES
	('"Shop".item_b', '"Shop".item_b_c', 'prefix'),
	('"Shop".item_b_again', '"Shop".item_b_c', 'prefix'),
	('"Shop".item_h', '"Shop".item_h_wide', 'prefix'),
	('"Shop".item_number', '"Shop".item_number_key', 'unique covers'),
	('"Shop".item_number_hash', '"Shop".item_number_key', 'unique covers')$$, 'the redundant ones and their kinds');
SELECT results_eq($$SELECT index::text FROM dbeng.invalid_indexes WHERE relation::text LIKE '"Shop".%' ORDER BY index::text COLLATE "C"$$,
	$$VALUES ('"Shop".item_broken'), ('"Shop".kind_name'), ('"Shop".log_only')$$, 'the invalid ones');
SELECT results_eq($$SELECT constraint_name::text COLLATE "default", columns::text[] COLLATE "default" FROM dbeng.unindexed_foreign_keys WHERE relation::text LIKE '"Shop".%' ORDER BY constraint_name::text COLLATE "C"$$,
	$$VALUES ('item_other_kind_id_fkey', '{other_kind_id}'::text[]), ('to Third', '{Third kind}')$$, 'the foreign keys');
SELECT results_eq($$SELECT relation::text, rows FROM dbeng.missing_indexes WHERE relation::text LIKE '"Shop".%'$$, $$VALUES ('"Shop".item', 5000::bigint)$$, 'the table read from end to end');
SELECT is_empty($$SELECT * FROM dbeng.unused_indexes WHERE (fix IS NULL) = safe_to_drop OR (undo IS NULL) = safe_to_drop OR (NOT safe_to_drop AND reason IS NULL)$$, 'a fix and a way back where it is safe, else the reason');
SELECT is_empty($$SELECT * FROM dbeng.redundant_indexes WHERE fix IS NULL OR undo IS NULL$$, 'every redundant one can go and come back');

-- What was set aside is set aside everywhere.
SELECT dbeng.ignore('idx-unused', '"Shop"."Item A"') AS x, dbeng.ignore('idx-prefix-redundant', '"Shop".item_h') AS y, dbeng.ignore('idx-invalid', '"Shop".item_broken') AS z,
	dbeng.ignore('sch-fk-no-index', '"to Third" on "Shop".item') AS v, dbeng.ignore('idx-missing') AS w \gset
SELECT bag_eq($$SELECT object FROM found WHERE check_id IN ('idx-unused', 'idx-prefix-redundant', 'idx-invalid', 'idx-missing')$$,
	$$SELECT index::text FROM unused WHERE safe_to_drop
	UNION ALL SELECT index::text FROM dbeng.redundant_indexes WHERE relation::text LIKE '"Shop".%' AND check_id = 'idx-prefix-redundant'
	UNION ALL SELECT index::text FROM dbeng.invalid_indexes WHERE relation::text LIKE '"Shop".%'
	UNION ALL SELECT relation::text FROM dbeng.missing_indexes WHERE relation::text LIKE '"Shop".%'$$, 'ignored objects are in neither');
SELECT results_eq($$SELECT safe_to_drop, reason, fix FROM unused WHERE index = '"Shop"."Item A"'::regclass$$, $$VALUES (false, 'set aside by dbeng.ignore()', NULL)$$, 'an unused one says so');
SELECT is((SELECT count(*) FROM dbeng.unindexed_foreign_keys WHERE relation::text LIKE '"Shop".%'), 1::bigint, 'and a foreign key');
DELETE FROM dbeng.ignored;

-- dbeng.unused_after is the threshold unless one is configured.
SELECT dbeng.configure_check('idx-unused', thresholds => '{"days": null}') AS x \gset
SELECT is((SELECT thresholds ->> 'days' FROM dbeng.checks WHERE check_id = 'idx-unused'), '30', 'thirty days');
SELECT is_empty('SELECT * FROM unused WHERE safe_to_drop', 'nothing was watched that long');
SELECT matches((SELECT reason FROM unused WHERE index = '"Shop"."Item A"'::regclass), '^scans have been counted for .* only, it takes 30 days to call an index unused$', 'which is the reason');
SELECT is('unknown: ' || (SELECT reason FROM unused WHERE index = '"Shop"."Item A"'::regclass), (SELECT status || ': ' || reason FROM dbeng.check_results WHERE check_id = 'idx-unused'), 'of the check, too');
SET dbeng.unused_after = 0;
SELECT is((SELECT thresholds ->> 'days' FROM dbeng.checks WHERE check_id = 'idx-unused'), '0', 'the setting is the threshold');
SELECT bag_eq($$SELECT object, fix FROM found WHERE check_id = 'idx-unused'$$, $$SELECT index::text, fix FROM unused WHERE safe_to_drop$$, 'for both');
SELECT isnt_empty('SELECT * FROM unused WHERE safe_to_drop', 'and they accuse again');

-- All fixes of a list run together, and what is left is not worse off.
SELECT replace(fix, 'CONCURRENTLY ', '') FROM dbeng.redundant_indexes WHERE relation::text LIKE '"Shop".%' \gexec
SELECT replace(fix, 'CONCURRENTLY ', '') FROM unused WHERE safe_to_drop \gexec
SELECT bag_eq($$SELECT object FROM found WHERE check_id = 'sch-fk-no-index'$$, $$VALUES ('item_other_kind_id_fkey on "Shop".item'), ('"to Third" on "Shop".item')$$, 'no foreign key lost its index');

SELECT finish();
DELETE FROM dbeng.check_setting;
DROP SCHEMA "Shop" CASCADE;
