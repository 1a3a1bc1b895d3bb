-- Rows out of a default partition: of every kind of key, whatever the tables look like, and beneath everything a statement would set off.
\set QUIET 1
SET client_min_messages = warning;
SELECT no_plan();
CREATE SCHEMA pm;
SET search_path = pm, public;

-- Sum and number of rows, and whether each is where its partition says.
CREATE FUNCTION looks(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	shape text;
	part record;
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) || '' '' || coalesce(sum(hashtextextended(to_jsonb(t)::text, 0)), 0) FROM %s t', relation) INTO shape;
	FOR part IN SELECT i.inhrelid::regclass AS it, pg_get_partition_constraintdef(i.inhrelid) AS holds FROM pg_inherits i WHERE i.inhparent = relation LOOP
		IF part.holds IS NOT NULL THEN
			EXECUTE format('SELECT count(*) FROM ONLY %s WHERE NOT coalesce(%s, true)', part.it, part.holds) INTO n;
			IF n > 0 THEN
				shape := shape || format(', %s rows of %s are not its own', n, part.it);
			END IF;
		END IF;
	END LOOP;
	RETURN shape;
END
$$;
CREATE FUNCTION left_in_default(relation regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ONLY %s', (SELECT partdefid::regclass FROM pg_partitioned_table WHERE partrelid = relation)) INTO n;
	RETURN n;
END
$$;
CREATE TABLE before (it text PRIMARY KEY, looks text);

-- Each kind of key.
CREATE TABLE kinds (name text PRIMARY KEY, type text, step text, key text, encoding text);
INSERT INTO kinds VALUES
	('d', 'date', '7 days', $$date '2026-01-01' + i % 90$$, NULL),
	('t', 'timestamp(3)', '1 month', $$timestamp '2026-01-01' + i * interval '7 hours'$$, NULL),
	('z', 'timestamptz', '1 day', $$timestamptz '2026-01-01 UTC' + i * interval '31 minutes'$$, NULL),
	('i', 'int', '100', 'i * 3 - 500', NULL),
	('b', 'bigint', '1 day', '1767225600000 + i * 1000000', 'milliseconds'),
	('f', 'bigint', '1 hour', '((1767225600000 + i * 10000 - 1288834974657) << 22) + i % 4096', 'snowflake'),
	('u', 'uuid', '1 day', $$(lpad(to_hex(1767225600000 + i * 1000000), 12, '0') || '7' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 5, 15))::uuid$$, NULL),
	('l', 'text COLLATE "C"', '1 day', $$'01KDV' || translate(lpad(upper(to_hex(i * 1000)), 21, '0'), 'ILOU', 'JKMN')$$, NULL);
