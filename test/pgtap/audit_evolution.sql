-- Audit of tables that change: columns that are added, renamed, retyped and dropped, keys, names, and tables made anew.
\set database dbeng_audit_evolution
\ir audit/begin.sql
CREATE TABLE t (id int PRIMARY KEY, junk int, a int, b text);
ALTER TABLE t DROP junk;
SELECT dbeng.enable_audit('t');
INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two');
SELECT clock_timestamp() AS t0 \gset
CREATE TABLE was_0 AS TABLE t;

-- All in one transaction, between changes.
BEGIN;
UPDATE t SET a = 10 WHERE id = 1;
ALTER TABLE t ADD c int;
UPDATE t SET c = 3 WHERE id = 1;
ALTER TABLE t ADD d text DEFAULT 'given';
UPDATE t SET d = 'changed' WHERE id = 1;
ALTER TABLE t ADD e text DEFAULT clock_timestamp()::text;
UPDATE t SET e = 'e' WHERE id = 1;
ALTER TABLE t RENAME a TO alpha;
UPDATE t SET alpha = 11 WHERE id = 1;
ALTER TABLE t ALTER alpha TYPE numeric(8, 2) USING alpha * 1.0;
UPDATE t SET alpha = 6 WHERE id = 1;
ALTER TABLE t DROP b;
UPDATE t SET alpha = 7 WHERE id = 2;
ALTER TABLE t RENAME TO u;
DELETE FROM u WHERE id = 2;
CREATE SCHEMA "Elsewhere";
ALTER TABLE u SET SCHEMA "Elsewhere";
INSERT INTO "Elsewhere".u (id, alpha) VALUES (3, 3.5);
COMMIT;
SELECT results_eq($$SELECT table_name, relation::text, action, old_data - 'e', new_data - 'e' FROM dbeng.audit_log WHERE transaction_id = told.transaction('"Elsewhere".u') ORDER BY audit_id$$, $$VALUES
	('t', '"Elsewhere".u', 'UPDATE', '{"id": 1, "a": 1}'::jsonb, '{"a": 10}'::jsonb),
	('t', '"Elsewhere".u', 'UPDATE', '{"id": 1, "c": null}', '{"c": 3}'),
	('t', '"Elsewhere".u', 'UPDATE', '{"id": 1, "d": "given"}', '{"d": "changed"}'),
	('t', '"Elsewhere".u', 'UPDATE', '{"id": 1}', '{}'),
	('t', '"Elsewhere".u', 'UPDATE', '{"id": 1, "alpha": 10}', '{"alpha": 11}'),
	('t', '"Elsewhere".u', 'UPDATE', '{"id": 1, "alpha": 11.00}', '{"alpha": 6.00}'),
	('t', '"Elsewhere".u', 'UPDATE', '{"id": 2, "alpha": 2.00}', '{"alpha": 7.00}'),
	('u', '"Elsewhere".u', 'DELETE', '{"id": 2, "alpha": 7.00, "c": null, "d": "given"}', NULL),
	('u', '"Elsewhere".u', 'INSERT', NULL, '{"id": 3, "alpha": 3.50, "c": null, "d": "given"}')$$, 'each change as the table was then; the relation as it is now');
SELECT results_eq(format('SELECT id, alpha, c, d FROM dbeng.table_as_of(NULL::"Elsewhere".u, %L) ORDER BY id', :'t0'),
	'SELECT id, a::numeric(8, 2), NULL::int, NULL::text FROM was_0 ORDER BY id', 'the table as it was, in the columns of today');
SELECT is(dbeng.row_as_of('"Elsewhere".u', '2', :'t0'), '{"id": 2, "alpha": 2.00}', 'a row, too');
ALTER TABLE "Elsewhere".u SET SCHEMA public;
ALTER TABLE u RENAME TO t;
SELECT is(string_agg(action, ' ' ORDER BY audit_id), 'INSERT UPDATE DELETE', 'a history through all this') FROM dbeng.row_history('t', '2');

-- Between transactions.
SELECT told.remember('t');
ALTER TABLE t RENAME alpha TO beta;
UPDATE t SET beta = 100 WHERE id = 1;
SELECT told.remember('t');
ALTER TABLE t ALTER beta TYPE int, ALTER c TYPE bigint;
UPDATE t SET c = 30 WHERE id = 1;
SELECT told.undone_is('t', '(1,100,3,changed,e)', (SELECT t::text FROM t WHERE id = 3));
ALTER TABLE t DROP beta, ADD beta int;
UPDATE t SET beta = 1 WHERE id = 1;
SELECT is(told.last('t'), 'update 1 {"id": 1, "beta": null} -> {"beta": 1}', 'a column of a name that another had');
SELECT clock_timestamp() AS t1 \gset
UPDATE t SET beta = 2 WHERE id = 1;
SELECT is(dbeng.row_as_of('t', '1', :'t1') ->> 'beta', '1', 'has its own past');
DELETE FROM told.moments;

