-- What the triggers of audited tables log, told by what a reader of the log can rebuild from it: every table is at the end
-- what its logged changes make it. Whatever rolls back leaves nothing. All of it is in one schema, dropped at the end, and
-- the log with it.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SELECT to_regprocedure('dbeng.enable_audit(regclass, name[], name[], boolean, boolean)') IS NULL OR to_regclass('dbeng.audit_log') IS NULL AS absent \gset
\if :absent
\echo 1..0 # SKIP the log cannot be read
\quit
\endif
SET client_min_messages = warning;
SELECT no_plan();
DROP SCHEMA IF EXISTS captured CASCADE;
CREATE SCHEMA captured;
SET search_path = captured, public;

-- What the log makes of a table with a key that never changes: its rows, by key.
CREATE FUNCTION rebuilt(relation regclass) RETURNS TABLE (record_id text, data jsonb) LANGUAGE plpgsql AS $$
DECLARE
	change record;
	state jsonb := '{}';
BEGIN
	CREATE TEMP TABLE IF NOT EXISTS rebuilding (record_id text PRIMARY KEY, data jsonb);
	TRUNCATE rebuilding;
	FOR change IN SELECT l.* FROM dbeng.audit_log l WHERE l.relation = rebuilt.relation ORDER BY l.audit_id LOOP
		CASE change.action
		WHEN 'INSERT' THEN INSERT INTO rebuilding VALUES (change.record_id, change.new_data);
		WHEN 'UPDATE' THEN UPDATE rebuilding r SET data = r.data || change.new_data WHERE r.record_id = change.record_id;
		WHEN 'DELETE' THEN DELETE FROM rebuilding r WHERE r.record_id = change.record_id;
		WHEN 'TRUNCATE' THEN TRUNCATE rebuilding;
		END CASE;
	END LOOP;
	RETURN QUERY SELECT r.record_id, r.data FROM rebuilding r;
