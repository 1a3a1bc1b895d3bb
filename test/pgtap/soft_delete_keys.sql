-- Foreign keys of tables that keep their deleted rows: followed as declared, taken back exactly, and never a live child under a deleted row.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

\ir common/calls.sql

SELECT lives_ok('CREATE SCHEMA soft', 'a schema');
SET search_path = soft, public;

CREATE TABLE customers (id bigint PRIMARY KEY, code text UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers ON DELETE CASCADE);
CREATE TABLE lines (order_id int REFERENCES orders ON DELETE CASCADE, line int, part int, PRIMARY KEY (order_id, line));
CREATE TABLE "Serial s" (id int PRIMARY KEY, order_id int, line int, FOREIGN KEY (order_id, line) REFERENCES lines ON DELETE CASCADE);
CREATE TABLE invoices (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE RESTRICT);
CREATE TABLE notes (id int PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE SET NULL);
CREATE TABLE visits (id int PRIMARY KEY, customer_id bigint DEFAULT 1 REFERENCES customers ON DELETE SET DEFAULT);
CREATE TABLE pairs (id int PRIMARY KEY, order_id int, line int, FOREIGN KEY (order_id, line) REFERENCES lines ON DELETE SET NULL (line));
CREATE TABLE codes (code text PRIMARY KEY REFERENCES customers (code));
CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$
	INSERT INTO soft.customers SELECT i, 'c' || i FROM generate_series(1, 6) i;
	INSERT INTO soft.orders SELECT i, (i - 1) % 6 + 1 FROM generate_series(1, 12) i;
	INSERT INTO soft.lines SELECT o, l, l FROM generate_series(1, 12) o, generate_series(1, 2) l;
	INSERT INTO soft."Serial s" SELECT o * 10 + l, o, l FROM generate_series(1, 12) o, generate_series(1, 2) l;
	INSERT INTO soft.notes SELECT i, i FROM generate_series(1, 6) i;
	INSERT INTO soft.visits SELECT i, i FROM generate_series(1, 6) i;
	INSERT INTO soft.pairs SELECT i, i, 1 FROM generate_series(1, 12) i;
	INSERT INTO soft.codes VALUES ('c6');
	INSERT INTO soft.invoices VALUES (1, 5);
$$;
SELECT fill();
SELECT dbeng.enable_soft_delete('customers');
SELECT bag_eq('SELECT relation::text FROM dbeng.soft_delete', $$VALUES ('customers'), ('orders'), ('lines'), ('"Serial s"')$$, 'tables that cascade keep their rows, too');
CREATE FUNCTION dead() RETURNS text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(' ', (SELECT count(*) FROM soft.customers WHERE deleted_at IS NOT NULL), (SELECT count(*) FROM soft.orders WHERE deleted_at IS NOT NULL),
		(SELECT count(*) FROM soft.lines WHERE deleted_at IS NOT NULL), (SELECT count(*) FROM soft."Serial s" WHERE deleted_at IS NOT NULL),
		(SELECT count(*) FROM soft.notes WHERE customer_id IS NULL), (SELECT count(*) FROM soft.visits WHERE customer_id = 1), (SELECT count(*) FROM soft.pairs WHERE line IS NULL AND order_id IS NOT NULL)) $$;

-- CASCADE, SET NULL and SET DEFAULT, all the way down.
SELECT is(pg_temp.touched('DELETE FROM customers WHERE id = 2'), 1::bigint, 'one customer');
SELECT is(dead(), '1 2 4 4 1 2 2', 'takes along what the keys say');
SELECT is((SELECT count(DISTINCT deletion_id) FROM (SELECT deletion_id FROM customers UNION ALL SELECT deletion_id FROM orders UNION ALL SELECT deletion_id FROM lines UNION ALL SELECT deletion_id FROM "Serial s") d), 1::bigint, 'under one number');
SELECT results_eq('SELECT relation::text, key, rows FROM dbeng.deletions', $$VALUES ('customers', '{"id": 2}'::jsonb, 11::bigint)$$, 'that is on record');
DELETE FROM orders WHERE id = 4;
SELECT is(dead(), '1 3 6 6 1 2 3', 'another deletion');
SELECT results_eq('SELECT dbeng.restore(deletion_id) FROM dbeng.deletions WHERE relation = ''customers''::regclass', 'VALUES (11::bigint)', 'the first is restored');
SELECT is(dead(), '0 1 2 2 0 1 1', 'the second is not');
SELECT pg_temp.refused('SELECT dbeng.restore(deletion_id) FROM dbeng.deletions WHERE relation = ''customers''::regclass', '55000', 'restored already');
SELECT pg_temp.refused('SELECT dbeng.restore(-1)', 'P0002', 'no deletion -1');
SELECT is(dbeng.restore('orders', '{"id": 4}'), 5::bigint, 'by its key');
SELECT is(dead(), '0 0 0 0 0 1 0', 'all is as it was');
SELECT is((SELECT string_agg(customer_id::text, ' ' ORDER BY id) FROM notes), '1 2 3 4 5 6', 'what was set to NULL is back');
SELECT is((SELECT string_agg(customer_id::text, ' ' ORDER BY id) FROM visits), '1 2 3 4 5 6', 'and what was set to a default');
SELECT is((SELECT count(*) FROM dbeng.deletion_unlinked), 0::bigint, 'nothing is left of it');
SELECT pg_temp.refused('SELECT dbeng.restore(''orders'', ''{"id": 4}'')', '55000', 'It is live');
SELECT pg_temp.refused('SELECT dbeng.restore(''orders'', ''{"id": 444}'')', 'P0002', 'no row with that key');