-- The key: its values, its columns, its type, a replica identity, and none.
CREATE TABLE k (a int PRIMARY KEY, b text NOT NULL UNIQUE, n int);
SELECT dbeng.enable_audit('k');
INSERT INTO k VALUES (1, 'x', 1), (2, 'y', 2);
SELECT told.remember('k');
UPDATE k SET a = a + 10;
SELECT told.remember('k');
UPDATE k SET a = a - 9;
SELECT is(told.last('k'), 'update 2 {"a": 11} -> {"a": 2}, update 3 {"a": 12} -> {"a": 3}', 'keys that change');
SELECT is(string_agg(concat_ws(' ', action, old_data, new_data), ', ' ORDER BY audit_id), 'INSERT {"a": 2, "b": "y", "n": 2}, UPDATE {"a": 2} {"a": 12}, UPDATE {"a": 11} {"a": 2}', 'a history of a key that two rows had') FROM dbeng.row_history('k', '2');
SELECT told.remember('k');
ALTER TABLE k ALTER a TYPE bigint;
UPDATE k SET n = 20 WHERE a = 2;
SELECT told.remember('k');
SELECT is(count(*), 4::bigint, 'a key of another type is the same key') FROM dbeng.row_history('k', '{"a": 2}');
SELECT told.past_is_right('keys that change');
SELECT clock_timestamp() AS t2 \gset
ALTER TABLE k DROP CONSTRAINT k_pkey, ADD PRIMARY KEY (b);
INSERT INTO k VALUES (9, 'z', 9);
UPDATE k SET b = 'zz' WHERE b = 'z';
SELECT is(told.last('k'), 'update zz {"b": "z"} -> {"b": "zz"}', 'another primary key');
UPDATE k SET n = 21 WHERE b = 'x';
SELECT told.refused($$SELECT dbeng.row_history('k', '{"a": 1}')$$, '22023', '\(b\)');
SELECT is(string_agg(action, ' ' ORDER BY audit_id), 'INSERT UPDATE', 'whose history has what it can') FROM dbeng.row_history('k', '"x"');
SELECT is(dbeng.row_as_of('k', '"x"', :'t2') ->> 'n', '20', 'and whose past since it was the key');
ALTER TABLE k DROP CONSTRAINT k_pkey;
UPDATE k SET n = 22 WHERE b = 'x';
SELECT is(told.last('k'), 'update {"a": 2, "b": "x", "n": 21} -> {"n": 22}', 'no key: the whole old row');
SELECT told.refused($$SELECT dbeng.row_as_of('k', '{"b": "x"}', now())$$, '55000', 'no key');
ALTER TABLE k ALTER b SET NOT NULL, REPLICA IDENTITY USING INDEX k_b_key;
UPDATE k SET n = 23 WHERE b = 'x';
SELECT is(told.last('k'), 'update x {"b": "x", "n": 22} -> {"n": 23}', 'a replica identity is a key');
CREATE TABLE whole (a int, b text, n int);
ALTER TABLE whole REPLICA IDENTITY FULL;
SELECT dbeng.enable_audit('whole');
INSERT INTO whole VALUES (1, 'a', 1), (1, 'a', 1), (2, NULL, NULL);
SELECT told.remember('whole');
UPDATE whole SET n = 2 WHERE ctid = (SELECT min(ctid) FROM whole);
SELECT is(told.last('whole'), 'update {"a": 1, "b": "a", "n": 1} -> {"n": 2}', 'without a key');
SELECT told.remember('whole');
SELECT told.undone_is('whole', '(1,a,1)', '(1,a,1)', '(2,,)');
DELETE FROM whole WHERE a = 1;
SELECT told.undone_is('whole', '(1,a,1)', '(1,a,1)', '(2,,)');
SELECT told.remember('whole');
SELECT told.past_is_right('no key');
CREATE TABLE composite (b text, a int, n int, PRIMARY KEY (a, b)) ;
SELECT dbeng.enable_audit('composite');
INSERT INTO composite VALUES ('x,y', 1, 1), ('"', 2, 2);
UPDATE composite SET n = 3 WHERE a = 1;
SELECT is(record_id || key, '1,x,y{"a": 1, "b": "x,y"}', 'a key of two columns') FROM dbeng.audit_log WHERE relation = 'composite'::regclass AND action = 'UPDATE';
SELECT is(count(*), 2::bigint, 'in any order') FROM dbeng.row_history('composite', '{"b": "x,y", "a": 1}');