SELECT format('CREATE TABLE k_%1$s (i int, k %2$s, pad text) PARTITION BY RANGE (k); CREATE TABLE k_%1$s_rest PARTITION OF k_%1$s DEFAULT; CREATE INDEX ON k_%1$s (k);
	INSERT INTO k_%1$s SELECT i, %3$s, repeat(''x'', i %% 40) FROM generate_series(1, 400) i; INSERT INTO before SELECT ''k_%1$s'', looks(''k_%1$s'');
	SELECT dbeng.manage_partitions(''k_%1$s'', %4$L, premake => 0, encoding => %5$L, with_default => true)', name, type, key, step, encoding) FROM kinds ORDER BY name
\gexec
SELECT format('CALL dbeng.drain_default(''k_%1$s'', 37)', name) FROM kinds ORDER BY name
\gexec
SELECT is(looks(b.it::regclass), b.looks, format('%s: the same rows, each where it belongs', k.type)) FROM before b JOIN kinds k ON b.it = 'k_' || k.name ORDER BY b.it;
SELECT is(left_in_default(b.it::regclass), 0::bigint, b.it || ': none is left') FROM before b ORDER BY b.it;
SELECT cmp_ok((SELECT count(*) FROM pg_inherits WHERE inhparent = b.it::regclass), '>', 2::bigint, b.it || ': in partitions of their own') FROM before b ORDER BY b.it;

-- What has no cell stays, and what was moved already is not looked at again.
CREATE TABLE stays (id int, k timestamptz) PARTITION BY RANGE (k);
CREATE TABLE stays_rest PARTITION OF stays DEFAULT;
CREATE INDEX ON stays (k DESC NULLS FIRST);
INSERT INTO stays SELECT i, timestamptz '2026-03-01 UTC' + i * interval '1 hour' FROM generate_series(1, 100) i;
INSERT INTO stays VALUES (-1, NULL), (-2, 'infinity'), (-3, '-infinity');
SELECT dbeng.manage_partitions('stays', '1 day', premake => 0, with_default => true);
CALL dbeng.drain_default('stays');
SELECT set_eq('SELECT id FROM stays_rest', ARRAY[-1, -2, -3], 'rows with a NULL or infinite key stay');
SELECT is(count(*), 103::bigint, 'all are there') FROM stays;
CALL dbeng.drain_default('stays');
SELECT is(count(*), 103::bigint, 'and stay so') FROM stays;

-- Tables that are alike in meaning only.
CREATE TABLE odd (a int, k timestamptz NOT NULL, gone text, toasted text, g int GENERATED ALWAYS AS (a * 2) STORED, CONSTRAINT odd_key UNIQUE (k, a) DEFERRABLE INITIALLY DEFERRED) PARTITION BY RANGE (k);
ALTER TABLE odd DROP gone;
CREATE TABLE odd_rest (toasted text, junk int, g int GENERATED ALWAYS AS (a * 2) STORED, k timestamptz NOT NULL, a int);
ALTER TABLE odd_rest DROP junk;
ALTER TABLE odd ATTACH PARTITION odd_rest DEFAULT;
ALTER TABLE odd ALTER toasted SET STORAGE EXTERNAL;
ALTER TABLE odd_rest ALTER toasted SET STORAGE EXTERNAL;
INSERT INTO odd (a, k, toasted) SELECT i, timestamptz '2026-01-01 UTC' + i % 50 * interval '1 hour', CASE WHEN i % 7 = 0 THEN repeat(md5(i::text), 200) ELSE i::text END FROM generate_series(1, 700) i;
-- A column that rows lack, and have all the same.
ALTER TABLE odd ADD late text DEFAULT 'was not there';
CREATE INDEX ON odd USING gin (to_tsvector('simple', late));
CREATE INDEX ON odd USING brin (k);
CREATE INDEX ON odd USING hash (toasted);
CREATE INDEX ON odd USING gist (int4range(a, a + 2));
CREATE INDEX ON odd USING spgist (late);
CREATE INDEX ON odd ((a % 10), lower(late)) WHERE a > 100;
-- Rows of every history: updated in place and elsewhere, deleted, locked, updated in vain.
UPDATE odd SET toasted = 'changed' WHERE a % 11 = 0;
UPDATE odd SET late = 'changed' WHERE a % 13 = 0;
DELETE FROM odd WHERE a % 17 = 0;
BEGIN; SELECT count(*) FROM (SELECT FROM odd WHERE a % 3 = 0 FOR KEY SHARE) s \gset
COMMIT;
BEGIN; UPDATE odd SET toasted = 'in vain' WHERE a % 5 = 0; DELETE FROM odd WHERE a % 19 = 0; ROLLBACK;
BEGIN; SAVEPOINT s; SELECT count(*) FROM (SELECT FROM odd WHERE a % 4 = 0 FOR UPDATE) s \gset
ROLLBACK TO s; SELECT count(*) FROM (SELECT FROM odd WHERE a % 4 = 0 FOR SHARE) s \gset
COMMIT;
VACUUM odd_rest;
UPDATE odd SET a = a + 10000 WHERE a % 23 = 0;
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% on % fires', TG_OP, TG_TABLE_NAME; END $$;
CREATE TRIGGER never BEFORE INSERT OR UPDATE OR DELETE ON odd FOR EACH ROW EXECUTE FUNCTION never();
CREATE TRIGGER never_after AFTER INSERT OR UPDATE OR DELETE ON odd FOR EACH ROW EXECUTE FUNCTION never();
CREATE TRIGGER never_statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON odd_rest FOR EACH STATEMENT EXECUTE FUNCTION never();
ALTER TABLE odd ENABLE ROW LEVEL SECURITY;
ALTER TABLE odd FORCE ROW LEVEL SECURITY;
INSERT INTO before SELECT 'odd', looks('odd');
SELECT dbeng.manage_partitions('odd', '1 day', premake => 0, with_default => true);
CALL dbeng.drain_default('odd', 50);
SELECT is(looks('odd'), b.looks, 'other columns, TOAST, generated and added columns, every kind of index, rows of every history; no trigger fires') FROM before b WHERE b.it = 'odd';
SELECT is(left_in_default('odd'), 0::bigint, 'none is left');
SET enable_seqscan = off;
SELECT is((SELECT count(*) FROM odd WHERE k = timestamptz '2026-01-01 UTC' + interval '5 hours'), (SELECT count(*) FROM odd WHERE k + interval '0' = timestamptz '2026-01-01 UTC' + interval '5 hours'), 'by the key''s index');
SELECT is((SELECT count(*) FROM odd WHERE to_tsvector('simple', late) @@ 'changed'), (SELECT count(*) FROM odd WHERE late || '' = 'changed'), 'by a GIN index');
SELECT is((SELECT count(*) FROM odd WHERE toasted = 'changed'), (SELECT count(*) FROM odd WHERE toasted || '' = 'changed'), 'by a hash index');
SELECT is((SELECT count(*) FROM odd WHERE int4range(a, a + 2) @> 300), (SELECT count(*) FROM odd WHERE a IN (299, 300)), 'by a GiST index');
RESET enable_seqscan;
ALTER TABLE odd DISABLE TRIGGER USER;
SELECT throws_ok($$INSERT INTO odd (a, k) SELECT a, k FROM odd WHERE a = 1; SET CONSTRAINTS ALL IMMEDIATE$$, '23505', NULL, 'what was unique is unique');

-- Foreign keys both ways: rows stay under their key.
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 10);
CREATE TABLE keyed (id int, k date, parent_id int REFERENCES parent ON DELETE CASCADE, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE keyed_rest PARTITION OF keyed DEFAULT;
CREATE TABLE child (id int, k date, FOREIGN KEY (id, k) REFERENCES keyed ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO keyed SELECT i, date '2026-01-01' + i % 20, i % 10 + 1 FROM generate_series(1, 200) i;
INSERT INTO child SELECT id, k FROM keyed;
SELECT dbeng.manage_partitions('keyed', '1 day', premake => 0, with_default => true);
CALL dbeng.drain_default('keyed', 5);
SELECT is(left_in_default('keyed') || ' ' || (SELECT count(*) FROM keyed) || ' ' || (SELECT count(*) FROM child), '0 200 200', 'rows that others refer to, without an index on the key');
SELECT throws_ok('INSERT INTO child VALUES (1, ''2020-01-01'')', '23503', NULL, 'the foreign key holds');
DELETE FROM keyed WHERE id = 7;
SELECT is((SELECT count(*) FROM child), 199::bigint, 'and cascades');
DELETE FROM parent WHERE id = 3;
SELECT is((SELECT count(*) FROM keyed), (SELECT count(*) FROM child), 'through all of them');
SELECT is((SELECT count(*) FROM pg_class WHERE relname LIKE 'dbeng_key%'), 0::bigint, 'the index made for it is gone');

-- What other parts of dbeng keep of a table.
CREATE TABLE kept (id int, k date, name text, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE kept_rest PARTITION OF kept DEFAULT;
CREATE INDEX ON kept (k);
INSERT INTO kept SELECT i, date '2026-01-01' + i % 5, 'n' FROM generate_series(1, 100) i;
SELECT dbeng.enable_versioning('kept');
SELECT dbeng.enable_soft_delete('kept');
SELECT dbeng.enable_audit('kept');
DELETE FROM kept WHERE id % 10 = 0;
SELECT count(*) AS logged FROM dbeng_audit.log \gset
INSERT INTO before SELECT 'kept', looks('kept');
SELECT dbeng.manage_partitions('kept', '1 day', premake => 0, with_default => true);
CALL dbeng.drain_default('kept', 10);
SELECT is(looks('kept'), b.looks, 'versions and deletions are kept') FROM before b WHERE b.it = 'kept';
SELECT is((SELECT count(*) FROM dbeng_audit.log), :logged::bigint, 'nothing is logged: nothing has changed');
DELETE FROM kept WHERE id = 1;
SELECT is((SELECT count(*) FROM kept WHERE id = 1 AND deleted_at IS NOT NULL), 1::bigint, 'deleting keeps rows in new partitions, too');
SELECT cmp_ok((SELECT count(*) FROM dbeng_audit.log), '>', :logged::bigint, 'and is logged');
SELECT dbeng.disable_audit('kept'), dbeng.disable_soft_delete('kept', keep_deleted => true), dbeng.disable_versioning('kept');

-- An index that is right to the last entry.
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck') AS amcheck \gset
\if :amcheck
CREATE EXTENSION IF NOT EXISTS amcheck;
SELECT lives_ok(format('SELECT bt_index_check(%L::regclass, true)', i.indexrelid::regclass), i.indexrelid::regclass || ' has an entry for each row')
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_inherits h ON h.inhrelid = i.indrelid WHERE h.inhparent IN ('odd'::regclass, 'keyed'::regclass) AND c.relam = 403 AND c.relkind = 'i';
SELECT is((SELECT string_agg(v.msg, ', ') FROM pg_inherits h, LATERAL verify_heapam(h.inhrelid::regclass) v WHERE h.inhparent IN ('odd'::regclass, 'keyed'::regclass, 'kept'::regclass)), NULL, 'and no page has anything wrong');
\endif

-- Arguments.
SELECT throws_ok('CALL dbeng.drain_default(NULL)', '22004', NULL, 'NULL');
SELECT throws_ok('CALL dbeng.drain_default(''parent'')', '42809', NULL, 'a table that is not partitioned');
SELECT throws_ok('CALL dbeng.drain_default(''odd'', 0)', '22023', NULL, 'no rows');
SELECT throws_ok('CALL dbeng.drain_default(''odd'')', '25001', NULL, 'within a function');

SET search_path = public;
DROP SCHEMA pm CASCADE;
SELECT * FROM finish();
