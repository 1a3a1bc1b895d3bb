-- Versions of rows: what is counted, what is refused, and what becomes of a table that has them and has them no more.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

-- SQLSTATE, message, DETAIL and HINT of a statement that fails.
\ir common/calls.sql
CREATE FUNCTION pg_temp.shape(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n',
		(SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)), ', ' ORDER BY attnum)
			FROM pg_attribute a LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped),
		(SELECT string_agg(pg_get_triggerdef(oid), ', ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = relation))
$$;

CREATE SCHEMA shop;
CREATE TABLE shop.orders (id bigint PRIMARY KEY, note text, amount numeric);
INSERT INTO shop.orders VALUES (1, 'a', 1), (2, NULL, 2);
CREATE TEMP TABLE before AS SELECT pg_temp.shape('shop.orders') AS shape, relfilenode FROM pg_class WHERE oid = 'shop.orders'::regclass;
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.orders')$$, 'enabled');
SELECT is(relfilenode, (SELECT relfilenode FROM before), 'without a rewrite') FROM pg_class WHERE oid = 'shop.orders'::regclass;
SELECT col_type_is('shop', 'orders', 'version', 'bigint', 'version');
SELECT col_not_null('shop', 'orders', 'version', 'version is never NULL');
SELECT col_type_is('shop', 'orders', 'updated_at', 'timestamp with time zone', 'updated_at');
SELECT is(array_agg(v::text), '{"(shop.orders,version,updated_at,on,\"{version,updated_at}\")"}', 'versioned_tables') FROM dbeng.versioned_tables v;
SELECT results_eq('SELECT id, version, updated_at = now() FROM shop.orders', 'VALUES (1::bigint, 1::bigint, true), (2, 1, true)', 'rows that were there have version 1');

-- What counts.
UPDATE shop.orders SET note = 'b' WHERE id = 1;
SELECT is(version, 2::bigint, 'an update counts') FROM shop.orders WHERE id = 1;
SELECT is(version, 1::bigint, 'only the rows it changes') FROM shop.orders WHERE id = 2;
UPDATE shop.orders SET note = 'c', version = 2 WHERE id = 1;
SELECT is(version, 3::bigint, 'one that gives the version of the row') FROM shop.orders WHERE id = 1;
UPDATE shop.orders SET note = 'd', version = version + 1 WHERE id = 1;
SELECT is(version, 4::bigint, 'one that counts itself') FROM shop.orders WHERE id = 1;
UPDATE shop.orders SET note = note WHERE id = 1;
SELECT is(version, 5::bigint, 'one that changes nothing') FROM shop.orders WHERE id = 1;
SELECT is(code || ': ' || message, '40001: row of shop.orders has version 5, not 3', 'a stale one is refused') FROM pg_temp.failure('UPDATE shop.orders SET note = ''e'', version = 3 WHERE id = 1');
SELECT is(detail, 'Key (id)=(1). It was changed by somebody else since it was read.', 'with the key') FROM pg_temp.failure('UPDATE shop.orders SET version = 3 WHERE id = 1');
SELECT is(hint, 'Read the row again and repeat the change.', 'and what to do') FROM pg_temp.failure('UPDATE shop.orders SET version = 3 WHERE id = 1');
SELECT is(pg_temp.code('UPDATE shop.orders SET version = ' || coalesce(given, 'NULL') || ' WHERE id = 1'), '40001', 'version ' || coalesce(given, 'NULL'))
FROM unnest('{7,0,-1,NULL,9223372036854775807}'::text[]) given;
SELECT results_eq('SELECT note, version FROM shop.orders WHERE id = 1', $$VALUES ('d', 5::bigint)$$, 'nothing of it was done');

-- The time.
UPDATE shop.orders SET updated_at = '2001-01-01' WHERE id = 2;
SELECT is(updated_at, now(), 'the time cannot be given') FROM shop.orders WHERE id = 2;
INSERT INTO shop.orders (id, version, updated_at) VALUES (3, 40, '2001-01-01');
UPDATE shop.orders SET note = repeat('x', 3000), amount = 1.5 WHERE id = 3;
SELECT results_eq('SELECT version, updated_at, length(note), amount FROM shop.orders WHERE id = 3', 'VALUES (41::bigint, now(), 3000, 1.5)', 'an insert gives what it likes, an update counts on');

-- Other ways to update.
INSERT INTO shop.orders (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET note = 'again';
SELECT is(version, 42::bigint, 'ON CONFLICT DO UPDATE') FROM shop.orders WHERE id = 3;
MERGE INTO shop.orders o USING (VALUES (3, 'merged')) v(id, note) ON v.id = o.id WHEN MATCHED THEN UPDATE SET note = v.note;
SELECT is(version, 43::bigint, 'MERGE') FROM shop.orders WHERE id = 3;
CREATE VIEW shop.v AS SELECT id, note FROM shop.orders;
UPDATE shop.v SET note = 'by the view' WHERE id = 3;
SELECT is(version, 44::bigint, 'an updatable view') FROM shop.orders WHERE id = 3;
WITH u AS (UPDATE shop.orders SET note = 'cte' WHERE id = 3 RETURNING version) SELECT is(version, 45::bigint, 'RETURNING tells the new version') FROM u;
CREATE ROLE versions_clerk;
GRANT USAGE ON SCHEMA shop TO versions_clerk;
GRANT SELECT (id), UPDATE (note) ON shop.orders TO versions_clerk;
SET LOCAL ROLE versions_clerk;
UPDATE shop.orders SET note = 'clerk' WHERE id = 3;
RESET ROLE;
SELECT is(version, 46::bigint, 'one who may write other columns only') FROM shop.orders WHERE id = 3;
GRANT UPDATE (version) ON shop.orders TO versions_clerk;
REVOKE SELECT ON shop.orders FROM versions_clerk;
SET LOCAL ROLE versions_clerk;
SELECT is(detail, 'It was changed by somebody else since it was read.', 'who may not read the key is not told it') FROM pg_temp.failure('UPDATE shop.orders SET version = 3');
RESET ROLE;

-- As given.
SET LOCAL dbeng.keep_versions = on;
UPDATE shop.orders SET version = 7, updated_at = '2001-01-01' WHERE id = 3;
SELECT results_eq('SELECT version, updated_at FROM shop.orders WHERE id = 3', $$VALUES (7::bigint, '2001-01-01'::timestamptz)$$, 'dbeng.keep_versions keeps what is given');
UPDATE shop.orders SET note = 'kept' WHERE id = 3;
SELECT is(version, 7::bigint, 'and counts nothing') FROM shop.orders WHERE id = 3;
SET LOCAL dbeng.keep_versions = off;
SET LOCAL session_replication_role = replica;
UPDATE shop.orders SET version = 9, updated_at = '2002-02-02' WHERE id = 3;
SELECT results_eq('SELECT version, updated_at FROM shop.orders WHERE id = 3', $$VALUES (9::bigint, '2002-02-02'::timestamptz)$$, 'what is replicated stays as it came');
SET LOCAL session_replication_role = origin;

-- Off again.
SELECT lives_ok($$SELECT dbeng.disable_versioning('shop.orders')$$, 'disabled');
UPDATE shop.orders SET note = 'off' WHERE id = 3;
SELECT is(version, 9::bigint, 'nothing counts any more') FROM shop.orders WHERE id = 3;
SELECT is_empty('SELECT * FROM dbeng.versioned_tables', 'no versioned tables');
SELECT is(pg_temp.code($$SELECT dbeng.disable_versioning('shop.orders')$$), '55000', 'not a second time');
ALTER TABLE shop.orders DROP COLUMN version, DROP COLUMN updated_at;
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.orders')$$, 'enabled again');
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.orders')$$, 'and once more');
SELECT lives_ok($$SELECT dbeng.disable_versioning('shop.orders', drop_columns => true)$$, 'disabled, columns and all');
SELECT is(pg_temp.shape('shop.orders'), shape, 'the table is what it was') FROM before;

-- Columns that are there: of every type, before and behind NULLs and values of any length, with triggers, generated columns, dropped ones.
CREATE TABLE shop.small (pad text, gone int, "Version" smallint DEFAULT 1, id int PRIMARY KEY, changed timestamp(0), twice int GENERATED ALWAYS AS ("Version" * 2) STORED, tail text);
ALTER TABLE shop.small DROP COLUMN gone;
INSERT INTO shop.small (pad, id, tail) VALUES (NULL, 1, 'x'), (repeat('p', 301), 2, NULL), ('', 3, 't');
INSERT INTO shop.small (id, "Version") VALUES (4, NULL);
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.small', 'Version', 'changed')$$, 'columns that are there');
-- Its condition reads the new row before versions are counted: what has been read is not to be what stays.
CREATE FUNCTION shop.never() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'never'; END$$;
CREATE TRIGGER "before" BEFORE UPDATE ON shop.small FOR EACH ROW WHEN (NEW."Version" = 30000 OR NEW.changed > '3000-01-01' OR NEW.tail = 'never') EXECUTE FUNCTION shop.never();
UPDATE shop.small SET tail = 'y' WHERE id = 1;
UPDATE shop.small SET tail = 'y';
SELECT results_eq('SELECT id, "Version", twice, changed = now()::timestamp(0), tail, length(pad) FROM shop.small ORDER BY id',
	$$VALUES (1, 3::int2, 6, true, 'y', NULL), (2, 2::int2, 4, true, 'y', 301), (3, 2::int2, 4, true, 'y', 0), (4, 1::int2, 2, true, 'y', NULL)$$,
	'smallint, timestamp(0), generated columns and NULLs');
SELECT is(message, 'row of shop.small has version 1, not 9', 'version of a row that had none') FROM pg_temp.failure('UPDATE shop.small SET "Version" = 9 WHERE id = 4');
SET LOCAL dbeng.keep_versions = on;
UPDATE shop.small SET "Version" = 32767 / 2 * 2 + 1, tail = '' WHERE false;
ALTER TABLE shop.small DROP COLUMN twice;
UPDATE shop.small SET "Version" = 32767 WHERE id = 1;
SET LOCAL dbeng.keep_versions = off;
SELECT is(code || ' ' || detail, '22003 It has reached 32767, the last of type smallint.', 'the last version of a smallint') FROM pg_temp.failure('UPDATE shop.small SET tail = ''z''');
SELECT is(pg_temp.code('UPDATE shop.small SET "Version" = -32768 WHERE id = 1'), '40001', 'nobody goes around it');
SELECT lives_ok($$SELECT dbeng.disable_versioning('shop.small', drop_columns => true)$$, 'disabled');
SELECT has_column('shop', 'small', 'Version', 'columns that were there stay');

CREATE TABLE shop.only_time (id int, n int);
INSERT INTO shop.only_time VALUES (1, 1);
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.only_time', version_column => NULL, updated_column => 'changed_at')$$, 'the time alone');
SELECT hasnt_column('shop', 'only_time', 'version', 'no version');
CREATE TABLE shop.only_version (id int, version int NOT NULL DEFAULT 1);
INSERT INTO shop.only_version VALUES (1);
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.only_version', updated_column => NULL)$$, 'the version alone');
UPDATE shop.only_version SET id = 2;
SELECT is(version, 2, 'counts') FROM shop.only_version;
SELECT is(detail, 'It was changed by somebody else since it was read.', 'without a primary key') FROM pg_temp.failure('UPDATE shop.only_version SET version = 8');

-- The last word: what triggers before it did counts, what they set does not stay.
CREATE FUNCTION shop.meddle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.updated_at := '2001-01-01'; NEW.note := NEW.note || '!'; RETURN NEW; END$$;
CREATE TRIGGER zzz BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.meddle();
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.orders')$$, 'enabled beside another trigger');
UPDATE shop.orders SET note = 'mine' WHERE id = 1;
SELECT results_eq('SELECT note, version, updated_at FROM shop.orders WHERE id = 1', $$VALUES ('mine!', 2::bigint, now())$$, 'another trigger on the table');
DROP TRIGGER zzz ON shop.orders;

-- Partitions with columns in another order; rows that move.
CREATE TABLE shop.parted (id int, region text, note text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE shop.east (extra int, note text, region text NOT NULL, id int NOT NULL);
ALTER TABLE shop.east DROP COLUMN extra;
ALTER TABLE shop.parted ATTACH PARTITION shop.east FOR VALUES IN ('east');
CREATE TABLE shop.west PARTITION OF shop.parted FOR VALUES IN ('west');
INSERT INTO shop.parted VALUES (1, 'east', 'a'), (2, 'west', 'b');
SELECT is(pg_temp.code($$SELECT dbeng.enable_versioning('shop.east')$$), '55000', 'a partition cannot get columns of its own');
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.parted')$$, 'a partitioned table');
CREATE TABLE shop.north PARTITION OF shop.parted FOR VALUES IN ('north');
UPDATE shop.parted SET note = 'c';
UPDATE shop.parted SET region = 'north' WHERE id = 1;
UPDATE shop.west SET note = 'd';
SELECT results_eq('SELECT id, region, note, version, updated_at FROM shop.parted ORDER BY id', $$VALUES (1, 'north', 'c', 3::bigint, now()), (2, 'west', 'd', 3, now())$$, 'partitions, new ones, and moves between them');
SELECT is(message, 'row of shop.west has version 3, not 1', 'a stale version in a partition') FROM pg_temp.failure('UPDATE shop.parted SET version = 1 WHERE id = 2');
SELECT is(detail, 'It is a partition of shop.parted, whose versioning covers it.', 'its partitions have it') FROM pg_temp.failure($$SELECT dbeng.enable_versioning('shop.west')$$);
SELECT is(detail, 'It is a partition of shop.parted, which has it.', 'and lose it with it') FROM pg_temp.failure($$SELECT dbeng.disable_versioning('shop.west')$$);
SELECT lives_ok($$SELECT dbeng.disable_versioning('shop.parted', true)$$, 'disabled');
SELECT is_empty($$SELECT * FROM pg_trigger WHERE tgname = '~dbeng_version' AND tgrelid::regclass::text LIKE 'shop.%st'$$, 'no trigger is left on partitions');
CREATE TABLE shop.leaf (id int, region text, version bigint, note text) PARTITION BY LIST (region);
CREATE TABLE shop.leaf_a PARTITION OF shop.leaf FOR VALUES IN ('a');
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.leaf_a', updated_column => NULL)$$, 'one partition alone');
SELECT is(detail, E'Its partition shop.leaf_a has versioning of its own: SELECT dbeng.disable_versioning(\'shop.leaf_a\');', 'then not its parent') FROM pg_temp.failure($$SELECT dbeng.enable_versioning('shop.leaf', updated_column => NULL)$$);

-- What changes under it is told at once, and mended by calling again.
ALTER TABLE shop.orders RENAME COLUMN version TO lock_version;
SELECT is(state, 'column missing', 'a renamed column') FROM dbeng.versioned_tables WHERE relation = 'shop.orders'::regclass;
SELECT is(code || ' ' || hint, '42703 Call dbeng.enable_versioning() again with the columns as they are now, or dbeng.disable_versioning().', 'updates fail')
FROM pg_temp.failure('UPDATE shop.orders SET note = 1');
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.orders', 'lock_version')$$, 'enabled with its new name');
UPDATE shop.orders SET note = 'e' WHERE id = 1;
SELECT is(lock_version, 3::bigint, 'counts on') FROM shop.orders WHERE id = 1;
ALTER TABLE shop.orders ALTER lock_version TYPE numeric;
SELECT is(pg_temp.code('UPDATE shop.orders SET note = 1'), '42804', 'a column of another type');
ALTER TABLE shop.orders ALTER lock_version TYPE int;
UPDATE shop.orders SET note = 'f' WHERE id = 1;
SELECT is(lock_version, 4, 'an int now') FROM shop.orders WHERE id = 1;
ALTER TABLE shop.orders DISABLE TRIGGER "~dbeng_version";
SELECT is(state, 'off', 'a disabled trigger') FROM dbeng.versioned_tables WHERE relation = 'shop.orders'::regclass;
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.orders', 'lock_version')$$, 'mended');
SELECT is(state, 'on', 'on again') FROM dbeng.versioned_tables WHERE relation = 'shop.orders'::regclass;
CREATE TABLE shop.rough (id int PRIMARY KEY);
CREATE TRIGGER by_hand BEFORE UPDATE ON shop.rough FOR EACH ROW EXECUTE FUNCTION dbeng._version_row();
INSERT INTO shop.rough VALUES (1);
SELECT is(pg_temp.code('UPDATE shop.rough SET id = 2'), '39P01', 'a trigger without its arguments');
SELECT is(pg_temp.code('SELECT dbeng._version_row()'), '39P01', 'no trigger at all');

-- Refused, with all the reasons, and nothing done.
CREATE TABLE shop.bad (version text, updated_at timestamptz GENERATED ALWAYS AS ('2001-01-01 UTC'::timestamptz) STORED);
SELECT is(code || E'\n' || message || E'\n' || detail, E'55000\nshop.bad cannot have versioning\nColumn version is of type text, not smallint or integer or bigint.\nColumn updated_at is generated: the server writes it itself.', 'every reason is told')
FROM pg_temp.failure($$SELECT dbeng.enable_versioning('shop.bad')$$);
CREATE TABLE shop.keyed (id int, version int, PRIMARY KEY (id, version));
CREATE TABLE shop.refers (id int, version int, FOREIGN KEY (id, version) REFERENCES shop.keyed);
CREATE TABLE shop.by_version (id int, version int) PARTITION BY RANGE (version);
CREATE TABLE shop.other (id int, version int);
CREATE TRIGGER "~dbeng_version" BEFORE UPDATE ON shop.other FOR EACH ROW EXECUTE FUNCTION shop.meddle();
SELECT is(detail, why, t || ' is refused') FROM (VALUES
	('shop.keyed', E'Column version is part of primary key keyed_pkey: it must not change with every update.\nColumn version is part of foreign key refers_id_version_fkey: it must not change with every update.'),
	('shop.refers', 'Column version is part of foreign key refers_id_version_fkey: it must not change with every update.'),
	('shop.by_version', 'Column version is part of the partition key: rows would move with every update.'),
	('shop.other', 'Another trigger has the name "~dbeng_version".'),
	('shop.only_version', format('It has versioning already, with the columns version: SELECT dbeng.disable_versioning(%L);', 'shop.only_version'))) v(t, why),
	pg_temp.failure(format('SELECT dbeng.enable_versioning(%L)', t));
SELECT is(code, '42809', 'not a view: ' || detail) FROM pg_temp.failure($$SELECT dbeng.enable_versioning('shop.v')$$);
SELECT is(pg_temp.code(format('SELECT dbeng.enable_versioning(%L, %L, %L)', t, v, u)), wanted, concat_ws(' ', 'refused:', t, v, u)) FROM (VALUES
	('pg_class', 'version', 'updated_at', '0A000'), ('dbeng.ignored', 'version', 'updated_at', '0A000'), (NULL, 'version', 'updated_at', '22004'),
	('shop.rough', 'a', 'a', '22023'), ('shop.rough', NULL, NULL, '22023'), ('shop.rough', 'xmin', 'updated_at', '55000'), ('4000000000', 'version', 'updated_at', '42P01')) x(t, v, u, wanted);
SELECT hasnt_column('shop', 'rough', 'updated_at', 'nothing is half done');

-- Its owner, and nobody else.
CREATE ROLE versions_owner;
CREATE ROLE versions_member IN ROLE versions_owner;
GRANT ALL ON SCHEMA shop TO versions_owner;
SET LOCAL ROLE versions_owner;
CREATE TABLE shop."Odd ""table" ("Id" int PRIMARY KEY, "a b" int);
RESET ROLE;
SET LOCAL ROLE versions_clerk;
SELECT is(code || ' ' || hint, '42501 Let role versions_owner or a member of it do this.', 'not by somebody else') FROM pg_temp.failure($$SELECT dbeng.enable_versioning('shop."Odd ""table"')$$);
RESET ROLE;
SET LOCAL ROLE versions_member;
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop."Odd ""table"', 'Ver sion''s', 'at "é"')$$, 'a member of the owner, odd names');
INSERT INTO shop."Odd ""table" VALUES (1, 2);
UPDATE shop."Odd ""table" SET "a b" = 3;
SELECT is("Ver sion's", 2::bigint, 'counted') FROM shop."Odd ""table";
SELECT is(concat_ws(' ', version_column, updated_column, state), 'Ver sion''s at "é" on', 'told') FROM dbeng.versioned_tables WHERE relation = 'shop."Odd ""table"'::regclass;
SELECT lives_ok($$SELECT dbeng.disable_versioning('shop."Odd ""table"', drop_columns => true)$$, 'and disabled');
RESET ROLE;

-- What else is promised. Updates that change nothing can be left out; foreign keys' actions count; the time is the session's where the column has no zone.
CREATE TABLE shop.parents (id int PRIMARY KEY);
CREATE TABLE shop.children (id int PRIMARY KEY, parent_id int REFERENCES shop.parents ON UPDATE CASCADE ON DELETE SET NULL, note text, version int NOT NULL DEFAULT 1, updated_at timestamp);
SELECT dbeng.enable_versioning('shop.children');
INSERT INTO shop.parents VALUES (1);
COPY shop.children (id, parent_id, version, updated_at) FROM STDIN;
1	1	7	2001-01-01
\.
SELECT results_eq('SELECT version, updated_at FROM shop.children', $$VALUES (7, '2001-01-01'::timestamp)$$, 'what COPY gives stays');
UPDATE shop.parents SET id = 2;
SELECT results_eq('SELECT parent_id, version FROM shop.children', 'VALUES (2, 8)', 'ON UPDATE CASCADE counts');
DELETE FROM shop.parents;
SELECT results_eq('SELECT parent_id, version FROM shop.children', 'VALUES (NULL::int, 9)', 'so does ON DELETE SET NULL');
SET LOCAL timezone = 'Asia/Tokyo';
UPDATE shop.children SET note = 'in Tokyo';
SELECT is(updated_at, (now() AT TIME ZONE 'Asia/Tokyo')::timestamp, 'a timestamp has the session''s time') FROM shop.children;
RESET timezone;
CREATE TRIGGER leave_out BEFORE UPDATE ON shop.children FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
UPDATE shop.children SET note = note;
SELECT is(version, 10, 'with a trigger of the server''s what changes nothing is left out') FROM shop.children;
UPDATE shop.children SET note = 'x', version = 10;
SELECT is(version, 11, 'and the rest is counted') FROM shop.children;
DROP TRIGGER leave_out ON shop.children;
CREATE FUNCTION shop.late() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.note := NEW.version; RETURN NEW; END$$;
CREATE TRIGGER "~zz" BEFORE UPDATE ON shop.children FOR EACH ROW EXECUTE FUNCTION shop.late();
CREATE TRIGGER zz BEFORE UPDATE ON shop.children FOR EACH ROW EXECUTE FUNCTION shop.late();
UPDATE shop.children SET id = 2;
SELECT is(note, '12', 'a trigger that sorts behind sees the version') FROM shop.children;
DROP TRIGGER "~zz" ON shop.children;
UPDATE shop.children SET id = 3;
SELECT is(note, '12', 'one that sorts before does not yet') FROM shop.children;
DROP TRIGGER zz ON shop.children;
GRANT SELECT, UPDATE ON shop.children TO versions_clerk;
SET LOCAL ROLE versions_clerk;
SET LOCAL dbeng.keep_versions = on;
UPDATE shop.children SET version = 2;
RESET dbeng.keep_versions;
RESET ROLE;
SELECT is(version, 2, 'everybody may have versions written as given') FROM shop.children;

-- Children by inheritance have it for themselves.
CREATE TABLE shop.base (id int, version int NOT NULL DEFAULT 1);
CREATE TABLE shop.heir () INHERITS (shop.base);
INSERT INTO shop.base VALUES (1);
INSERT INTO shop.heir VALUES (2);
SELECT dbeng.enable_versioning('shop.base', updated_column => NULL);
UPDATE shop.base SET id = id;
SELECT results_eq('SELECT id, version FROM shop.base ORDER BY 1', 'VALUES (1, 2), (2, 1)', 'an heir has no versions of its own yet');
SELECT dbeng.enable_versioning('shop.heir', updated_column => NULL);
UPDATE shop.base SET id = id;
SELECT results_eq('SELECT id, version FROM shop.base ORDER BY 1', 'VALUES (1, 3), (2, 2)', 'until it is enabled for itself');

-- Foreign tables and identity columns; and what the extension takes with it.
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE shop.far (id int, version int) SERVER nowhere;
CREATE TABLE shop.near (id int, version int NOT NULL, updated_at timestamptz) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE shop.far_part PARTITION OF shop.near FOR VALUES FROM (1) TO (2) SERVER nowhere;
CREATE TABLE shop.identity (id int, version int GENERATED ALWAYS AS IDENTITY);
SELECT is(f.code, wanted, t || ' is refused: ' || coalesce(f.detail, '')) FROM (VALUES ('shop.far', '42809'), ('shop.near', '55000'), ('shop.identity', '55000')) v(t, wanted), pg_temp.failure(format('SELECT dbeng.enable_versioning(%L)', t)) f;
SELECT is(code, '2BP01', 'the extension is not dropped from under it') FROM pg_temp.failure('DROP EXTENSION dbeng');

SET LOCAL transaction_read_only = on;
SELECT is(pg_temp.code($$SELECT dbeng.enable_versioning('shop.rough')$$), '25006', 'not where nothing may be written');

SELECT * FROM finish();
ROLLBACK;