-- Several at once, of which one is restored.
SELECT is(pg_temp.touched('DELETE FROM customers WHERE id IN (2, 3, 4)'), 3::bigint, 'three customers');
SELECT is((SELECT key FROM dbeng.deletions WHERE restored_at IS NULL), NULL, 'have no one key');
SELECT is(dbeng.restore('customers', '{"id": 3}'), 11::bigint, 'one of them with its own');
SELECT is(dead(), '2 4 8 8 2 3 4', 'the others stay');
SELECT is((SELECT customer_id FROM notes WHERE id = 3), 3::bigint, 'its note is linked again');
SELECT is((SELECT restored_at FROM dbeng.deletions WHERE key IS NULL), NULL, 'so the deletion is not restored');
-- A note that refers to somebody else meanwhile is left alone.
UPDATE notes SET customer_id = 3 WHERE id = 2;
SELECT is((SELECT dbeng.restore(deletion_id) FROM dbeng.deletions WHERE key IS NULL), 22::bigint, 'the rest of it');
SELECT is(dead(), '0 0 0 0 0 1 0', 'is live');
SELECT is((SELECT customer_id FROM notes WHERE id = 2), 3::bigint, 'what was changed since stays');

-- RESTRICT and NO ACTION.
SELECT throws_ok('DELETE FROM customers WHERE id = 5', '23503', 'update or delete on table "orders" violates foreign key constraint "invoices_order_id_fkey" on table "invoices"', 'RESTRICT, further down');
SELECT throws_ok('DELETE FROM customers WHERE id = 6', '23503', 'update or delete on table "customers" violates foreign key constraint "codes_code_fkey" on table "codes"', 'NO ACTION of a unique key');
SELECT is(dead(), '0 0 0 0 0 1 0', 'nothing has changed');
SELECT dbeng.enable_soft_delete('invoices');
DELETE FROM invoices;
SELECT lives_ok('DELETE FROM customers WHERE id = 5', 'children that are deleted do not stand in the way');
SELECT throws_ok('SELECT dbeng.restore(''invoices'', ''{"id": 1}'')', '23503', NULL, 'they are not restored under a deleted row');
SELECT throws_ok('SELECT dbeng.restore(''lines'', ''{"order_id": 5, "line": 1}'')', '23503', NULL, 'neither is a child without its parent');
SELECT throws_ok('INSERT INTO invoices VALUES (2, 5)', '23503', NULL, 'nor inserted');
SELECT throws_ok('UPDATE orders SET customer_id = 5 WHERE id = 1', '23503', NULL, 'nor moved there');
SELECT throws_ok('INSERT INTO "Serial s" VALUES (999, 5, 1)', '23503', NULL, 'by keys of two columns');
SELECT lives_ok('INSERT INTO "Serial s" VALUES (999, 5, NULL)', 'what refers to nothing may be');
SELECT lives_ok('UPDATE "Serial s" SET id = id + 1000', 'rows that are deleted may be changed');
SELECT lives_ok('INSERT INTO orders VALUES (500, 5, now())', 'and come in, as a dump has them');
SELECT lives_ok('DELETE FROM customers WHERE id = 4; INSERT INTO orders VALUES (400, NULL)', 'in one command string');

-- A circle, a table that refers to itself, and a long chain of it.
CREATE TABLE tree (id int PRIMARY KEY, parent_id int REFERENCES tree ON DELETE CASCADE);
INSERT INTO tree SELECT i, nullif(i - 1, 0) FROM generate_series(1, 1000) i;
CREATE TABLE a (id int PRIMARY KEY, b_id int);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a ON DELETE CASCADE);
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b ON DELETE CASCADE;
INSERT INTO a VALUES (1, NULL), (2, NULL);
INSERT INTO b VALUES (1, 1), (2, 2);
UPDATE a SET b_id = id;
SELECT dbeng.enable_soft_delete('tree'), dbeng.enable_soft_delete('a');
SELECT is(pg_temp.touched('DELETE FROM tree WHERE id = 1'), 1::bigint, 'the root of a chain');
SELECT is((SELECT count(*) FROM tree WHERE deleted_at IS NULL), 0::bigint, 'takes all of it along');
SELECT is(dbeng.restore('tree', '{"id": 1}'), 1000::bigint, 'and back');
DELETE FROM tree WHERE id IN (500, 600);
SELECT is((SELECT rows FROM dbeng.deletions WHERE relation = 'tree'::regclass AND restored_at IS NULL), 501::bigint, 'two of a chain');
SELECT pg_temp.refused('SELECT dbeng.restore(''tree'', ''{"id": 700}'')', '23503', 'violates foreign key|is deleted');
SELECT is(dbeng.restore('tree', '{"id": 500}'), 501::bigint, 'the upper one brings the lower one back');
DELETE FROM a WHERE id = 1;
SELECT is((SELECT count(*) FROM b WHERE deleted_at IS NOT NULL), 1::bigint, 'a circle');
SELECT is(dbeng.restore('a', '{"id": 1}'), 2::bigint, 'and back');
SELECT is((SELECT count(*) FROM a JOIN b ON a.b_id = b.id AND b.a_id = a.id WHERE a.deleted_at IS NULL AND b.deleted_at IS NULL), 2::bigint, 'all of it');