-- Dropped and made anew.
CREATE TABLE gone (id int PRIMARY KEY, m text);
SELECT dbeng.enable_audit('gone');
INSERT INTO gone VALUES (1, 'first');
SELECT told.transaction('gone') AS x \gset
BEGIN;
UPDATE gone SET m = 'last';
DROP TABLE gone;
COMMIT;
SELECT is(string_agg(concat_ws(' ', table_name, relation, action, new_data), ', ' ORDER BY audit_id), 'gone INSERT {"m": "first", "id": 1}, gone UPDATE {"m": "last"}', 'what was changed before a DROP TABLE is logged') FROM dbeng.audit_log WHERE table_name = 'gone';
SELECT is(state, 'dropped', 'which is known') FROM dbeng.audited_tables WHERE name ~ 'gone';
SELECT told.refused(format('SELECT dbeng.undo(%L)', :'x'), '55000', 'gone.*dropped');
CREATE TABLE gone (id int PRIMARY KEY, m text);
INSERT INTO gone VALUES (1, 'not audited');
SELECT dbeng.enable_audit('gone');
UPDATE gone SET m = 'again';
SELECT is(string_agg(action, ' ' ORDER BY audit_id), 'INSERT UPDATE UPDATE', 'made anew, it goes on') FROM dbeng.row_history('gone', '1');
SELECT told.refused(format('SELECT * FROM dbeng.table_as_of(NULL::gone, (SELECT changed_at FROM dbeng.audit_log WHERE transaction_id = %L))', :'x'), '55000', 'began later');
DROP TABLE gone;
BEGIN;
CREATE TABLE brief (id int PRIMARY KEY);
SELECT dbeng.enable_audit('brief');
INSERT INTO brief VALUES (1);
DROP TABLE brief;
COMMIT;
SELECT is(string_agg(action, ' '), 'INSERT', 'a table of one transaction') FROM dbeng.audit_log WHERE table_name = 'brief';

-- Off and on again; and where nobody saw to it that it was off for a while.
SELECT dbeng.disable_audit('k');
UPDATE k SET n = 0;
SELECT told.refused($$SELECT * FROM dbeng.table_as_of(NULL::k, now())$$, '55000', 'not audited any more');
SELECT dbeng.enable_audit('k');
SELECT told.refused(format($$SELECT * FROM dbeng.table_as_of(NULL::k, %L)$$, :'t2'), '55000', 'began later');
SELECT told.remember('k');
DELETE FROM k;
SELECT told.past_is_right('after it was switched on again');
CREATE TABLE broken (id int PRIMARY KEY, n int);
SELECT dbeng.enable_audit('broken');
INSERT INTO broken VALUES (1, 1);
SELECT dbeng.enable_audit('broken', log_query => true);
SELECT is(count(*), 0::bigint, 'other options are no gap') FROM dbeng_audit.gaps g JOIN dbeng.audited_tables a USING (table_id) WHERE a.relation = 'broken'::regclass;
SELECT clock_timestamp() AS t3 \gset
ALTER TABLE broken DISABLE TRIGGER USER;
UPDATE broken SET n = 2;
SELECT is(told.count('broken'), 1::bigint, 'DISABLE TRIGGER USER works, but does not go unseen');
SELECT is(state, 'incomplete', 'the state says so') FROM dbeng.audited_tables WHERE relation = 'broken'::regclass;
SELECT ok(count(*) > 0, 'and a finding') FROM dbeng.findings() WHERE check_id = 'sec-audit-trigger' AND object ~ 'broken';
SELECT dbeng.enable_audit('broken');
SELECT is(state, 'on', 'enable_audit() mends it') FROM dbeng.audited_tables WHERE relation = 'broken'::regclass;
SELECT is(kind::text, 'u', 'the log knows that it may have missed something') FROM dbeng_audit.gaps g JOIN dbeng.audited_tables a USING (table_id) WHERE a.relation = 'broken'::regclass;
SELECT told.refused(format($$SELECT * FROM dbeng.table_as_of(NULL::broken, %L)$$, :'t3'), '55000', 'began later');
SELECT told.remember('broken');
UPDATE broken SET n = 3;
DROP TRIGGER "!dbeng_audit" ON broken;
SELECT dbeng.enable_audit('broken');
SELECT told.refused(format($$SELECT * FROM dbeng.table_as_of(NULL::broken, %L)$$, at), '55000', 'began later') FROM told.moments;
\ir audit/end.sql
