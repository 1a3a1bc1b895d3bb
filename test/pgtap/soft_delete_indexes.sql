-- Indexes of live rows only: which ones, that they serve, and that they become what they were.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

CREATE ROLE fx_owner;
CREATE SCHEMA live AUTHORIZATION fx_owner;
SET ROLE fx_owner;
SET search_path = live, public;
-- The plan's nodes and the indexes they use.
CREATE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json, COSTS off) ' || statement INTO plan;
	RETURN (SELECT string_agg(m[1], ' ') FROM regexp_matches(plan::text, '"(?:Node Type|Index Name)": "([^"]+)"', 'g') m);
END $$;
CREATE FUNCTION pg_temp.looks(of regclass) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n',
		(SELECT string_agg(concat_ws(' ', pg_get_indexdef(indexrelid), indisclustered, obj_description(indexrelid, 'pg_class'), reltablespace,
				(SELECT string_agg(attnum || ':' || attstattarget, ' ') FROM pg_attribute WHERE attrelid = indexrelid AND attstattarget >= 0)), E'\n' ORDER BY relname)
			FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = of),
		(SELECT string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')), E'\n' ORDER BY conname) FROM pg_constraint WHERE conrelid = of))
$$;
CREATE FUNCTION pg_temp.live_ones(of regclass) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
	WHERE indrelid = of AND pg_get_expr(indpred, indrelid) ~ '\(deleted_at IS NULL\)'
$$;

CREATE TABLE place (id int PRIMARY KEY);
CREATE TABLE "It em" (id int PRIMARY KEY, code text CONSTRAINT "Code once" UNIQUE, name text, kind int, at int, tags text[], box int4range,
	place_id int REFERENCES place ON DELETE CASCADE, second_place int REFERENCES place ON DELETE SET NULL);
CREATE INDEX "By name" ON "It em" (lower(name) DESC NULLS LAST, kind) INCLUDE (at) WITH (fillfactor = 80) WHERE kind > 0 AND at > 0;
CREATE INDEX by_lower ON "It em" ((lower(name)), ("left"(name, 3)));
ALTER INDEX by_lower ALTER COLUMN 2 SET STATISTICS 500;
COMMENT ON INDEX by_lower IS 'an index';
CREATE INDEX by_kind ON "It em" (kind);
CREATE INDEX by_tags ON "It em" USING gin (tags);
CREATE INDEX by_box ON "It em" USING gist (box);
CREATE INDEX by_at ON "It em" USING brin (at) WITH (pages_per_range = 4);
CREATE INDEX by_hash ON "It em" USING hash (name);
CREATE INDEX by_place ON "It em" (place_id);
CREATE INDEX by_place_and_kind ON "It em" (place_id, kind);
CREATE INDEX by_second ON "It em" (second_place) WHERE second_place IS NOT NULL;
CREATE INDEX by_some ON "It em" (second_place) WHERE kind = 3;
CREATE INDEX clustering ON "It em" (at);
ALTER TABLE "It em" CLUSTER ON clustering;
CREATE TABLE item_part (id int PRIMARY KEY, item_id int REFERENCES "It em" ON DELETE CASCADE, n int);
CREATE INDEX part_item ON item_part (item_id);
CREATE INDEX part_n ON item_part (n);
CREATE TEMP TABLE before AS SELECT pg_temp.looks('"It em"') AS item, pg_temp.looks('item_part') AS part;
INSERT INTO place SELECT generate_series(1, 50);
INSERT INTO "It em" SELECT i, 'c' || i, 'n' || i, i % 400, i, ARRAY['t' || i % 500], int4range(i, i + 2), i % 50 + 1, i % 50 + 1 FROM generate_series(1, 4000) i;
INSERT INTO item_part SELECT i, i % 2000 + 1, i % 1000 FROM generate_series(1, 4000) i;

-- By default other indexes are left alone.
SELECT dbeng.enable_soft_delete('"It em"');
SELECT is(pg_temp.live_ones('"It em"'), 'Code once', 'unique ones alone');
SELECT lives_ok($$SELECT dbeng.enable_soft_delete('"It em"', live_indexes => true)$$, 'asked for later');
SELECT is(pg_temp.live_ones('"It em"'), 'By name Code once by_at by_box by_hash by_kind by_lower by_some by_tags', 'the others, but for those that have to know all rows');
SELECT lives_ok($$SELECT dbeng.enable_soft_delete('"It em"', live_indexes => true)$$, 'asked for again');
RESET ROLE;
SELECT is(jsonb_array_length(live_indexes), 9, 'nothing is done twice') FROM dbeng.soft_delete WHERE relation = '"It em"'::regclass;
SET ROLE fx_owner;
SELECT is(pg_temp.live_ones('item_part'), NULL, 'what is asked of a table that keeps its rows is asked of that one');
SELECT dbeng.disable_soft_delete('"It em"'), dbeng.disable_soft_delete('item_part');
SELECT is(pg_temp.looks('"It em"'), (SELECT item FROM before), 'back to the letter');

SELECT lives_ok($$SELECT dbeng.enable_soft_delete('"It em"', live_indexes => true)$$, 'asked for at once');
SELECT is(pg_temp.live_ones('item_part'), 'part_n', 'then tables that go along are so, too');
SELECT is(pg_get_indexdef('"By name"'::regclass), 'CREATE INDEX "By name" ON live."It em" USING btree (lower(name) DESC NULLS LAST, kind) INCLUDE (at) WITH (fillfactor=''80'') WHERE ((kind > 0) AND (at > 0) AND (deleted_at IS NULL))', 'with all it has');
SELECT ok((SELECT indisclustered FROM pg_index WHERE indexrelid = 'clustering'::regclass), 'the table stays clustered by its index');
SELECT is(obj_description('by_lower'::regclass), 'an index', 'comments stay');

-- They serve.
ANALYZE "It em"; ANALYZE item_part; ANALYZE place;
SELECT matches(pg_temp.plan('SELECT * FROM "It em_live" WHERE lower(name) = ''n7'''), 'by_lower', 'the view of live rows');
SELECT matches(pg_temp.plan('SELECT * FROM "It em_live" WHERE tags @> ''{t7}'''), 'by_tags', 'GIN');
SELECT matches(pg_temp.plan('SELECT * FROM "It em" WHERE box && int4range(7, 8) AND deleted_at IS NULL'), 'by_box', 'GiST, said by hand');
SELECT unalike(pg_temp.plan('SELECT * FROM "It em" WHERE lower(name) = ''n7'''), '%by_lower%', 'not those who ask for all rows');
SELECT matches(pg_temp.plan('DELETE FROM "It em" WHERE lower(name) = ''n7'''), 'by_lower', 'DELETE');
SELECT is(pg_temp.plan('DELETE FROM "It em_live" WHERE code = ''c7'''), 'ModifyTable Result Index Scan Code once', 'by a unique key, through the view');
SELECT matches(pg_temp.plan('UPDATE "It em_live" SET at = 1 WHERE kind = 7'), 'by_kind', 'UPDATE through the view');
SELECT matches(pg_temp.plan('DELETE FROM "It em" WHERE place_id = 7'), 'by_place', 'children by their parent');
SELECT matches(pg_temp.plan('UPDATE ONLY "It em" AS c SET deleted_at = now(), deletion_id = 1 FROM (VALUES (7)) k(id) WHERE k.id = c.place_id AND c.deleted_at IS NULL'), 'by_place', 'and a cascade');

-- Deleted, restored, purged.
DELETE FROM place WHERE id = 3;
SELECT is((SELECT count(*) FROM "It em"), 3920::bigint, 'a parent that does not keep its rows takes them along');
DELETE FROM "It em" WHERE kind = 20;
SELECT is((SELECT array[count(*), count(*) FILTER (WHERE deleted_at IS NULL)] FROM item_part WHERE item_id % 400 = 20), '{10,0}'::bigint[], 'children go along');
SELECT is((SELECT count(*) FROM "It em_live" WHERE kind = 20), 0::bigint, 'not in the view');
SELECT is(dbeng.restore('"It em"', '{"id": 420}'), 3::bigint, 'restored');
SELECT is((SELECT count(*) FROM "It em_live" WHERE kind = 20), 1::bigint, 'in the view');
SELECT is((SELECT count(*) FROM item_part_live WHERE item_id = 420), 2::bigint, 'with its children');
SELECT is(dbeng.purge('"It em"', '-1 s', dry_run => false), 9::bigint, 'purged');
SELECT is((SELECT count(*) FROM item_part WHERE item_id % 400 = 20), 2::bigint, 'with their children');
INSERT INTO "It em" (id, code, name) VALUES (9001, 'c1', 'x') ON CONFLICT (code) DO UPDATE SET name = excluded.name;
SELECT is((SELECT name FROM "It em" WHERE id = 1), 'x', 'ON CONFLICT');
CREATE UNIQUE INDEX named ON "It em" (at) WHERE kind > 1000;
SELECT dbeng.enable_soft_delete('"It em"', unique_live => true);
SELECT is(pg_get_expr(indpred, indrelid), '((kind > 1000) AND (deleted_at IS NULL))', 'a unique index that has come since') FROM pg_index WHERE indexrelid = 'named'::regclass;
INSERT INTO "It em" (id, at, kind) VALUES (9002, 1, 1001);
INSERT INTO "It em" (id, at, kind) VALUES (9003, 1, 1001) ON CONFLICT (at) WHERE kind > 1000 DO NOTHING;
SELECT is((SELECT count(*) FROM "It em" WHERE id > 9001), 1::bigint, 'ON CONFLICT with the condition that the index had');
DROP INDEX named;

-- Whatever happens to them meanwhile.
ALTER TABLE "It em" RENAME name TO "Na me";
ALTER TABLE "It em" RENAME code TO code2;
ALTER TABLE "It em" RENAME kind TO "Ki(nd IS NULL)";
DROP INDEX by_hash;
ALTER TABLE "It em" RENAME TO thing;
SELECT lives_ok($$SELECT dbeng.disable_soft_delete('thing', true), dbeng.disable_soft_delete('item_part', true)$$, 'off again');
ALTER TABLE thing RENAME TO "It em";
ALTER TABLE "It em" RENAME "Na me" TO name;
ALTER TABLE "It em" RENAME code2 TO code;
ALTER TABLE "It em" RENAME "Ki(nd IS NULL)" TO kind;
CREATE INDEX by_hash ON "It em" USING hash (name);
SELECT is(pg_temp.looks('"It em"'), (SELECT item FROM before), 'to the letter, with names as they are by then');
SELECT is(pg_temp.looks('item_part'), (SELECT part FROM before), 'what went along, too');

-- A column that is there already, and indexes that speak of it.
CREATE TABLE old (id int PRIMARY KEY, email text, a int, deleted_at timestamptz, UNIQUE (a, deleted_at));
CREATE UNIQUE INDEX old_email ON old (email) WHERE deleted_at IS NULL;
CREATE INDEX old_a ON old (a) WHERE a > 0 AND deleted_at IS NULL;
CREATE INDEX old_deleted ON old (deleted_at);
CREATE INDEX old_gone ON old (a) WHERE deleted_at IS NOT NULL;
UPDATE before SET item = pg_temp.looks('old');
SELECT dbeng.enable_soft_delete('old', live_indexes => true);
RESET ROLE;
SELECT is((SELECT string_agg(e->>'name', ' ') FROM dbeng.soft_delete, jsonb_array_elements(live_indexes) e WHERE relation = 'old'::regclass), 'old_a_deleted_at_key', 'what is of live or deleted rows already stays so');
SET ROLE fx_owner;
INSERT INTO old (id, email, a) VALUES (1, 'e', 1);
DELETE FROM old WHERE a = 1;
INSERT INTO old (id, email, a) VALUES (2, 'e', 1) ON CONFLICT (email) DO NOTHING;
DELETE FROM old WHERE a = 1;
SELECT is((SELECT count(*) FROM old WHERE deleted_at = now()), 2::bigint, 'deleted twice at the same time, under the same key');
DELETE FROM old;
SELECT dbeng.disable_soft_delete('old', false);
SELECT is(pg_temp.looks('old'), (SELECT item FROM before), 'and is what it was');

-- A partitioned table.
CREATE TABLE parted (id int, at int, note text, PRIMARY KEY (id, at), UNIQUE (note, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
CREATE INDEX parted_note ON parted (note) WITH (fillfactor = 90);
CREATE INDEX own_note ON parted_2 (note DESC);
UPDATE before SET item = pg_temp.looks('parted'), part = pg_temp.looks('parted_2');
INSERT INTO parted SELECT i, i % 20, 'n' || i % 7 || i FROM generate_series(1, 100) i;
SELECT dbeng.enable_soft_delete('parted', live_indexes => true);
SELECT is(pg_temp.live_ones('parted'), 'parted_note parted_note_at_key', 'a partitioned table');
SELECT is(pg_temp.live_ones('parted_2'), 'parted_2_note_at_key parted_2_note_idx', 'and its partitions, but for what they have of their own');
DELETE FROM parted WHERE note = 'n55';
SELECT is((SELECT count(*) FROM parted_live), 99::bigint, 'deletes');
SELECT dbeng.disable_soft_delete('parted', true);
SELECT is(pg_temp.looks('parted'), (SELECT item FROM before), 'is what it was');
SELECT is(pg_temp.looks('parted_2'), (SELECT part FROM before), 'so are its partitions');

SELECT finish();
ROLLBACK;