END $$;
CREATE FUNCTION is_rebuilt(relation regclass, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT set_eq('SELECT data FROM rebuilt(' || quote_literal(relation) || ')', 'SELECT to_jsonb(t) FROM ' || relation || ' t', what);
END $$;
CREATE FUNCTION changes(relation regclass) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM dbeng.audit_log l WHERE l.relation = $1 $$;

-- Subtransactions, at random, with a log that is read in the middle of them.
CREATE TABLE walked (id int PRIMARY KEY, state int, note text);
SELECT dbeng.enable_audit('walked');
CREATE FUNCTION walk(depth int, steps int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	size int;
BEGIN
	FOR step IN 1 .. steps LOOP
		size := CASE WHEN random() < 0.1 THEN 3000 ELSE 1 + (random() * 20)::int END;
		CASE (random() * 4)::int
		WHEN 0 THEN INSERT INTO walked SELECT n, step, md5(n::text) FROM generate_series(1, size * 3) n ON CONFLICT (id) DO UPDATE SET state = walked.state + 1;
		WHEN 1 THEN UPDATE walked SET state = state + 1, note = CASE WHEN id % 3 = 0 THEN NULL ELSE note END WHERE id <= size;
		WHEN 2 THEN DELETE FROM walked WHERE id % 7 = step % 7 AND id < size;
		WHEN 3 THEN PERFORM count(*) FROM dbeng.audit_log;
		ELSE NULL;
		END CASE;
		IF depth > 0 THEN
			BEGIN
				PERFORM walk(depth - 1, steps - 1);
				IF random() < 0.4 THEN
					RAISE EXCEPTION 'undone';
				END IF;
			EXCEPTION WHEN raise_exception THEN NULL;
			END;
		END IF;
	END LOOP;
END $$;
SELECT setseed(0.42);
SELECT walk(3, 5);
SELECT walk(2, 6);
BEGIN;
SELECT walk(2, 4);
SAVEPOINT one;
SELECT walk(2, 4);
ROLLBACK TO one;
SELECT walk(1, 4);
SAVEPOINT two;
SELECT walk(2, 4);
RELEASE two;
COMMIT;
SELECT cmp_ok(changes('walked'), '>', 5000::bigint, 'a walk through subtransactions changes a lot');
SELECT is_rebuilt('walked', 'a walk through subtransactions, some of them rolled back, is logged as it was');
SELECT is(count(*), count(DISTINCT audit_id), 'no number is given twice') FROM dbeng.audit_log;

-- So many small subtransactions that what they leave to their parent has to be written by one of them.
CREATE TABLE dripped (id int PRIMARY KEY, note text);
SELECT dbeng.enable_audit('dripped');
DO $$
BEGIN
	FOR i IN 1 .. 3000 LOOP
		BEGIN
			INSERT INTO dripped VALUES (i, md5(i::text) || md5((i + 1)::text));
			IF i % 3 = 0 THEN
				RAISE EXCEPTION 'undone';
			END IF;
		EXCEPTION WHEN raise_exception THEN NULL;
		END;
	END LOOP;
END $$;
SELECT is_rebuilt('dripped', 'thousands of small subtransactions, every third rolled back');
SELECT is(changes('dripped'), 2000::bigint, 'one change each');
SELECT cmp_ok(count(*), '<', 100::bigint, 'what they leave is packed together') FROM dbeng_audit.log l WHERE changed_at = (SELECT max(changed_at) FROM dbeng_audit.log);

-- Read in a subtransaction: the outer one's changes are seen there, and are in the log once, whether it is rolled back or not.
BEGIN;
INSERT INTO dripped VALUES (10001, 'outer');
SAVEPOINT inner_one;
INSERT INTO dripped VALUES (10002, 'inner');
SELECT is(changes('dripped'), 2002::bigint, 'a subtransaction sees what the outer one has changed');
ROLLBACK TO inner_one;
SELECT is(changes('dripped'), 2001::bigint, 'and not what was rolled back');
SAVEPOINT inner_two;
INSERT INTO dripped VALUES (10003, 'inner');
SELECT is(changes('dripped'), 2002::bigint, 'another one, too');
INSERT INTO dripped VALUES (10004, 'inner, later');
RELEASE inner_two;
INSERT INTO dripped VALUES (10005, 'outer, later');
COMMIT;
SELECT is_rebuilt('dripped', 'what was read in between is in the log once');
SELECT is(changes('dripped'), 2004::bigint, 'every change once');

-- A failing statement, and one that fails while its rows are written.
BEGIN;
INSERT INTO dripped VALUES (20001, 'stays');
SAVEPOINT before;
\set ON_ERROR_STOP 0
\set VERBOSITY terse
INSERT INTO dripped SELECT n, 'x' FROM generate_series(20002, 20001 + 5000) n UNION ALL SELECT 20001, 'twice';
\set ON_ERROR_STOP 1
ROLLBACK TO before;
COMMIT;
SELECT is_rebuilt('dripped', 'a statement that failed is not in the log');

-- Two-phase commit.
SELECT current_setting('max_prepared_transactions')::int > 0 AS prepares \gset
\if :prepares
BEGIN;
INSERT INTO dripped VALUES (30001, 'prepared');
PREPARE TRANSACTION 'captured';
SELECT is(count(*), 0::bigint, 'what is only prepared is not in the log') FROM dbeng.audit_log WHERE relation = 'dripped'::regclass AND record_id = '30001';
COMMIT PREPARED 'captured';
BEGIN;
INSERT INTO dripped VALUES (30002, 'prepared');
PREPARE TRANSACTION 'captured';
ROLLBACK PREPARED 'captured';
SELECT is_rebuilt('dripped', 'prepared transactions are logged when they are committed');
\endif

-- Ways to write.
CREATE TABLE written (id int PRIMARY KEY, n int, note text);
SELECT dbeng.enable_audit('written');
COPY written FROM stdin;
1	10	one
2	20	two
3	30	\N
\.
INSERT INTO written VALUES (3, 31, 'conflicting'), (4, 40, 'new') ON CONFLICT (id) DO UPDATE SET n = excluded.n;
INSERT INTO written VALUES (4, 41, 'ignored') ON CONFLICT DO NOTHING;
MERGE INTO written w USING (VALUES (1, 'merged'), (2, NULL), (5, 'merged in')) v (id, note) ON v.id = w.id
	WHEN MATCHED AND v.note IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET note = v.note WHEN NOT MATCHED THEN INSERT VALUES (v.id, 50, v.note);
WITH gone AS (DELETE FROM written WHERE id = 4 RETURNING *) INSERT INTO written SELECT 40, n, note FROM gone;
UPDATE written SET n = n;
SELECT is_rebuilt('written', 'COPY, ON CONFLICT, MERGE and data-modifying WITH');
SELECT is(changes('written'), 10::bigint, 'updates that change nothing are not logged');
TRUNCATE written;
INSERT INTO written VALUES (1, 1, 'after');
SELECT is_rebuilt('written', 'TRUNCATE');

-- Procedures that commit, and cursors.
CREATE PROCEDURE committing() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 100 .. 110 LOOP
		INSERT INTO written VALUES (i, i, 'loop');
		IF i % 2 = 0 THEN COMMIT; ELSE ROLLBACK; END IF;
	END LOOP;
END $$;
CALL committing();
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT * FROM written;
UPDATE written SET n = n + 1;
COMMIT;
CLOSE held;
SELECT is_rebuilt('written', 'a procedure that commits');

-- What other triggers do.
CREATE TABLE echoed (id int PRIMARY KEY, n int);
SELECT dbeng.enable_audit('echoed');
CREATE FUNCTION echo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE echoed SET n = n + 100 WHERE id = new.id AND n < 100; RETURN NULL; END $$;
CREATE TRIGGER "  before all" AFTER INSERT OR UPDATE ON echoed FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger();
DROP TRIGGER "  before all" ON echoed;
CREATE TRIGGER again AFTER INSERT OR UPDATE ON echoed FOR EACH ROW EXECUTE FUNCTION echo();
INSERT INTO echoed VALUES (1, 1);
UPDATE echoed SET n = 2 WHERE id = 1;
SELECT results_eq($$SELECT action, new_data->>'n' FROM dbeng.audit_log WHERE relation = 'echoed'::regclass ORDER BY audit_id$$,
	$$VALUES ('INSERT', '1'), ('UPDATE', '101'), ('UPDATE', '2'), ('UPDATE', '102')$$, 'a change that a trigger makes comes after the one that made it');
CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO echoed VALUES (new.id + 1000, 500); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON written DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late();
INSERT INTO written VALUES (200, 1, 'deferred');
DROP TRIGGER at_the_end ON written;
SELECT is_rebuilt('echoed', 'a deferred trigger''s changes are logged');

-- Foreign keys and partitions.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO parent VALUES (1), (2), (3);
SELECT dbeng.enable_audit('child');
INSERT INTO child SELECT n, 1 + n % 3 FROM generate_series(1, 30) n;
DELETE FROM parent WHERE id = 1;
UPDATE parent SET id = 20 WHERE id = 2;
SELECT is_rebuilt('child', 'cascades');
CREATE TABLE parted (id int, at int, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_high (note text, gone int, at int NOT NULL, id int NOT NULL);
ALTER TABLE parted_high DROP gone;
ALTER TABLE parted ATTACH PARTITION parted_high FOR VALUES FROM (100) TO (200);
SELECT dbeng.enable_audit('parted');
INSERT INTO parted VALUES (1, 1, 'low'), (2, 101, 'high');
INSERT INTO parted_high VALUES ('direct', 102, 3);
UPDATE parted SET at = 150 WHERE id = 1;
SELECT results_eq($$SELECT action, coalesce(new_data, old_data) - 'note' FROM dbeng.audit_log WHERE relation IN ('parted'::regclass, 'parted_low'::regclass, 'parted_high'::regclass) ORDER BY audit_id$$,
	$$VALUES ('INSERT', '{"id": 1, "at": 1}'::jsonb), ('INSERT', '{"id": 2, "at": 101}'), ('INSERT', '{"id": 3, "at": 102}'), ('DELETE', '{"id": 1, "at": 1}'), ('INSERT', '{"id": 1, "at": 150}')$$,
	'partitions with other column numbers, written directly, and rows that move');

-- The table changes in the middle of a transaction.
CREATE TABLE altered (id int PRIMARY KEY, gone text, kept int);
SELECT dbeng.enable_audit('altered');
BEGIN;
INSERT INTO altered VALUES (1, 'gone', 1);
ALTER TABLE altered DROP gone;
INSERT INTO altered VALUES (2, 2);
ALTER TABLE altered RENAME kept TO renamed;
ALTER TABLE altered ADD added text DEFAULT 'given';
UPDATE altered SET renamed = 10 WHERE id = 1;
ALTER TABLE altered ALTER renamed TYPE text;
SAVEPOINT undone;
ALTER TABLE altered ADD other int;
INSERT INTO altered VALUES (3, 'x', 'y', 3);
ROLLBACK TO undone;
INSERT INTO altered VALUES (4, 'x', 'y');
COMMIT;
INSERT INTO altered VALUES (5, 'x', 'y');
SELECT results_eq($$SELECT record_id, new_data FROM dbeng.audit_log WHERE relation = 'altered'::regclass ORDER BY audit_id$$,
	$$VALUES ('1', '{"id": 1, "gone": "gone", "kept": 1}'::jsonb), ('2', '{"id": 2, "kept": 2}'), ('1', '{"renamed": 10}'), ('4', '{"id": 4, "renamed": "x", "added": "y"}'), ('5', '{"id": 5, "renamed": "x", "added": "y"}')$$,
	'each change as the table was when it was made');

-- Types.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, m mood, at timestamptz);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN moods AS mood[];
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE TABLE typed (id uuid PRIMARY KEY, m mood, ms mood[], dm moods, p pair, ps pair[], d positive, ds positive[], ranges int4range, own floatrange, multi nummultirange, place regclass, what regtype[],
	num numeric(12, 3), bits bit varying(20), raw bytea, doc jsonb, words tsvector, net inet, span interval, at timestamp, zoned timestamptz, day date, times timetz, names name, c "char", big text,
	x xml, pt point, f float8, lots int[][], total int GENERATED ALWAYS AS (d * 2) STORED, seq int GENERATED ALWAYS AS IDENTITY);
SELECT dbeng.enable_audit('typed');
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -10;
INSERT INTO typed SELECT md5(n::text)::uuid, 'sad', '{sad,happy}', '{happy}', ('(' || n || ',happy,"2026-02-03 04:05:06+00")')::pair, ARRAY['(1,sad,)'::pair], 5, '{1,2}', '[1,5)', '[0.1,0.2]', '{[1,2),[3.5,4)}', 'captured.written', '{int,date}',
	n * 1.5, b'10110', '\x00ff', '{"a": [1, 2.50, null]}', 'some words', '10.0.0.1/24', '1 year 2 days 03:04:05.6', '2026-01-02 03:04:05', '2026-01-02 03:04:05+00', '2026-01-02', '03:04:05+02', 'a name', 'c',
	repeat('long text ', 1000), '<a/>', '(1,2)', 0.1::float8 + 0.2, '{{1,2},{3,4}}' FROM generate_series(1, 3) n;
UPDATE typed SET m = 'happy', ms = ms || 'sad'::mood, dm = NULL, p = '(1,sad,)', d = 6, own = '[1,2)', place = NULL, doc = doc || '{"b": 1}', at = at + interval '1 day', span = span * 2, f = f / 3, big = big || 'x';
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
SELECT is_rebuilt('typed', 'types of all kinds, written under settings of another country');
SELECT is(max(new_data->>'place'), 'captured.written', 'names of objects are qualified') FROM dbeng.audit_log WHERE relation = 'typed'::regclass AND action = 'INSERT';

-- Values that lie in TOAST: seen to have changed or not, and read when they have.
CREATE TABLE stored (id int PRIMARY KEY, n int, big text);
ALTER TABLE stored ALTER big SET STORAGE EXTERNAL;
SELECT dbeng.enable_audit('stored');
INSERT INTO stored SELECT n, n, repeat(md5(n::text), 3000) FROM generate_series(1, 3) n;
UPDATE stored SET n = n + 1;
UPDATE stored SET big = repeat(md5(id::text), 3000);
SELECT is(count(*), 0::bigint, 'the same large value stored anew is no change') FROM dbeng.audit_log WHERE relation = 'stored'::regclass AND 'big' = ANY (changed_columns);
UPDATE stored SET big = overlay(big placing 'X' from 50000) WHERE id = 2;
SELECT is_rebuilt('stored', 'large values that change');
CREATE TABLE unkeyed (n int, big text);
ALTER TABLE unkeyed ALTER big SET STORAGE EXTERNAL;
SELECT dbeng.enable_audit('unkeyed');
INSERT INTO unkeyed VALUES (1, repeat('x', 10000)), (1, 'y');
UPDATE unkeyed SET n = 2 WHERE big = 'y';
UPDATE unkeyed SET n = 3 WHERE n = 1;
DELETE FROM unkeyed WHERE n = 2;
SELECT results_eq($$SELECT action, old_data FROM dbeng.audit_log WHERE relation = 'unkeyed'::regclass AND action <> 'INSERT' ORDER BY audit_id$$,
	$$VALUES ('UPDATE', '{"n": 1, "big": "y"}'::jsonb), ('UPDATE', '{"n": 1}'), ('DELETE', '{"n": 2, "big": "y"}')$$, 'without a key the old row is kept, but for large values that stayed as they were');

-- Excluded and redacted columns.
CREATE TABLE secret (id int PRIMARY KEY, seen int, password text, n int);
SELECT dbeng.enable_audit('secret', exclude => '{seen}', redact => '{password}');
INSERT INTO secret VALUES (1, 1, 'pa55word', 1);
UPDATE secret SET seen = 2;
UPDATE secret SET password = 'secret2';
UPDATE secret SET n = 2, seen = 3;
SELECT results_eq($$SELECT action, changed_columns FROM dbeng.audit_log WHERE relation = 'secret'::regclass ORDER BY audit_id$$,
	$$VALUES ('INSERT', NULL::text[]), ('UPDATE', '{password}'), ('UPDATE', '{n}')$$, 'what is excluded makes no entry, what is redacted is said to have changed');
SELECT is(count(*), 0::bigint, 'and its value is nowhere') FROM dbeng.audit_log l WHERE relation = 'secret'::regclass AND l::text COLLATE "C" ~ 'pa55word|secret2';

-- Who, and in whose name.
CREATE ROLE captured_clerk;
CREATE ROLE captured_boss;
GRANT USAGE ON SCHEMA captured TO captured_clerk, captured_boss;
GRANT ALL ON written TO captured_clerk, captured_boss;
CREATE FUNCTION in_name_of() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ INSERT INTO written VALUES (303, 1, 'definer') $$;
ALTER FUNCTION in_name_of() OWNER TO captured_boss;
BEGIN;
SET LOCAL app.user_id = '7';
SET LOCAL app.context = 'counter 3';
SET ROLE captured_clerk;
INSERT INTO written VALUES (301, 1, 'clerk');
SET LOCAL app.user_id = 'O''Hara';
INSERT INTO written VALUES (302, 1, 'clerk');
SELECT in_name_of();
INSERT INTO written VALUES (304, 1, 'clerk');
RESET ROLE;
SAVEPOINT other;
SET LOCAL app.user_id = 'undone';
ROLLBACK TO other;
INSERT INTO written VALUES (305, 1, 'superuser');
COMMIT;
INSERT INTO written VALUES (306, 1, 'after SET LOCAL, the setting is empty');
SELECT results_eq($$SELECT record_id, changed_by, context, db_user::text COLLATE "default" FROM dbeng.audit_log WHERE relation = 'written'::regclass AND record_id BETWEEN '301' AND '306' AND length(record_id) = 3 ORDER BY audit_id$$,
	format($$VALUES ('301', '7', 'counter 3', 'captured_clerk'), ('302', 'O''Hara', 'counter 3', 'captured_clerk'), ('303', 'O''Hara', 'counter 3', 'captured_boss'), ('304', 'O''Hara', 'counter 3', 'captured_clerk'),
		('305', 'O''Hara', 'counter 3', %1$L), ('306', NULL, NULL, %1$L)$$, current_user), 'who and in whose name, change by change');
SELECT is(current_setting('app.user_id', true), '', 'the setting is left empty by SET LOCAL');
SET ROLE captured_clerk;
SELECT throws_ok('SELECT count(*) FROM dbeng_audit.log', '42501', NULL, 'who writes need not be able to read the log');
RESET ROLE;

-- What is not to be noticed by those who write.
CREATE TABLE numbered (id serial PRIMARY KEY, n int);
SELECT dbeng.enable_audit('numbered');
INSERT INTO numbered (n) SELECT n FROM generate_series(1, 2500) n;
SELECT is(lastval(), 2500::bigint, 'lastval() is the application''s own');
SELECT is(currval('numbered_id_seq'), 2500::bigint, 'and so is currval()');
INSERT INTO numbered (n) VALUES (0) RETURNING id \gset
SELECT is(:id, 2501, 'RETURNING');

-- Past the triggers.
SET session_replication_role = replica;
UPDATE numbered SET n = -1 WHERE id = 1;
RESET session_replication_role;
SELECT results_eq($$SELECT action FROM dbeng.audit_log WHERE relation = 'numbered'::regclass ORDER BY audit_id DESC LIMIT 1$$, $$VALUES ('UNLOGGED')$$, 'rows written under session_replication_role = replica are told of');
CREATE TABLE forged (n int);
SELECT throws_ok('CREATE TRIGGER mine AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION dbeng._audit_row(); INSERT INTO forged VALUES (1)', '39P01', NULL, 'a trigger that does not say which table it is of');
SELECT throws_ok('SELECT dbeng._audit_row()', NULL, NULL, 'called by a trigger only');
CREATE TRIGGER stray AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION dbeng._audit_row('2000000000');
SELECT throws_ok('INSERT INTO forged VALUES (1)', '55000', NULL, 'a table the log does not know');
DROP TABLE forged;

-- Large statements: more than work_mem, more than one chunk, every row.
SET work_mem = '64kB';
CREATE TABLE bulky (id int PRIMARY KEY, a int, b text, c numeric);
SELECT dbeng.enable_audit('bulky');
INSERT INTO bulky SELECT n, n, md5(n::text), n / 7.0 FROM generate_series(1, 20000) n;
UPDATE bulky SET a = a + 1, b = NULL WHERE id % 2 = 0;
DELETE FROM bulky WHERE id % 3 = 0;
RESET work_mem;
SELECT is(changes('bulky'), (20000 + 10000 + 6666)::bigint, 'every row of large statements');
SELECT is(count(*), 0::bigint, 'each where it belongs: ids ascend, and every deleted row is as it was last')
  FROM dbeng.audit_log d WHERE relation = 'bulky'::regclass AND action = 'DELETE'
   AND old_data IS DISTINCT FROM jsonb_build_object('id', record_id::int, 'a', record_id::int + CASE WHEN record_id::int % 2 = 0 THEN 1 ELSE 0 END,
		'b', CASE WHEN record_id::int % 2 <> 0 THEN md5(record_id) END, 'c', record_id::int / 7.0);
SELECT cmp_ok(max(pg_column_size(payload)), '<', 8160, 'chunks keep to a page') FROM dbeng_audit.log WHERE changes > 1;

-- Rows of every length and alignment, with and without NULLs, with values that move what is behind them.
CREATE FUNCTION is_deleted(relation regclass, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'CREATE TEMP TABLE deleting AS SELECT to_jsonb(t) AS data FROM ' || relation || ' t';
	EXECUTE 'DELETE FROM ' || relation;
	RETURN NEXT set_eq('SELECT old_data FROM dbeng.audit_log WHERE relation = ' || quote_literal(relation) || '::regclass AND action = ''DELETE'' AND transaction_id = pg_current_xact_id()', 'SELECT data FROM deleting', what);
	DROP TABLE deleting;
END $$;
CREATE TABLE laid (c "char", id int, b bool, k text COLLATE "C", s int2, i int, i8 int8, txt text, f4 float4, c2 "char", f8 float8, n numeric, d date, nm name, at timestamptz, u uuid, sp interval, raw bytea, c3 "char", p point, a int[], j jsonb,
	mac macaddr, net inet, vb bit varying(40), last text, PRIMARY KEY (k, id));
CREATE FUNCTION lay(rows int, nulls float8) RETURNS void LANGUAGE sql AS $$
	INSERT INTO laid SELECT chr(97 + n % 26)::"char", n, n % 3 = 0, repeat('k', n % 5), n % 30000, CASE WHEN random() >= nulls THEN n * 7919 END, CASE WHEN random() >= nulls THEN n * 10000000000 END,
		CASE WHEN random() >= nulls THEN repeat('t', n % 140) END, n / 8.0, CASE WHEN random() >= nulls THEN 'x'::"char" END, CASE WHEN random() >= nulls THEN n / 16.0 END, CASE WHEN random() >= nulls THEN n / 7.0 END,
		CASE WHEN random() >= nulls THEN date '2026-01-01' + n END, ('name' || n)::name, CASE WHEN random() >= nulls THEN timestamptz '2026-01-01 00:00:00+00' + n * interval '1 hour' END, md5(n::text)::uuid,
		CASE WHEN random() >= nulls THEN n * interval '1 minute' END, CASE WHEN random() >= nulls THEN decode(repeat('00ff', n % 70), 'hex') END, 'y', CASE WHEN random() >= nulls THEN point(n, -n) END,
		CASE WHEN random() >= nulls THEN ARRAY[n, n + 1] END, CASE WHEN random() >= nulls THEN jsonb_build_object('n', n) END, '08:00:2b:01:02:03', CASE WHEN random() >= nulls THEN '10.0.0.1'::inet + n END,
		CASE WHEN random() >= nulls THEN n::bit(17)::varbit END, CASE WHEN random() >= nulls THEN 'last ' || n END
	  FROM generate_series((SELECT coalesce(max(id), 0) FROM laid) + 1, (SELECT coalesce(max(id), 0) FROM laid) + rows) n
$$;
SELECT dbeng.enable_audit('laid');
SELECT lay(300, 0), lay(300, 0.3);
UPDATE laid SET txt = repeat('u', (id * 7) % 140) WHERE id % 2 = 0;
UPDATE laid SET txt = NULL, last = 'was ' || coalesce(last, 'NULL') WHERE id % 5 = 0;
UPDATE laid SET i = coalesce(i, 0) + 1, f8 = 1.5, at = at + interval '1 day' WHERE id % 3 = 0;
UPDATE laid SET c2 = CASE WHEN c2 IS NULL THEN 'z'::"char" END, raw = raw || '\x01', vb = vb || B'1' WHERE id % 7 = 0;
UPDATE laid SET c = '!', last = last || '.' WHERE id % 11 = 0;
UPDATE laid SET txt = repeat('u', 126), n = n + 1 WHERE id % 13 = 0;
SELECT is_rebuilt('laid', 'values of every length and alignment, NULLs among them');
UPDATE laid SET txt = txt, i = i, c2 = c2, last = last, n = n, j = j;
SELECT is(count(*), 0::bigint, 'the same values put in anew are no change') FROM dbeng.audit_log WHERE relation = 'laid'::regclass AND changed_at = (SELECT max(changed_at) FROM dbeng_audit.log) AND action = 'UPDATE' AND changed_columns = '{}';
SELECT results_eq($$SELECT DISTINCT changed_columns FROM dbeng.audit_log WHERE relation = 'laid'::regclass AND action = 'UPDATE' AND key->>'id' = '22' ORDER BY 1$$, $$VALUES ('{c,last}'::text[]), ('{txt}')$$, 'what has not changed is not said to have, wherever it lies');
UPDATE laid SET k = k || 'K', id = id + 10000 WHERE id % 17 = 0;
SELECT results_eq($$SELECT old_data, new_data FROM dbeng.audit_log WHERE relation = 'laid'::regclass AND action = 'UPDATE' AND new_data->>'id' = '10017'$$,
	$$VALUES ('{"id": 17, "k": "kk"}'::jsonb, '{"id": 10017, "k": "kkK"}'::jsonb)$$, 'a composite key that changes');
SELECT is_deleted('laid', 'deleted rows of every length and alignment');

-- Columns that were added, with a default that old rows do not have in them, and dropped; more than 64 of them.
CREATE TABLE many (id int PRIMARY KEY);
DO $$ BEGIN FOR n IN 1 .. 80 LOOP EXECUTE format('ALTER TABLE many ADD c%s %s', n, (ARRAY['int', 'text', 'int8', 'int2', '"char"'])[1 + n % 5]); END LOOP; END $$;
SELECT dbeng.enable_audit('many');
INSERT INTO many (id, c1, c40, c75, c80) SELECT n, 'a' || n, n, n * n, n FROM generate_series(1, 20) n;
ALTER TABLE many ADD added int DEFAULT 42, ADD later text;
INSERT INTO many (id, c2, c80, added, later) SELECT n, n, n, n, 'later' FROM generate_series(21, 40) n;
UPDATE many SET c75 = 1 WHERE id % 2 = 0;
UPDATE many SET c1 = c1 || 'x', later = 'now' WHERE id % 3 = 0;
SELECT is(new_data, jsonb_build_object('c75', 1), 'what a row was too old to have has not changed') FROM dbeng.audit_log WHERE relation = 'many'::regclass AND action = 'UPDATE' AND record_id = '2';
SELECT is_deleted('many', 'columns that were added, with and without a default');
ALTER TABLE many DROP c3;
INSERT INTO many (id, c1, c80) SELECT n, 'b', n FROM generate_series(1, 10) n;
UPDATE many SET c80 = c80 + 1;
SELECT is_deleted('many', 'a dropped column among them');

-- Compressed in the row.
CREATE TABLE squeezed (id int PRIMARY KEY, n int, big text, after int);
SELECT dbeng.enable_audit('squeezed');
INSERT INTO squeezed SELECT n, n, repeat('squeezed ' || n, 1000), n FROM generate_series(1, 10) n;
SELECT cmp_ok(max(pg_column_size(big)), '<', 2000, 'compressed, and in the row') FROM squeezed;
UPDATE squeezed SET n = n + 1, after = NULL;
UPDATE squeezed SET after = 7;
UPDATE squeezed SET big = big || '!' WHERE id < 4;
UPDATE squeezed SET big = repeat('squeezed ' || id, 1000) WHERE id > 6;
SELECT is(count(*), 3::bigint, 'the same value compressed anew is no change') FROM dbeng.audit_log WHERE relation = 'squeezed'::regclass AND 'big' = ANY (changed_columns);
SELECT is_rebuilt('squeezed', 'values that are compressed');
SELECT is_deleted('squeezed', 'rows with them that are deleted');
CREATE TABLE squeezed_unkeyed AS SELECT 1 AS n, repeat('squeezed', 1000) AS big, 1 AS after;
SELECT dbeng.enable_audit('squeezed_unkeyed');
UPDATE squeezed_unkeyed SET n = 2;
SELECT is(old_data, jsonb_build_object('n', 1, 'big', repeat('squeezed', 1000), 'after', 1), 'without a key they are kept') FROM dbeng.audit_log WHERE relation = 'squeezed_unkeyed'::regclass;
SELECT is_deleted('squeezed_unkeyed', 'and logged when they are deleted');

-- A payload that somebody has damaged is told of, whatever it says.
CREATE TABLE broken (id int PRIMARY KEY, u uuid, txt text, n int8);
SELECT dbeng.enable_audit('broken');
INSERT INTO broken SELECT n, md5(n::text)::uuid, CASE WHEN n % 3 > 0 THEN repeat('t', n * 20) END, n FROM generate_series(1, 8) n;
UPDATE broken SET txt = txt || 'x', n = NULL WHERE id % 2 = 0;
DELETE FROM broken WHERE id > 4;
CREATE FUNCTION damage(times int) RETURNS TABLE (state text) LANGUAGE plpgsql AS $$
DECLARE
	chunk record;
	bytes bytea;
	partition regclass;
BEGIN
	FOR i IN 1 .. times LOOP
		FOR chunk IN SELECT l.tableoid::regclass AS partition, l.ctid AS place, l.transaction_id, l.payload FROM dbeng_audit.log l ORDER BY log_id DESC LIMIT 3 LOOP
			state := '00000';
			BEGIN
				bytes := chunk.payload;
				IF i % 4 = 0 THEN
					bytes := substr(bytes, 1, 1 + (random() * length(bytes))::int);
				END IF;
				FOR n IN 0 .. i % 3 LOOP
					-- The shapes, at its begin, have to be those that there are.
					bytes := set_byte(bytes, least(14 + (random() * (length(bytes) - 15))::int, length(bytes) - 1), CASE WHEN random() < 0.3 THEN 255 ELSE (random() * 255)::int END);
				END LOOP;
				EXECUTE format('UPDATE %s SET payload = $1 WHERE ctid = $2', chunk.partition) USING bytes, chunk.place;
				PERFORM count(to_jsonb(l)) FROM dbeng.audit_log l WHERE l.relation = 'broken'::regclass AND l.transaction_id = chunk.transaction_id;
				RAISE EXCEPTION 'undone' USING ERRCODE = '00D00';
			EXCEPTION WHEN OTHERS THEN
				state := SQLSTATE;
			END;
			RETURN NEXT;
		END LOOP;
	END LOOP;
END $$;
DO $$ DECLARE part regclass; BEGIN
	FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER "!dbeng_audit_refuse"', part); END LOOP;
END $$;
CREATE TABLE damages AS SELECT * FROM damage(100);
DO $$ DECLARE part regclass; BEGIN
	FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass LOOP EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse"', part); END LOOP;
END $$;
-- 22021: bytes of a text that are none in the database's encoding.
SELECT set_eq('SELECT DISTINCT state FROM damages WHERE state NOT IN (''00D00'', ''22021'')', $$VALUES ('XX001')$$, 'damaged payloads are corrupted data, or read as something else');
SELECT is_rebuilt('broken', 'undamaged it is read as before');

SELECT * FROM finish();
DROP SCHEMA captured CASCADE;
DROP ROLE captured_clerk, captured_boss;
-- The log is nobody's to drop but as a whole, and dbeng.audit_log reads it.
DROP EXTENSION dbeng CASCADE;
DROP SCHEMA dbeng_audit CASCADE;
CREATE EXTENSION dbeng;
