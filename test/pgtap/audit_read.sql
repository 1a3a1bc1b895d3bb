-- Reading the audit log: what dbeng.audit_log shows of each change, one row's history, rows and tables as they were, and
-- undoing a transaction. Time passes between transactions, so this is not one; it has a database of its own.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS dbeng_audit_read;
CREATE DATABASE dbeng_audit_read;
\c dbeng_audit_read
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION dbeng;
SELECT no_plan();

-- SQLSTATE, and words of message and detail; DETAIL and HINT are there.
CREATE FUNCTION refused(sql text, code text, words text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE sql;
	RETURN fail(sql || ' is refused');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN is(format('%s %s', state, concat_ws(' ', message, detail) ~ words AND detail <> '' AND hint <> ''), code || ' t', sql || ' is refused')
		|| CASE WHEN concat_ws(' ', message, detail) ~ words THEN '' ELSE E'\n' || diag(format('%s; %s; %s', message, detail, hint)) END;
END $$;

-- The view.
SELECT is((SELECT count(*) FROM dbeng.audit_log), 0::bigint, 'no rows before the first table is audited');
CREATE TABLE orders (id int PRIMARY KEY, customer text, amount numeric(10, 2), tags text[], data jsonb, raw json, at timestamptz, secret text, seen int);
SELECT dbeng.enable_audit('orders', exclude => '{seen}', redact => '{secret}', log_query => true);
SET app.user_id = 'ann';
INSERT INTO orders VALUES (1, 'A', 1.5, '{x,"y z"}', '{"a": 1}', '{"b": [1, 2]}', '2026-01-02 03:04:05+00', 'hidden', 7);
SELECT clock_timestamp() AS inserted \gset
UPDATE orders SET amount = 2, tags = '{{a,b},{c,d}}', secret = 'other', seen = 8 WHERE id = 1;
UPDATE orders SET seen = 9;
UPDATE orders SET id = 7 WHERE id = 1;
DELETE FROM orders WHERE id = 7;
TRUNCATE orders;
RESET app.user_id;
SELECT results_eq($$SELECT action, record_id, key, old_data, new_data, changed_columns FROM dbeng.audit_log ORDER BY audit_id$$, $$VALUES
	('INSERT', '1', '{"id": 1}'::jsonb, NULL::jsonb, '{"id": 1, "customer": "A", "amount": 1.50, "tags": ["x", "y z"], "data": {"a": 1}, "raw": {"b": [1, 2]}, "at": "2026-01-02T03:04:05+00:00"}'::jsonb, NULL::text[]),
	('UPDATE', '1', '{"id": 1}', '{"id": 1, "amount": 1.50, "tags": ["x", "y z"]}', '{"amount": 2.00, "tags": [["a", "b"], ["c", "d"]]}', '{amount,tags,secret}'),
	('UPDATE', '7', '{"id": 7}', '{"id": 1}', '{"id": 7}', '{id}'),
	('DELETE', '7', '{"id": 7}', '{"id": 7, "customer": "A", "amount": 2.00, "tags": [["a", "b"], ["c", "d"]], "data": {"a": 1}, "raw": {"b": [1, 2]}, "at": "2026-01-02T03:04:05+00:00"}', NULL, NULL),
	('TRUNCATE', NULL, NULL, NULL, NULL, NULL)$$, 'each change as jsonb; redacted columns without a value, excluded ones not at all');
SELECT is((SELECT array_agg(DISTINCT concat_ws(' ', table_name, relation, changed_by, db_user = CURRENT_USER, session_user_name = SESSION_USER, application_name = current_setting('application_name'))) FROM dbeng.audit_log),
	ARRAY['orders orders ann t t t'], 'what and who');
SELECT is((SELECT query FROM dbeng.audit_log WHERE action = 'DELETE'), 'DELETE FROM orders WHERE id = 7;', 'the statement where asked for');
SELECT ok(bool_and(changed_at <= now() AND transaction_id = lag_id) IS NOT true, 'a transaction each')
	FROM (SELECT changed_at, transaction_id, lag(transaction_id) OVER (ORDER BY audit_id) AS lag_id FROM dbeng.audit_log) l;
CREATE FUNCTION plan_of(sql text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF, ANALYZE) ' || sql; END $$;
SELECT is((SELECT count(*) FROM plan_of($$SELECT * FROM dbeng.audit_log WHERE changed_at BETWEEN now() - interval '1 second' AND now()$$) line WHERE line ~ 'Scan.* on log_'), 1::bigint,
	'a condition on changed_at leaves out the other partitions');
SELECT is((SELECT count(*) FROM dbeng.audit_log WHERE changed_at > now() + interval '1 day'), 0::bigint, 'and rows');
BEGIN;
INSERT INTO orders (id) VALUES (50);
SAVEPOINT a;
UPDATE orders SET amount = 1 WHERE id = 50;
SELECT is((SELECT string_agg(action, ' ' ORDER BY audit_id) FROM dbeng.audit_log WHERE record_id = '50'), 'INSERT UPDATE', 'a transaction sees its own changes in the view');
SELECT is((SELECT count(*) FROM dbeng.row_history('orders', '50')), 2::bigint, 'and in a history');
ROLLBACK TO a;
SELECT is((SELECT string_agg(action, ' ' ORDER BY audit_id) FROM dbeng.audit_log WHERE record_id = '50'), 'INSERT', 'not what was rolled back, though it had been read');
ROLLBACK;
SELECT is((SELECT count(*) FROM dbeng.audit_log WHERE record_id = '50'), 0::bigint, 'nor anything of a transaction that was rolled back');

-- Types: as to_jsonb() shows a row.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN feeling AS mood;
CREATE TYPE place AS (x int, name text, feels mood, since timestamptz, spot point, ok bool);
CREATE TABLE kinds (id uuid PRIMARY KEY, m mood, ms mood[], d positive, f feeling, p place, ps place[], r int4range, tr tstzrange, mr int4multirange,
	by bytea, iv interval, ts timestamp, tz timestamptz, da date, ti time, j json, jb jsonb, n numeric, fl float8, ip inet, x xml, bits bit(3), c char(5),
	vc varchar(10), ia int[], ta text[], pt point, rc regclass, mon money, g int GENERATED ALWAYS AS (2 * d) STORED, i bigint GENERATED ALWAYS AS IDENTITY, nm name,
	ch "char", ba bool[], bb box[], ti2 int2vector);
SELECT dbeng.enable_audit('kinds');
INSERT INTO kinds VALUES ('6e0bb6a4-0c4b-4a1e-8f0e-000000000001', 'sad', '{sad,happy}', 5, 'happy', row(1, 'a "b", (c)\', 'sad', '2024-01-01 10:00+00', '(1,2)', true),
	ARRAY[row(1, NULL, NULL, NULL, NULL, NULL)::place, NULL], '[1,5)', '["2024-01-01 00:00+00",)', '{[1,2),[5,9)}', '\x00ff', '1 mon 2 days 03:04:05.6',
	'2024-02-29 12:00', '2024-02-29 12:00+03', '2024-02-29', '23:59', '{"a": [1, {"b": null}], "a": 2}', '{"z": 1.50}', 12345678901234567890.12345, 1e300, '10.0.0.0/8',
	'<a>&amp;</a>', B'101', 'ab', 'va"r', '{1,NULL,3}', '{a,"b,c",NULL,"null"}', '(1.5,2)', 'pg_class', '$1,234.50', DEFAULT, DEFAULT, 'nm', 'c', '{t,f,null}',
	'{(1,2),(3,4);(0,0),(1,1)}', '1 2');
INSERT INTO kinds (id) VALUES ('6e0bb6a4-0c4b-4a1e-8f0e-000000000002');
INSERT INTO kinds (id, n, fl, ts, da, ia, ta, ps) VALUES ('6e0bb6a4-0c4b-4a1e-8f0e-000000000003', 'NaN', '-Infinity', 'infinity', '-infinity', '{}', '[2:3]={x,y}', '{}');
SELECT is(a.new_data, to_jsonb(k), 'every type as to_jsonb() shows it, row ' || a.audit_id) FROM dbeng.audit_log a JOIN kinds k ON k.id::text = a.record_id ORDER BY audit_id;
SELECT is(dbeng.row_as_of('kinds', a.key, now()), to_jsonb(k), 'and row_as_of(), row ' || a.audit_id) FROM dbeng.audit_log a JOIN kinds k ON k.id::text = a.record_id ORDER BY audit_id;
INSERT INTO kinds (id, j) VALUES ('6e0bb6a4-0c4b-4a1e-8f0e-000000000004', '{"u": "\u0000"}');
SELECT is((SELECT new_data -> 'j' FROM dbeng.audit_log WHERE record_id LIKE '%4'), to_jsonb('{"u": "\u0000"}'::text), 'a json that is no jsonb is a string, not an error');
SELECT clock_timestamp() AS filled \gset
CREATE TABLE kinds_then AS TABLE kinds;
UPDATE kinds SET (m, ms, d, f, p, ps, r, tr, mr, by, iv, ts, tz, da, ti, j, jb, n, fl, ip, x, bits, c, vc, ia, ta, pt, rc, mon, nm, ch, ba, bb, ti2)
	= (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT is((SELECT array_agg(t::text ORDER BY id) FROM dbeng.table_as_of(NULL::kinds, :'filled') t), (SELECT array_agg(k::text ORDER BY id) FROM kinds_then k), 'values of every type come back from the log');
SELECT transaction_id AS x FROM dbeng.audit_log WHERE action = 'UPDATE' AND relation = 'kinds'::regclass LIMIT 1 \gset
SELECT is((SELECT count(*) FROM dbeng.undo(:'x', false)), (SELECT count(*) FROM kinds WHERE id::text NOT LIKE '%2'), 'undone, every row that was changed');
SELECT is((SELECT array_agg(k::text ORDER BY id) FROM kinds k), (SELECT array_agg(k::text ORDER BY id) FROM kinds_then k), 'and every value is back');
SELECT to_jsonb(k) - '{m,ms,f,p,ps}'::text[] AS plain FROM kinds k WHERE id::text LIKE '%1' \gset
DELETE FROM kinds;
ALTER TABLE kinds DROP COLUMN m, DROP COLUMN ms, DROP COLUMN g, DROP COLUMN d, DROP COLUMN f, DROP COLUMN p, DROP COLUMN ps;
DROP TABLE kinds_then;
DROP DOMAIN positive, feeling;
DROP TYPE place, mood;
SELECT is(old_data - '{p,ps}'::text[], :'plain'::jsonb || '{"m": "sad", "ms": ["sad", "happy"], "f": "happy"}', 'types that are gone are still read') FROM dbeng.audit_log WHERE action = 'DELETE' AND record_id LIKE '%1';
SELECT is(old_data ->> 'p', '(1,"a ""b"", (c)\\",sad,"2024-01-01 10:00:00+00","(1,2)",t)', 'composite ones as text') FROM dbeng.audit_log WHERE action = 'DELETE' AND record_id LIKE '%1';

-- Histories and the past, through changes of rows, keys and the table.
CREATE TABLE parts (id int PRIMARY KEY, a int, b text, junk int);
ALTER TABLE parts DROP COLUMN junk;
SELECT dbeng.enable_audit('parts');
CREATE TABLE filler (id int PRIMARY KEY, t text);
SELECT dbeng.enable_audit('filler');
INSERT INTO parts SELECT g, g, 'v' || g FROM generate_series(1, 6) g;
SELECT clock_timestamp() AS t0 \gset
CREATE TABLE parts_0 AS TABLE parts;
BEGIN;
UPDATE parts SET a = a + 100 WHERE id = 1;
SAVEPOINT s1;
UPDATE parts SET id = 10 WHERE id = 1;
SELECT count(*) > 0 AS flushed FROM dbeng.audit_log \gset
UPDATE parts SET b = 'deep' WHERE id = 10;
RELEASE s1;
SAVEPOINT s2;
DELETE FROM parts;
ROLLBACK TO s2;
UPDATE parts SET id = 11, a = a + 1 WHERE id = 10;
COMMIT;
-- What a savepoint holds is written before what came before it, where it is much.
BEGIN;
UPDATE parts SET a = 61 WHERE id = 6;
SAVEPOINT s3;
UPDATE parts SET id = 60 WHERE id = 6;
INSERT INTO filler SELECT g, md5(g::text) FROM generate_series(1, 20000) g;
RELEASE s3;
UPDATE parts SET id = 61 WHERE id = 60;
COMMIT;
DELETE FROM parts WHERE id = 3;
INSERT INTO parts VALUES (3, 33, 'again');
UPDATE parts SET id = 30 WHERE id = 3;
DELETE FROM parts WHERE id = 4;
UPDATE parts SET id = 4 WHERE id = 5;
INSERT INTO parts VALUES (5, 55, 'new');
SELECT clock_timestamp() AS t1 \gset
CREATE TABLE parts_1 AS TABLE parts;
SELECT set_eq(format('SELECT * FROM dbeng.table_as_of(NULL::parts, %L)', :'t0'), 'TABLE parts_0', 'the table as it was, through changed keys and savepoints');
SELECT is(dbeng.row_as_of('parts', to_jsonb(g), :'t0'), (SELECT to_jsonb(p) FROM parts_0 p WHERE id = g), 'and row ' || g) FROM unnest(ARRAY[1, 2, 3, 4, 5, 6, 10, 11, 30, 60, 61]) g;
ALTER TABLE parts ADD COLUMN n int DEFAULT 9;
ALTER TABLE parts RENAME b TO label;
ALTER TABLE parts ALTER label TYPE varchar(20), ALTER a TYPE bigint;
UPDATE parts SET n = n + id, label = label || '!';
INSERT INTO parts VALUES (77, 7, 'x');
SELECT set_eq(format('SELECT id, a, label::text, n FROM dbeng.table_as_of(NULL::parts, %L)', :'t1'), 'SELECT id, a::bigint, b, NULL::int FROM parts_1', 'columns renamed and retyped since are read back; one added since is NULL');
SELECT set_eq(format('SELECT id, a, label::text, n FROM dbeng.table_as_of(NULL::parts, %L)', :'t0'), 'SELECT id, a::bigint, b, NULL::int FROM parts_0', 'also from before');
SELECT set_eq('SELECT * FROM dbeng.table_as_of(NULL::parts, now())', 'TABLE parts', 'now it is as it is');
SELECT results_eq($$SELECT action, key, old_data, new_data FROM dbeng.row_history('parts', '{"id": 3}')$$, $$VALUES
	('INSERT', '{"id": 3}'::jsonb, NULL::jsonb, '{"id": 3, "a": 3, "b": "v3"}'::jsonb), ('DELETE', '{"id": 3}', '{"id": 3, "a": 3, "b": "v3"}', NULL),
	('INSERT', '{"id": 3}', NULL, '{"id": 3, "a": 33, "b": "again"}'), ('UPDATE', '{"id": 30}', '{"id": 3}', '{"id": 30}')$$, 'a history, with the change of the key, under the names of then');
SELECT results_eq($$SELECT action, new_data FROM dbeng.row_history('parts', '30')$$, $$VALUES ('UPDATE', '{"id": 30}'::jsonb), ('UPDATE', '{"label": "again!", "n": 39}')$$, 'the history of the key it got');
SELECT refused($$SELECT dbeng.row_history('parts', '{"nr": 1}')$$, '22023', '\(id\)');
SELECT refused($$SELECT dbeng.row_history('parts', '{"id": 1, "a": 1}')$$, '22023', 'column a is not part of it');
SELECT refused($$SELECT dbeng.row_history('parts', '{}')$$, '22023', 'missing');
SELECT refused($$SELECT dbeng.row_history('parts', '[1]')$$, '22023', 'array');
SELECT throws_ok($$SELECT dbeng.row_history('parts', '"x"')$$, '22P02', NULL, 'a key of another type is an error');
SELECT refused($$SELECT dbeng.row_history('pg_class', '1')$$, '55000', 'not audited');
SELECT refused($$SELECT * FROM dbeng.table_as_of(NULL::parts_0, now())$$, '55000', 'not audited');
SELECT refused($$SELECT dbeng.row_as_of('parts', '1', now() - interval '1 day')$$, '55000', 'began later');
SELECT refused(format('SELECT * FROM dbeng.table_as_of(NULL::orders, %L)', :'inserted'), '55000', 'truncated');
SELECT refused($$SELECT * FROM dbeng.table_as_of(1, now())$$, '42809', 'row type');
SELECT is((SELECT count(*) FROM dbeng.row_history('parts', '12345')), 0::bigint, 'nothing of a row that never was');
SELECT is(dbeng.row_as_of('parts', '12345', now()), NULL, 'which is NULL');

-- Without a key.
CREATE TABLE bag (a int, b text, big text);
ALTER TABLE bag ALTER big SET STORAGE EXTERNAL;
SELECT dbeng.enable_audit('bag');
INSERT INTO bag VALUES (1, 'a', NULL), (1, 'a', NULL), (2, NULL, repeat('x', 5000));
SELECT clock_timestamp() AS t2 \gset
CREATE TABLE bag_then AS TABLE bag;
UPDATE bag SET b = 'x' WHERE ctid = '(0,1)';
UPDATE bag SET b = 'big' WHERE a = 2;
DELETE FROM bag WHERE a = 2;
INSERT INTO bag VALUES (3, 'c', NULL);
UPDATE bag SET a = a + 1;
SELECT transaction_id AS x FROM dbeng.audit_log WHERE relation = 'bag'::regclass ORDER BY audit_id DESC LIMIT 1 \gset
SELECT bag_eq(format('SELECT * FROM dbeng.table_as_of(NULL::bag, %L)', :'t2'), 'TABLE bag_then', 'a table without a key, as it was');
SELECT is((SELECT count(*) FROM dbeng.row_history('bag', '{"a": 1, "b": "a"}')), 4::bigint, 'the history of rows that are alike');
SELECT refused($$SELECT dbeng.row_as_of('bag', '{"a": 1}', now())$$, '55000', 'no key');
SELECT is((SELECT count(*) FROM dbeng.undo(:'x', false)), 3::bigint, 'its updates are undone');
SELECT bag_eq('SELECT a, b FROM bag', $$VALUES (1, 'x'), (1, 'a'), (3, 'c')$$, 'row by row');

-- Partitions, of which one has other column numbers.
CREATE TABLE log_of (id int, day date, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE log_of_1 (v text, junk int, day date NOT NULL, id int NOT NULL);
ALTER TABLE log_of_1 DROP COLUMN junk;
ALTER TABLE log_of ATTACH PARTITION log_of_1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE log_of_2 PARTITION OF log_of FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
SELECT dbeng.enable_audit('log_of');
INSERT INTO log_of VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b');
SELECT clock_timestamp() AS t3 \gset
CREATE TABLE log_of_then AS TABLE log_of;
UPDATE log_of SET day = '2025-06-06', v = 'moved' WHERE id = 1;
DELETE FROM log_of_2 WHERE id = 2;
SELECT set_eq(format('SELECT * FROM dbeng.table_as_of(NULL::log_of, %L)', :'t3'), 'TABLE log_of_then', 'a partitioned table as it was');
SELECT is((SELECT string_agg(action || ' ' || table_name, ', ' ORDER BY audit_id) FROM dbeng.row_history('log_of_1', '{"day": "2024-05-05", "id": 1}')), 'INSERT log_of, DELETE log_of', 'a row that went to another partition');
SELECT refused($$SELECT dbeng.row_history('log_of', '{"id": 1}')$$, '22023', 'missing');
SELECT refused($$SELECT * FROM dbeng.table_as_of(NULL::log_of_1, now())$$, '42809', 'partition of');

-- Undo.
CREATE TABLE parents (id int PRIMARY KEY, n text, twice int GENERATED ALWAYS AS (id * 2) STORED, i int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE children (id int PRIMARY KEY, p int REFERENCES parents ON DELETE CASCADE, boss int REFERENCES children);
SELECT dbeng.enable_audit('parents'), dbeng.enable_audit('children');
INSERT INTO parents VALUES (1, 'one'), (2, 'two');
INSERT INTO children VALUES (1, 1, NULL), (2, 1, 1), (3, 2, NULL), (4, 1, 2);
CREATE TABLE before_p AS TABLE parents;
CREATE TABLE before_c AS TABLE children;
BEGIN;
UPDATE parents SET n = 'uno' WHERE id = 1;
UPDATE children SET boss = 3 WHERE id = 4;
DELETE FROM parents WHERE id = 1;
INSERT INTO children VALUES (9, 2, 3);
SELECT pg_current_xact_id() AS x \gset
SELECT refused(format('SELECT dbeng.undo(%L)', :'x'), '55000', 'has not ended');
ROLLBACK;
BEGIN;
UPDATE parents SET n = 'uno' WHERE id = 1;
UPDATE children SET boss = 3 WHERE id = 4;
DELETE FROM parents WHERE id = 1;
INSERT INTO children VALUES (9, 2, 3);
SELECT pg_current_xact_id() AS x \gset
COMMIT;
CREATE TABLE script AS SELECT row_number() OVER () AS n, * FROM dbeng.undo(:'x');
SELECT is((SELECT string_agg(action || ' ' || relation || ' ' || key, ', ' ORDER BY n) FROM script),
	'DELETE children {"id": 9}, INSERT parents {"id": 1}, INSERT children {"id": 4}, INSERT children {"id": 1}, INSERT children {"id": 2}, UPDATE children {"id": 4}, UPDATE parents {"id": 1}',
	'the reverse of a transaction, what others refer to first');
SELECT is((SELECT count(*) FROM children), 2::bigint, 'a dry run changes nothing');
BEGIN;
SELECT sql FROM script ORDER BY n
\gexec
SELECT set_eq('TABLE parents', 'TABLE before_p', 'its statements stand by themselves');
SELECT set_eq('TABLE children', 'TABLE before_c', 'each after the other');
ROLLBACK;
SELECT is((SELECT array_agg(u::text) FROM dbeng.undo(:'x', false) u), (SELECT array_agg(format('(%s,%s,"%s","%s")', relation, action, replace(key::text, '"', '""'), replace(sql, '"', '""')) ORDER BY n) FROM script), 'run, it returns the same');
SELECT set_eq('TABLE parents', 'TABLE before_p', 'and the rows are as they were');
SELECT set_eq('TABLE children', 'TABLE before_c', 'with those that refer to them');
SELECT is((SELECT string_agg(DISTINCT action, ' ') FROM dbeng.audit_log WHERE transaction_id = (SELECT max(transaction_id) FROM dbeng.audit_log)), 'DELETE INSERT UPDATE', 'undoing is audited as well');
SELECT transaction_id AS y FROM dbeng.audit_log ORDER BY audit_id DESC LIMIT 1 \gset
SELECT refused(format('SELECT dbeng.undo(%L)', :'x'), '55000', 'changed again: .*transaction ' || :'y');
SELECT is((SELECT count(*) FROM dbeng.undo(:'y', false)), 7::bigint, 'what undid can be undone');
BEGIN;
INSERT INTO parents VALUES (5, 'five');
SELECT pg_current_xact_id() AS x \gset
COMMIT;
INSERT INTO children VALUES (50, 5, NULL);
SELECT refused(format('SELECT dbeng.undo(%L, false)', :'x'), '55000', 'refers to the row');
SELECT is((SELECT count(*) FROM children WHERE id = 50), 1::bigint, 'no row that came later goes along');
DELETE FROM children WHERE id = 50;
SET session_replication_role = replica;
UPDATE parents SET n = 'past the log' WHERE id = 5;
RESET session_replication_role;
SELECT refused(format('SELECT dbeng.undo(%L, false)', :'x'), '55000', 'not any more as it left it');
SELECT refused($$SELECT dbeng.undo('1')$$, '42704', 'no transaction 1');
SELECT transaction_id AS x FROM dbeng.audit_log WHERE action = 'TRUNCATE' \gset
SELECT refused(format('SELECT dbeng.undo(%L)', :'x'), '55000', 'truncated');
SELECT transaction_id AS x FROM dbeng.audit_log WHERE 'secret' = ANY (changed_columns) \gset
SELECT refused(format('SELECT dbeng.undo(%L)', :'x'), '55000', 'redacted');

-- Who may.
CREATE ROLE dbeng_audit_none;
CREATE ROLE dbeng_audit_reader;
GRANT SELECT ON dbeng.audit_log TO dbeng_audit_reader;
CREATE VIEW told AS SELECT action FROM dbeng.audit_log WHERE relation = 'parts'::regclass;
GRANT SELECT ON told, parts TO dbeng_audit_none;
SET ROLE dbeng_audit_none;
SELECT throws_ok('TABLE dbeng.audit_log', '42501', NULL, 'the log is not anybody''s to read');
SELECT throws_ok('TABLE dbeng_audit.log', '42501', NULL, 'nor are its tables');
SELECT refused('SELECT dbeng._audit_log()', '42501', 'dbeng_audit_none');
SELECT refused($$SELECT dbeng.row_history('parts', '1')$$, '42501', 'dbeng_audit_none');
SELECT refused($$SELECT dbeng.row_as_of('parts', '1', now())$$, '42501', 'dbeng_audit_none');
SELECT refused($$SELECT dbeng.table_as_of(NULL::parts, now())$$, '42501', 'dbeng_audit_none');
SELECT refused($$SELECT dbeng.undo('1')$$, '42501', 'dbeng_audit_none');
SELECT refused($$SELECT dbeng._audit_changes('pg_class'::regclass, '(0,1)', 1, '\x00')$$, '22023', 'no chunk');
SELECT refused(format($$SELECT dbeng._audit_changes(%s, '(0,1)', 1, '\x00')$$, c.oid), '22023', 'no chunk') FROM pg_class c WHERE relname = 'log_rest';
SELECT refused(format($$SELECT dbeng._audit_changes(%s, '(4294967295,0)', 1, '\x00')$$, c.oid), '22023', 'no chunk') FROM pg_class c WHERE relname = 'log_rest';
SELECT ok((SELECT count(*) FROM told) > 0, 'but what a reader shows him in a view');
SET ROLE dbeng_audit_reader;
SELECT ok((SELECT count(*) FROM dbeng.audit_log) > 0, 'whom the owner grants it reads it');
SELECT ok((SELECT count(*) FROM dbeng.row_history('parts', '1')) > 0, 'and histories');
SELECT throws_ok($$SELECT dbeng.row_as_of('parts', '2', now())$$, '42501', NULL, 'what is only in the table needs a right on the table');
RESET ROLE;
GRANT SELECT ON parts TO dbeng_audit_reader;
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
SET ROLE dbeng_audit_reader;
SELECT refused($$SELECT dbeng.row_as_of('parts', '2', now())$$, '42501', 'row security');
RESET ROLE;

-- The view over the log comes with the extension when the log is there already.
DROP EXTENSION dbeng CASCADE;
CREATE EXTENSION dbeng;
SELECT ok(pg_get_viewdef('dbeng.audit_log') ~ 'dbeng_audit.log', 'made again, the extension reads the log it finds');
SELECT ok((SELECT count(*) FROM dbeng.audit_log WHERE relation = 'parts'::regclass) > 0, 'and what is in it');
SELECT dbeng._audit_bind(false);
SELECT ok(pg_get_viewdef('dbeng.audit_log') !~ 'dbeng_audit.log', 'the view can let go of the log');
SELECT ok((SELECT count(*) FROM dbeng.audit_log WHERE relation = 'parts'::regclass) > 0, 'and still shows it');
SET ROLE dbeng_audit_none;
SELECT throws_ok('TABLE dbeng.audit_log', '42501', NULL, 'to those who may read it');
RESET ROLE;
DROP SCHEMA dbeng_audit CASCADE;
SELECT is((SELECT count(*) FROM dbeng.audit_log), 0::bigint, 'which can then be dropped alone');
SELECT * FROM finish();
\c :home
SET client_min_messages = warning;
DROP DATABASE dbeng_audit_read;
DROP ROLE dbeng_audit_none, dbeng_audit_reader;
