-- The index of keys: whatever it has or lacks, row_history(), row_as_of() and undo() say the same; where it is whole they read
-- little of the log. Transactions have to be over before they are indexed, so this is not one; it has a database of its own.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS dbeng_audit_keys;
CREATE DATABASE dbeng_audit_keys;
\c dbeng_audit_keys
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION dbeng;
SELECT no_plan();

-- Keys of all kinds.
CREATE TYPE mood AS ENUM ('sad', 'happy', 'it''s fine');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TABLE plain (id int PRIMARY KEY, v text);
CREATE TABLE retyped (id int PRIMARY KEY, v text);
CREATE TABLE "Odd Table" ("Key, One" text COLLATE "C", k2 smallint, v text, PRIMARY KEY (k2, "Key, One"));
CREATE TABLE amounts (n numeric PRIMARY KEY, v int);
CREATE TABLE moments (at timestamptz, who uuid, v int, PRIMARY KEY (at, who));
CREATE TABLE days (d date, ok boolean, b bytea, v int, PRIMARY KEY (d, ok, b));
CREATE TABLE moods (m mood PRIMARY KEY, v int);
CREATE TABLE spans (r int4range, c char(5), p positive, v int, PRIMARY KEY (r, c, p));
CREATE TABLE lists (l int[] PRIMARY KEY, v int);
CREATE TABLE parts (id int, region text, v int, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
CREATE TABLE parts_b (v int, region text NOT NULL, gone int, id int NOT NULL);
ALTER TABLE parts_b DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_b FOR VALUES IN ('b');
CREATE TABLE moved (a int PRIMARY KEY, b int NOT NULL UNIQUE, v int);
CREATE TABLE keyless (a int, v text);
CREATE TABLE big (id int PRIMARY KEY, v text);
SELECT count(*) AS audited FROM (VALUES ('plain'), ('retyped'), ('"Odd Table"'), ('amounts'), ('moments'), ('days'), ('moods'), ('spans'), ('lists'), ('parts'), ('moved'), ('keyless'), ('big')) t(name),
	LATERAL dbeng.enable_audit(name::regclass) \gset

CREATE FUNCTION refuse(on_ boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
	FOR name IN SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'dbeng_audit'::regnamespace AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = '!dbeng_audit_refuse') LOOP
		EXECUTE format('ALTER TABLE %s %s TRIGGER "!dbeng_audit_refuse"', name, CASE WHEN on_ THEN 'ENABLE ALWAYS' ELSE 'DISABLE' END);
	END LOOP;
END $$;

-- What is asked: keys that there are, that there were, and that there never were.
CREATE TABLE times (at timestamptz);
CREATE TABLE undone (transaction_id xid8);
CREATE FUNCTION asked() RETURNS TABLE (relation regclass, key jsonb) LANGUAGE sql AS $$
	SELECT 'plain'::regclass, to_jsonb(i) FROM generate_series(0, 400, 57) i
	UNION ALL SELECT 'big', to_jsonb(i) FROM generate_series(77, 20000, 1999) i
	UNION ALL SELECT 'retyped', jsonb_build_object((SELECT attname FROM pg_attribute WHERE attrelid = 'retyped'::regclass AND attnum = 1), i) FROM generate_series(1, 40, 7) i
	UNION ALL SELECT '"Odd Table"', jsonb_build_object('Key, One', k, 'k2', i) FROM generate_series(1, 3) i, (VALUES ('x'), ('y, "z"'), ('ü')) k(k)
	UNION ALL SELECT 'amounts', to_jsonb(n) FROM (VALUES (1.0), (1.00), (1), (2.50), (100), (-7.10), ('NaN')) v(n)
	UNION ALL SELECT 'moments', jsonb_build_object('at', timestamptz '2026-03-29 00:30+00' + i * interval '1 hour', 'who', '6e0bb6a4-0c4b-4a1e-8f0e-00000000000' || j) FROM generate_series(0, 3) i, generate_series(1, 2) j
	UNION ALL SELECT 'days', jsonb_build_object('d', date '2026-01-01' + i, 'ok', i % 2 = 0, 'b', '\x00ff') FROM generate_series(0, 3) i
	UNION ALL SELECT 'moods', to_jsonb(m) FROM unnest(enum_range(NULL::mood)) m
	UNION ALL SELECT 'spans', jsonb_build_object('r', int4range(i, i + 2), 'c', 'c' || i, 'p', i) FROM generate_series(1, 4) i
	UNION ALL SELECT 'lists', jsonb_build_object('l', ARRAY[i, i + 1]::text) FROM generate_series(1, 4) i
	UNION ALL SELECT 'parts', jsonb_build_object('id', i, 'region', r) FROM generate_series(1, 4) i, (VALUES ('a'), ('b')) r(r)
	UNION ALL SELECT 'moved', jsonb_build_object((SELECT a.attname FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] WHERE x.indrelid = 'moved'::regclass AND indisprimary), i) FROM generate_series(1, 25, 4) i
	UNION ALL SELECT 'keyless', jsonb_build_object('a', i) FROM generate_series(1, 3) i
