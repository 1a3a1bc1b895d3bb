-- Switching soft delete on and off: what is refused, with all the reasons, what is made, what is left behind; and purging.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

\ir common/calls.sql

CREATE ROLE fx_owner;
CREATE ROLE fx_other;
CREATE SCHEMA soft AUTHORIZATION fx_owner;
GRANT USAGE ON SCHEMA soft TO PUBLIC;
GRANT CREATE ON SCHEMA soft TO fx_other;
SET search_path = soft, public;
-- All that \d shows of a table, and more.
CREATE FUNCTION pg_temp.looks(of regclass) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n',
		(SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)), E'\n' ORDER BY attnum)
			FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = of AND attnum > 0 AND NOT attisdropped),
		(SELECT string_agg(concat_ws(' ', pg_get_indexdef(indexrelid), indisclustered, obj_description(indexrelid, 'pg_class')), E'\n' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = of),
		(SELECT string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')), E'\n' ORDER BY conname) FROM pg_constraint WHERE conrelid = of),
		(SELECT string_agg(pg_get_triggerdef(oid), E'\n' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = of AND NOT tgisinternal),
		(SELECT string_agg(c.relname || pg_get_viewdef(c.oid), E'\n') FROM pg_class c WHERE relnamespace = 'soft'::regnamespace AND relkind = 'v'))
$$;

-- Refused, with reasons, and nothing changed.
CREATE VIEW viewed AS SELECT 1 AS id;
CREATE TABLE no_key (id int);
CREATE TABLE wrong (id int PRIMARY KEY, deleted_at date, deletion_id text);
CREATE TABLE "wrong_live" (id int);
CREATE RULE nothing AS ON DELETE TO wrong DO INSTEAD NOTHING;
CREATE TABLE base (id int PRIMARY KEY);
CREATE TABLE heir () INHERITS (base);
CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TEMP TABLE passing (id int PRIMARY KEY);
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('viewed')$$, '55000', 'is no table');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('no_key')$$, '55000', 'has no primary key');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('wrong')$$, '55000', 'rule nothing');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('wrong')$$, '55000', 'of type date, not timestamptz(.|\n)*a column deletion_id in soft.wrong(.|\n)*Relation soft.wrong_live exists');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('base')$$, '55000', 'inherit from each other');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('heir')$$, '55000', 'inherit from each other');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('parted_1')$$, '55000', 'is a partition');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('passing')$$, '55000', 'is temporary');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('pg_class')$$, '55000', 'part of the system');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete(NULL)$$, '22004', 'must not be NULL');
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete(1)$$, '42P01', 'does not exist');
SELECT pg_temp.refused($$SELECT dbeng.disable_soft_delete('base')$$, '55000', 'does not keep');
SELECT pg_temp.refused($$SELECT dbeng.purge('base', '0')$$, '55000', 'does not keep');
SELECT pg_temp.refused($$SELECT dbeng.restore('base', '{}')$$, '55000', 'does not keep');
SELECT is_empty('TABLE dbeng.soft_delete', 'nothing is remembered');
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE hard (id int PRIMARY KEY, parent_id int REFERENCES parent ON DELETE CASCADE);
CREATE TABLE unkeyed (parent_id int REFERENCES parent ON DELETE SET NULL);
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('parent', cascade => false)$$, '55000', 'soft.hard refers to soft.parent with ON DELETE CASCADE(.|\n)*no primary key to find them again');
DROP TABLE unkeyed;
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('parent', cascade => false)$$, '55000', 'soft.hard refers');
ALTER TABLE parent OWNER TO fx_owner;
GRANT REFERENCES ON parent TO fx_other;
ALTER TABLE hard OWNER TO fx_other;
SET ROLE fx_owner;
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('parent')$$, '55000', 'belongs to another role');
SET ROLE fx_other;
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('parent')$$, '42501', 'must be owner');
RESET ROLE;