-- No set of children is torn: both halves in one statement.
SELECT is(pg_temp.touched('WITH o AS (DELETE FROM orders WHERE id = 1) DELETE FROM lines WHERE order_id = 7'), 2::bigint, 'two tables in one statement');
SELECT is((SELECT count(DISTINCT deletion_id) FROM dbeng.deletions d WHERE d.deletion_id = (SELECT deletion_id FROM orders WHERE id = 1)), 1::bigint, 'are one deletion');

-- A parent that does not keep its rows takes its children along for good, also if they do.
CREATE TABLE hard (id int PRIMARY KEY);
CREATE TABLE kept (id int PRIMARY KEY, hard_id int REFERENCES hard ON DELETE CASCADE);
INSERT INTO hard VALUES (1), (2);
INSERT INTO kept VALUES (1, 1), (2, 2), (3, 2);
SELECT dbeng.enable_soft_delete('kept');
DELETE FROM kept WHERE id = 3;
DELETE FROM hard WHERE id = 1;
SELECT results_eq('SELECT id FROM kept ORDER BY id', 'VALUES (2), (3)', 'no orphan');
-- Not so the same statement in other hands.
PREPARE alike AS DELETE FROM ONLY "soft"."kept" WHERE $1 OPERATOR(pg_catalog.=) "hard_id";
EXECUTE alike(2);
SELECT is((SELECT count(*) FROM kept WHERE deleted_at IS NOT NULL), 2::bigint, 'what looks like the server''s own statement is none');
DELETE FROM hard WHERE id = 2;
SELECT is_empty('SELECT FROM kept', 'deleted ones go, too');

-- A key that comes later: no row is deleted before the child looks at its parents.
CREATE TABLE later (id int PRIMARY KEY, tree_id int REFERENCES tree);
SELECT pg_temp.refused('DELETE FROM tree WHERE id = 1000', '55000', 'does not look whether');
SELECT dbeng.enable_soft_delete('tree');
SELECT lives_ok('DELETE FROM tree WHERE id = 1000', 'enabling again mends it');
SELECT throws_ok('INSERT INTO later VALUES (1, 1000)', '23503', NULL, 'and it looks');
CREATE TABLE later_hard (id int PRIMARY KEY, tree_id int REFERENCES tree ON DELETE CASCADE);
SELECT dbeng.enable_soft_delete('tree');
SELECT pg_temp.refused('DELETE FROM tree WHERE id = 999', '55000', 'does not keep its deleted rows');

-- Partitions on both sides.
CREATE TABLE parents (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE parents_1 PARTITION OF parents FOR VALUES FROM (0) TO (10);
CREATE TABLE parents_2 PARTITION OF parents FOR VALUES FROM (10) TO (20);
CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents ON DELETE CASCADE) PARTITION BY RANGE (id);
CREATE TABLE children_1 PARTITION OF children FOR VALUES FROM (0) TO (10);
CREATE TABLE children_2 PARTITION OF children FOR VALUES FROM (10) TO (20);
INSERT INTO parents SELECT generate_series(0, 19);
INSERT INTO children SELECT i, 19 - i FROM generate_series(0, 19) i;
SELECT dbeng.enable_soft_delete('parents');
DELETE FROM parents WHERE id IN (1, 11);
SELECT results_eq('SELECT id FROM children WHERE deleted_at IS NOT NULL ORDER BY 1', 'VALUES (8), (18)', 'children of partitions');
DELETE FROM parents_2 WHERE id = 12;
SELECT results_eq('SELECT id FROM children WHERE deleted_at IS NOT NULL ORDER BY 1', 'VALUES (7), (8), (18)', 'of one partition');
SELECT throws_ok('INSERT INTO children_1 VALUES (6, 12) ON CONFLICT (id) DO UPDATE SET parent_id = 12', '23503', NULL, 'a child in a partition looks');
SELECT is(dbeng.restore(max(deletion_id)), 2::bigint, 'restored') FROM dbeng.deletions;

SELECT finish();
ROLLBACK;