$$;
CREATE FUNCTION as_of(relation regclass, key jsonb, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN dbeng.row_as_of(relation, key, at);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || SQLERRM;
END $$;
CREATE FUNCTION undoing(id xid8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
	RETURN (SELECT string_agg(sql, ' ') FROM dbeng.undo(id));
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || SQLERRM || detail;
END $$;
CREATE FUNCTION answers() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s %s: %s', relation, key, (SELECT string_agg(h::text, E'\n') FROM dbeng.row_history(relation, key) h)) FROM asked()
	UNION ALL
	SELECT format('%s %s at %s: %s', relation, key, at, as_of(relation, key, at)) FROM asked(), times WHERE relation <> 'keyless'::regclass
	UNION ALL
	SELECT format('%s: %s', transaction_id, undoing(transaction_id)) FROM undone
$$;
CREATE TABLE expected (place int GENERATED ALWAYS AS IDENTITY, answer text);
CREATE FUNCTION as_expected(state text) RETURNS text LANGUAGE sql AS $$
	SELECT is((SELECT string_agg(a.answer, E'\n') FROM (SELECT answer, row_number() OVER () AS place FROM answers() answer) a FULL JOIN expected e USING (place) WHERE a.answer IS DISTINCT FROM e.answer),
		NULL, 'the same answers ' || state)
$$;
-- What is said without an index.
CREATE PROCEDURE expect() LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE expected RESTART IDENTITY;
	ALTER TABLE dbeng_audit.keys RENAME TO hidden;
	INSERT INTO expected (answer) SELECT answers();
	ALTER TABLE dbeng_audit.hidden RENAME TO keys;
END $$;

-- Changes of everything, a transaction each.
CREATE PROCEDURE work(round int) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO plain SELECT i, 'new' FROM generate_series(round * 100, round * 100 + 99) i;
	COMMIT;
	FOR n IN 1..20 LOOP
		UPDATE plain SET v = v || n WHERE id % 57 = n;
		INSERT INTO keyless VALUES (n % 4, round || '.' || n);
		COMMIT;
	END LOOP;
	UPDATE plain SET id = id + 1000 WHERE id = round * 100 + 14;
	UPDATE plain SET id = 57 WHERE id = 1114;
	COMMIT;
	EXECUTE format('INSERT INTO retyped SELECT i, ''r'' FROM generate_series(%s, %s) i', round * 10, round * 10 + 9);
	UPDATE retyped SET v = v || round;
	INSERT INTO "Odd Table" SELECT k, i, round FROM generate_series(1, 2) i, (VALUES ('x'), ('y, "z"'), ('ü')) k(k) ON CONFLICT (k2, "Key, One") DO UPDATE SET v = excluded.v;
	COMMIT;
	DELETE FROM "Odd Table" WHERE "Key, One" = 'x' AND round = 2;
	INSERT INTO amounts VALUES (1.0, round), (2.5, round), (100.00, round), (-7.1, round), ('NaN', round) ON CONFLICT (n) DO UPDATE SET v = excluded.v;
	UPDATE amounts SET n = 1.00 WHERE n = 1;
	COMMIT;
	INSERT INTO moments SELECT timestamptz '2026-03-29 00:30+00' + i * interval '1 hour', ('6e0bb6a4-0c4b-4a1e-8f0e-00000000000' || j)::uuid, round FROM generate_series(0, 2) i, generate_series(1, 2) j
		ON CONFLICT (at, who) DO UPDATE SET v = excluded.v;
	INSERT INTO days SELECT date '2026-01-01' + i, i % 2 = 0, '\x00ff', round FROM generate_series(0, 2) i ON CONFLICT (d, ok, b) DO UPDATE SET v = excluded.v;
	COMMIT;
	INSERT INTO moods SELECT m, round FROM unnest(ARRAY['sad', 'it''s fine']::mood[]) m ON CONFLICT (m) DO UPDATE SET v = excluded.v;
	INSERT INTO spans SELECT int4range(i, i + 2), 'c' || i, i, round FROM generate_series(1, 3) i ON CONFLICT (r, c, p) DO UPDATE SET v = excluded.v;
	INSERT INTO lists SELECT ARRAY[i, i + 1], round FROM generate_series(1, 3) i ON CONFLICT (l) DO UPDATE SET v = excluded.v;
	COMMIT;
	INSERT INTO parts SELECT i, r, round FROM generate_series(1, 3) i, (VALUES ('a'), ('b')) r(r) ON CONFLICT (region, id) DO UPDATE SET v = excluded.v;
	UPDATE parts SET region = 'b', id = id + 10 * round WHERE region = 'a' AND id = 2;
	INSERT INTO moved SELECT round * 5 + i, 100 - round * 5 - i, round FROM generate_series(0, 4) i;
	COMMIT;
	UPDATE moved SET v = v + 1 WHERE a = round * 5 + 1;
	INSERT INTO times VALUES (clock_timestamp());
	INSERT INTO undone SELECT pg_current_xact_id();
	COMMIT;
END $$;
CALL work(1);
SET TimeZone = 'America/New_York';
CALL work(2);
ALTER TABLE retyped ALTER COLUMN id TYPE bigint;
ALTER TABLE "Odd Table" RENAME COLUMN k2 TO "K 2";
ALTER TABLE "Odd Table" RENAME COLUMN "K 2" TO k2;
RESET TimeZone;
CALL work(3);
ALTER TABLE retyped RENAME COLUMN id TO "No.";
ALTER TABLE moved DROP CONSTRAINT moved_pkey;
UPDATE moved SET v = v + 10;
ALTER TABLE moved ADD PRIMARY KEY (b);
UPDATE moved SET v = v + 100 WHERE a = 1;
UPDATE plain SET id = 2171 WHERE id = 171;
UPDATE plain SET id = 2172, v = 'other' WHERE id = 2171;
UPDATE plain SET v = 'later' WHERE id = 2172;
INSERT INTO undone SELECT DISTINCT transaction_id FROM dbeng.audit_log WHERE table_name IN ('moved', 'parts', 'amounts', 'plain') AND action <> 'INSERT';
CREATE PROCEDURE seal() LANGUAGE plpgsql AS $$
BEGIN
	/* Others' transactions in this cluster hold it up. */
	FOR i IN 1..600 LOOP
		PERFORM dbeng.seal_audit();
		COMMIT;
		EXIT WHEN (SELECT unsealed = 0 FROM dbeng.verify_audit(now()));
		PERFORM pg_sleep(0.1);
		COMMIT;
	END LOOP;
END $$;

CALL expect();
SELECT ok(count(*) > 200 AND count(*) FILTER (WHERE answer LIKE '%happened%') = 0, 'there is something to ask') FROM expected;
SELECT is((SELECT count(*) FROM dbeng_audit.key_segments), 0::bigint, 'nothing is indexed before it is sealed');
SELECT is((SELECT array_agg(h.audit_id ORDER BY h.audit_id) FROM asked() q, LATERAL dbeng.row_history(q.relation, q.key) h WHERE q.relation = 'plain'::regclass),
	(SELECT array_agg(audit_id ORDER BY audit_id) FROM (SELECT DISTINCT q.key, l.audit_id FROM dbeng.audit_log l JOIN asked() q ON q.relation = l.relation AND (l.key = jsonb_build_object('id', q.key) OR l.old_data -> 'id' = q.key) WHERE q.relation = 'plain'::regclass) l),
	'a history is what the log says of the row');
CALL seal();
SELECT ok(count(*) > 0 AND sum(entries) > 500, 'what is sealed is indexed') FROM dbeng_audit.key_segments;
SELECT as_expected('with an index');
SELECT is(as_of('plain', '171', (SELECT min(at) FROM times)), '{"v": "new", "id": 171}', 'a row is followed to the keys that it got');
SET TimeZone = 'Asia/Kolkata';
SET DateStyle = 'German';
SELECT is((SELECT count(*) FROM dbeng.row_history('moments', '{"at": "29.03.2026 06:00", "who": "6e0bb6a4-0c4b-4a1e-8f0e-000000000001"}')), 3::bigint, 'a time is found from another time zone');
SELECT is((SELECT count(*) FROM dbeng.row_history('days', '{"d": "02.01.2026", "ok": false, "b": "\\x00ff"}')), 3::bigint, 'and a date in another style');
RESET TimeZone;
RESET DateStyle;

-- Keys retyped, dropped and made again.
ALTER TABLE retyped ALTER COLUMN "No." TYPE text;
UPDATE retyped SET v = 'text' WHERE "No." = '8';
ALTER TABLE amounts ALTER COLUMN n TYPE text;
UPDATE amounts SET v = 0 WHERE n = '2.5';
ALTER TABLE days DROP CONSTRAINT days_pkey;
INSERT INTO days SELECT d, true, '\x0102', 9 FROM days;
ALTER TABLE days ADD PRIMARY KEY (ok, d, b);
UPDATE days SET v = 10 WHERE ok;
DROP TABLE lists;
CREATE TABLE lists (l text PRIMARY KEY, v int);
SELECT dbeng.enable_audit('lists') AS audited \gset
INSERT INTO lists VALUES ('{1,2}', 5);
ALTER TABLE moods ALTER COLUMN m TYPE text;
UPDATE moods SET v = 20;
CALL expect();
SELECT is((SELECT array_agg(format('%s %s %s', relation, key, audit_id) ORDER BY relation, key, audit_id) FROM (SELECT DISTINCT q.relation, q.key #>> '{}' AS key, h.audit_id FROM asked() q, LATERAL dbeng.row_history(q.relation, q.key) h WHERE q.relation IN ('plain'::regclass, 'amounts'::regclass, 'moods'::regclass)) h),
	(SELECT array_agg(format('%s %s %s', relation, key, audit_id) ORDER BY relation, key, audit_id) FROM (SELECT DISTINCT q.relation, q.key #>> '{}' AS key, l.audit_id FROM dbeng.audit_log l JOIN asked() q USING (relation)
		WHERE relation IN ('plain'::regclass, 'amounts'::regclass, 'moods'::regclass) AND q.key #>> '{}' IN (l.record_id, l.old_data ->> (SELECT k FROM jsonb_object_keys(l.key) k))) l),
	'histories are what the log says of the rows, by the texts that keys are by now');
CALL seal();
SELECT as_expected('with other keys');

-- What of the log is read.
INSERT INTO big SELECT i, md5(i::text) FROM generate_series(1, 20000) i;
SELECT clock_timestamp() AS inserted \gset
DO $$ BEGIN FOR i IN 1..200 LOOP UPDATE big SET v = 'changed' WHERE id = i; COMMIT; END LOOP; END $$;
CALL seal();
CREATE FUNCTION chunks_read(sql text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE before numeric;
BEGIN
	SELECT sum(seq_tup_read + idx_tup_fetch) INTO before FROM pg_stat_xact_all_tables WHERE schemaname = 'dbeng_audit' AND relname LIKE 'log\_%';
	EXECUTE sql;
	RETURN (SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_all_tables WHERE schemaname = 'dbeng_audit' AND relname LIKE 'log\_%') - before;
END $$;
SELECT ok((SELECT count(*) FROM dbeng_audit.log) > 300, 'there are many chunks');
ALTER TABLE dbeng_audit.keys RENAME TO hidden;
SELECT cmp_ok(chunks_read($$SELECT FROM dbeng.row_history('big', '77')$$), '>', 300::numeric, 'which are read where there is no index');
ALTER TABLE dbeng_audit.hidden RENAME TO keys;
SELECT cmp_ok(chunks_read($$SELECT FROM dbeng.row_history('big', '77')$$), '<', 40::numeric, 'the history of a row reads few chunks');
SELECT cmp_ok(chunks_read($$SELECT FROM dbeng.row_history('big', '15000')$$), '<', 5::numeric, 'that of one that was changed once even fewer');
SELECT cmp_ok(chunks_read(format($$SELECT dbeng.row_as_of('big', '77', %L)$$, :'inserted')), '<', 40::numeric, 'so does the row at a time');
SELECT cmp_ok(chunks_read(format($$SELECT FROM dbeng.undo('%s')$$, (SELECT transaction_id FROM dbeng.row_history('big', '77') WHERE action = 'UPDATE'))), '<', 40::numeric, 'and undoing a transaction');

-- Many seals, merged.
CALL expect();
DO $$ BEGIN FOR i IN 1..30 LOOP UPDATE moved SET v = i WHERE a = 20; COMMIT; PERFORM dbeng.seal_audit(); COMMIT; END LOOP; END $$;
CALL seal();
SELECT as_expected('with many seals');
DO $$ BEGIN FOR i IN 1..30 LOOP UPDATE plain SET v = 'r' || i WHERE id = 57; COMMIT; PERFORM dbeng.seal_audit(); COMMIT; END LOOP; END $$;
CALL seal();
SELECT ok(count(*) < 15 AND max(level) >= 1, 'segments are merged') FROM dbeng_audit.key_segments;
SELECT is((SELECT count(*) FROM dbeng_audit.keys k WHERE NOT EXISTS (SELECT FROM dbeng_audit.key_segments s WHERE s.segment = k.segment)), 0::bigint, 'and nothing of what they were stays');
SELECT is((SELECT count(*) FROM dbeng.row_history('plain', '57') WHERE new_data ->> 'v' LIKE 'r%'), 30::bigint, 'none is lost');
INSERT INTO plain VALUES (5000, 'not sealed');
SELECT is((SELECT count(*) FROM dbeng.row_history('plain', '5000')), 1::bigint, 'what is not sealed is read');
TRUNCATE big;
SELECT ok(as_of('big', '77', now() - interval '1 second') LIKE '55000%', 'a table that was truncated tells of it');
CALL seal();
SELECT ok(as_of('big', '77', (SELECT max(changed_at) - interval '1 microsecond' FROM dbeng.audit_log WHERE action = 'TRUNCATE')) LIKE '55000%', 'also when that is sealed');

-- Lost, in whole and in part.
CALL expect();
SELECT refuse(false) AS refused \gset
CREATE TABLE kept_keys AS TABLE dbeng_audit.keys;
CREATE PROCEDURE put_back() LANGUAGE sql AS $$ DELETE FROM dbeng_audit.keys; INSERT INTO dbeng_audit.keys TABLE kept_keys $$;
DELETE FROM dbeng_audit.keys WHERE low > 0;
SELECT as_expected('without some entries');
CALL put_back();
DELETE FROM dbeng_audit.keys WHERE low = 0;
SELECT as_expected('without others');
CALL put_back();
DELETE FROM dbeng_audit.keys WHERE low < 0;
SELECT as_expected('without the places');
CALL put_back();
UPDATE dbeng_audit.keys SET packed = substr(packed, 1, length(packed) / 2);
SELECT as_expected('with half of each row');
UPDATE dbeng_audit.keys SET packed = '';
SELECT as_expected('with nothing in them');
UPDATE dbeng_audit.keys k SET packed = p FROM (SELECT k.ctid AS place, string_agg(decode(md5(k.ctid::text || i), 'hex'), '') AS p FROM dbeng_audit.keys k, generate_series(1, 100) i GROUP BY 1) p WHERE k.ctid = p.place;
SELECT lives_ok('SELECT answers()', 'nor do bytes that mean nothing do harm');
SELECT cmp_ok(dbeng._audit_index_keys(), '>', 300::bigint, 'what is damaged is made anew');
SELECT as_expected('from what was made anew');
DELETE FROM dbeng_audit.keys;
SELECT as_expected('without keys');
TRUNCATE dbeng_audit.keys, dbeng_audit.key_segments;
SELECT as_expected('without the index');
INSERT INTO plain VALUES (5001, 'sealed later');
CALL seal();
SELECT is((SELECT count(*) FROM dbeng.row_history('plain', '5001')), 1::bigint, 'what is sealed since is indexed');
SELECT is(dbeng._audit_index_keys(), (SELECT count(*) - 1 FROM dbeng_audit.log), 'what was not is, when asked for');
SELECT is(dbeng._audit_index_keys(), 0::bigint, 'once');
SELECT as_expected('from a new index');
SELECT cmp_ok(chunks_read($$SELECT FROM dbeng.row_history('big', '77')$$), '<', 40::numeric, 'which is used');

-- Other months and clusters: entries of long ago, and as if the log had been restored here.
DELETE FROM dbeng_audit.seals;
TRUNCATE dbeng_audit.keys, dbeng_audit.key_segments;
CREATE TABLE dbeng_audit.log_2025_01 (LIKE dbeng_audit.log INCLUDING ALL);
ALTER TABLE dbeng_audit.log ATTACH PARTITION dbeng_audit.log_2025_01 FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-02-01 00:00+00');
CREATE TABLE dbeng_audit.log_2025_03 (LIKE dbeng_audit.log INCLUDING ALL);
ALTER TABLE dbeng_audit.log ATTACH PARTITION dbeng_audit.log_2025_03 FOR VALUES FROM ('2025-03-01 00:00+00') TO ('2025-05-01 00:00+00');
UPDATE dbeng_audit.log SET changed_at = CASE log_id / 1000 % 5 WHEN 0 THEN '2025-01-20' WHEN 1 THEN '2025-03-20' WHEN 2 THEN '2025-04-20' WHEN 3 THEN '2024-04-20' ELSE changed_at END;
UPDATE dbeng_audit.log SET cluster = 17, transaction_id = (transaction_id::text::bigint + 3)::text::xid8 WHERE log_id / 1000 % 7 = 3;
SELECT refuse(true) AS refused \gset
CALL expect();
CALL seal();
SELECT ok(count(DISTINCT month) >= 5 AND count(DISTINCT cluster) = 2, 'of each month and cluster') FROM dbeng_audit.key_segments;
SELECT as_expected('of other months and clusters');
SET ROLE pg_read_all_data;
SELECT throws_ok('SELECT dbeng._audit_index_keys()', '42501', NULL, 'not everybody makes the index');
RESET ROLE;
SELECT * FROM finish();
\c :home
DROP DATABASE dbeng_audit_keys;