-- On and off, and nothing is left of it.
SET ROLE fx_owner;
CREATE TABLE soft."It em" (id int PRIMARY KEY, code text CONSTRAINT "Code once" UNIQUE, name text, at date, b int, deferred int UNIQUE DEFERRABLE, target int UNIQUE, note text COLLATE "C");
COMMENT ON CONSTRAINT "Code once" ON soft."It em" IS 'a constraint';
COMMENT ON INDEX soft."Code once" IS 'its index';
ALTER TABLE soft."It em" CLUSTER ON "Code once";
ALTER TABLE soft."It em" ADD CONSTRAINT no_nulls UNIQUE NULLS NOT DISTINCT (name, at) INCLUDE (b) WITH (fillfactor = 70);
CREATE UNIQUE INDEX lowered ON soft."It em" (lower(name) DESC NULLS LAST, note COLLATE "POSIX" text_pattern_ops) WHERE b > 0;
COMMENT ON INDEX soft.lowered IS 'partial';
CREATE TABLE soft.referring (id int PRIMARY KEY, target int REFERENCES soft."It em" (target), item int REFERENCES soft."It em");
GRANT SELECT, INSERT ON soft."It em" TO fx_other WITH GRANT OPTION;
GRANT SELECT ON soft."It em" TO PUBLIC;
CREATE TEMP TABLE before AS SELECT pg_temp.looks('soft."It em"') AS item, pg_temp.looks('soft.referring') AS referring;
INSERT INTO soft."It em" (id, code, name, b, target) SELECT i, 'c' || i, 'n' || i, i, i FROM generate_series(1, 5) i;
SELECT lives_ok($$SELECT dbeng.enable_soft_delete('soft."It em"')$$, 'an owner who is no superuser');
SELECT lives_ok($$SELECT dbeng.enable_soft_delete('soft."It em"')$$, 'twice does no harm');
SELECT is((SELECT count(*) FROM pg_constraint WHERE conrelid = 'soft."It em"'::regclass AND contype = 'u'), 2::bigint, 'constraints that cannot be had among live rows stay');
SELECT is((SELECT count(*) FROM pg_index WHERE indrelid = 'soft."It em"'::regclass AND indisunique AND pg_get_expr(indpred, indrelid) ~ 'deleted_at IS NULL'), 3::bigint, 'the others hold among live rows');
SELECT is(pg_get_indexdef('soft.lowered'::regclass), 'CREATE UNIQUE INDEX lowered ON soft."It em" USING btree (lower(name) DESC NULLS LAST, note COLLATE "POSIX" text_pattern_ops) WHERE ((b > 0) AND (deleted_at IS NULL))', 'with the condition they had');
SELECT ok(has_table_privilege('fx_other', 'soft."It em_live"', 'INSERT') AND NOT has_table_privilege('fx_other', 'soft."It em_live"', 'DELETE'), 'the view is granted as the table is');
DELETE FROM soft."It em" WHERE id = 1;
INSERT INTO soft."It em" (id, code) VALUES (10, 'c1');
SELECT pg_temp.refused($$SELECT dbeng.disable_soft_delete('soft."It em"')$$, '55000', 'has deleted rows');
SELECT throws_ok($$SELECT dbeng.disable_soft_delete('soft."It em"', keep_deleted => true)$$, '23505', NULL, 'they cannot come alive where their key is taken');
SELECT is((SELECT count(*) FROM soft."It em_live"), 5::bigint, 'then nothing is changed');
SELECT lives_ok($$SELECT dbeng.disable_soft_delete('soft."It em"', keep_deleted => false)$$, 'off');
SELECT is(pg_temp.looks('soft."It em"'), (SELECT item FROM before), 'the table is what it was');
SELECT is(pg_temp.looks('soft.referring'), (SELECT referring FROM before), 'so is who refers to it');
SELECT is((SELECT count(*) FROM soft."It em"), 5::bigint, 'deleted rows are gone');
SELECT lives_ok($$SELECT dbeng.enable_soft_delete('soft."It em"', unique_live => false)$$, 'on again');
SELECT is((SELECT count(*) FROM pg_constraint WHERE conrelid = 'soft."It em"'::regclass AND contype = 'u'), 4::bigint, 'with unique constraints as they were');
DELETE FROM soft."It em" WHERE id = 2;
SELECT lives_ok($$SELECT dbeng.disable_soft_delete('soft."It em"', keep_deleted => true)$$, 'off again');
SELECT is((SELECT count(*) FROM soft."It em"), 5::bigint, 'deleted rows are live');
SELECT is(pg_temp.looks('soft."It em"'), (SELECT item FROM before), 'the table is what it was');

-- A column that was there is used, and stays; rows that were deleted by it are.
CREATE TABLE soft.old (id int PRIMARY KEY, removed timestamptz);
INSERT INTO soft.old VALUES (1, NULL), (2, '2020-01-01');
SELECT dbeng.enable_soft_delete('soft.old', 'removed');
SELECT is((SELECT count(*) FROM soft.old_live), 1::bigint, 'what its column says is deleted');
SELECT is(dbeng.restore('soft.old', '{"id": 2}'), 1::bigint, 'and can be restored');
UPDATE soft.old SET removed = '2021-01-01' WHERE id = 2;
ALTER TABLE soft.old RENAME removed TO gone;
ALTER TABLE soft.old RENAME TO ancient;
DELETE FROM soft.ancient WHERE id = 1;
SELECT is((SELECT count(*) FROM soft.ancient WHERE gone IS NOT NULL), 2::bigint, 'whatever it is renamed to');
SELECT dbeng.disable_soft_delete('soft.ancient', true);
SELECT is((SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'soft.ancient'::regclass AND attnum > 0 AND NOT attisdropped), 'id gone', 'the column stays');

-- A constraint that is named by ON CONFLICT.
CREATE TABLE soft.named (id int PRIMARY KEY, code text CONSTRAINT named_code UNIQUE);
CREATE FUNCTION soft.upsert() RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO soft.named VALUES (1) ON CONFLICT ON CONSTRAINT named_code DO NOTHING; END';
SELECT pg_temp.refused($$SELECT dbeng.enable_soft_delete('soft.named')$$, '55000', 'ON CONFLICT ON CONSTRAINT by function soft.upsert');
SELECT lives_ok($$SELECT dbeng.enable_soft_delete('soft.named', unique_live => true)$$, 'unless told');

-- Purging.
CREATE TABLE soft.box (id int PRIMARY KEY);
CREATE TABLE soft.thing (id int PRIMARY KEY, box_id int REFERENCES soft.box, name text);
CREATE TABLE soft.part (id int PRIMARY KEY, thing_id int REFERENCES soft.thing ON DELETE CASCADE);
INSERT INTO soft.box SELECT generate_series(1, 20);
INSERT INTO soft.thing SELECT i, i, 'n' FROM generate_series(1, 20) i;
INSERT INTO soft.part SELECT i, i FROM generate_series(1, 20) i;
SELECT dbeng.enable_soft_delete('soft.box'), dbeng.enable_soft_delete('soft.thing');
DELETE FROM soft.thing WHERE id <= 12;
UPDATE soft.box SET deleted_at = now() - interval '1 year' WHERE id <= 5;
SELECT is(dbeng.purge('soft.thing', '1 day'), 0::bigint, 'what is young stays');
SELECT is(dbeng.purge('soft.thing', '-1 s'), 12::bigint, 'at first it is only counted');
SELECT is((SELECT count(*) FROM soft.thing), 20::bigint, 'nothing is gone');
SELECT throws_ok($$SELECT dbeng.purge('soft.box', '1 day', dry_run => false)$$, '23503', NULL, 'not before what refers to it');
CREATE TABLE soft.archive (LIKE soft.thing);
CREATE TABLE soft.parts (LIKE soft.part);
CREATE TABLE soft.narrow (id int);
SELECT pg_temp.refused($$SELECT dbeng.purge('soft.thing', '-1 s', 'soft.narrow')$$, '42703', 'lacks columns: box_id, name');
SELECT pg_temp.refused($$SELECT dbeng.purge('soft.thing', '-1 s', 'soft.archive', dry_run => false)$$, '55000', 'without being archived');
SELECT is(dbeng.purge('soft.part', '-1 s', 'soft.parts', 5, false), 12::bigint, 'in batches, into an archive');
SELECT is((SELECT count(*) FROM soft.parts), 12::bigint, 'where they are');
SELECT is(dbeng.purge('soft.thing', '-1 s', 'soft.archive', dry_run => false), 12::bigint, 'and those they referred to');
SELECT is((SELECT count(*) FROM soft.thing), 8::bigint, 'live ones stay');
SELECT is(dbeng.purge('soft.box', '1 day', dry_run => false), 5::bigint, 'then what these referred to');
SELECT is_empty($$SELECT FROM dbeng.deletions WHERE relation IN ('soft.box'::regclass, 'soft.thing'::regclass)$$, 'and what was on record of it');
SELECT pg_temp.refused($$SELECT dbeng.purge('soft.box', '0', batch_rows => 0)$$, '22023', 'at least 1');

-- Triggers of somebody else's making.
CREATE TABLE soft.mine (id int PRIMARY KEY, a text, b text, c timestamptz, d bigint);
INSERT INTO soft.mine VALUES (1), (2);
CREATE TRIGGER wrong BEFORE UPDATE OF a, b ON soft.mine FOR EACH ROW EXECUTE FUNCTION dbeng._soft_delete_row();
SELECT lives_ok('DELETE FROM soft.mine WHERE id = 1', 'a trigger on other columns keeps nothing');
SELECT pg_temp.refused('UPDATE soft.mine SET a = b', '39P01', 'none of a deletion');
CREATE OR REPLACE TRIGGER wrong AFTER UPDATE ON soft.mine FOR EACH ROW EXECUTE FUNCTION dbeng._soft_delete_after();
SELECT pg_temp.refused('UPDATE soft.mine SET a = b', '39P01', 'none of a deletion');
CREATE OR REPLACE TRIGGER wrong AFTER UPDATE ON soft.mine FOR EACH STATEMENT EXECUTE FUNCTION dbeng._soft_delete_guard();
SELECT pg_temp.refused('UPDATE soft.mine SET a = b', '39P01', 'no function for this');
CREATE OR REPLACE TRIGGER wrong AFTER UPDATE OF c, d ON soft.mine FOR EACH ROW EXECUTE FUNCTION dbeng._soft_delete_row();
SELECT pg_temp.refused('UPDATE soft.mine SET c = now()', '39P01', 'no function for this');
SELECT throws_ok('SELECT dbeng._soft_delete_truncate()', '39P01', NULL, 'they are no functions to be called');

-- Read-only.
RESET ROLE;
SET transaction_read_only = on;
SELECT throws_ok($$SELECT dbeng.enable_soft_delete('soft.base')$$, '25006', NULL, 'read-only: enable');
SELECT throws_ok($$SELECT dbeng.restore(1)$$, '25006', NULL, 'read-only: restore');
SELECT finish();
ROLLBACK;
