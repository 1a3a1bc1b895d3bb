-- Tables that keep their deleted rows, whatever statement deletes: the count, RETURNING, who may, and what else runs.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

\ir common/calls.sql

CREATE ROLE fx_owner;
CREATE ROLE fx_clerk;
CREATE SCHEMA "My Shop" AUTHORIZATION fx_owner;
GRANT USAGE ON SCHEMA "My Shop" TO PUBLIC;
SET ROLE fx_owner;
SET search_path = "My Shop", public;
CREATE TABLE "Order s" ("Id" int PRIMARY KEY, "E mail" text UNIQUE, gone int, n int NOT NULL DEFAULT 0);
ALTER TABLE "Order s" DROP gone;
INSERT INTO "Order s" SELECT i, 'e' || i FROM generate_series(1, 20) i;
SELECT dbeng.enable_soft_delete('"Order s"');
CREATE TABLE other (id int);
INSERT INTO other SELECT generate_series(1, 20);

SELECT is(pg_temp.touched('DELETE FROM "Order s" WHERE "Id" IN (1, 2)'), 2::bigint, 'a DELETE says how many rows');
SELECT is(pg_temp.touched('DELETE FROM "Order s" WHERE "Id" IN (1, 2, 3)'), 1::bigint, 'what is deleted already does not count');
SELECT is((SELECT count(*) FROM "Order s" WHERE deleted_at = now() AND deletion_id IS NOT NULL), 3::bigint, 'they are kept');
SELECT results_eq('DELETE FROM "Order s" WHERE "Id" = 4 RETURNING "Id", "E mail"', $$VALUES (4, 'e4')$$, 'RETURNING');
SELECT results_eq('WITH d AS (DELETE FROM "Order s" WHERE "Id" = 5 RETURNING *) SELECT "Id", n FROM d', 'VALUES (5, 0)', 'in a WITH');
SELECT is(pg_temp.touched('WITH d AS (DELETE FROM "Order s" WHERE "Id" = 6) SELECT 1 WHERE false'), 0::bigint, 'which is not what the statement counts');
SELECT results_eq('DELETE FROM "Order s" o USING other WHERE other.id = o."Id" AND other.id = 7 RETURNING other.id, o.n, other', $$SELECT 7, 0, other FROM other WHERE id = 7$$, 'USING');
SELECT is(pg_temp.touched('DELETE FROM "Order s" a USING "Order s" b WHERE a."Id" = b."Id" AND b."Id" = 8'), 1::bigint, 'a join with itself');
SELECT is(pg_temp.touched('DELETE FROM "Order s" WHERE "Id" = (SELECT max(id) - 11 FROM other)'), 1::bigint, 'a subquery');
SELECT is(pg_temp.touched('DELETE FROM "Order s_live" WHERE "Id" = 10'), 1::bigint, 'through the view of live rows');
PREPARE deletion AS DELETE FROM "Order s" WHERE "Id" = $1 RETURNING "Id";
EXECUTE deletion(0); EXECUTE deletion(0); EXECUTE deletion(0); EXECUTE deletion(0); EXECUTE deletion(0); EXECUTE deletion(0);
SELECT results_eq('EXECUTE deletion(11)', 'VALUES (11)', 'a prepared statement with a plan for all values');
DECLARE rows CURSOR FOR SELECT * FROM "Order s" WHERE "Id" = 12 FOR UPDATE;
MOVE rows;
DELETE FROM "Order s" WHERE CURRENT OF rows;
CLOSE rows;
SELECT isnt((SELECT deleted_at FROM "Order s" WHERE "Id" = 12), NULL, 'WHERE CURRENT OF');
MERGE INTO "Order s" o USING other ON other.id = o."Id" AND other.id IN (13, 14) WHEN MATCHED AND other.id = 13 THEN DELETE WHEN MATCHED THEN UPDATE SET n = 9;
SELECT results_eq('SELECT "Id", n, deleted_at IS NULL FROM "Order s" WHERE "Id" IN (13, 14) ORDER BY 1', 'VALUES (13, 0, false), (14, 9, true)', 'MERGE');
SELECT is(pg_temp.touched('MERGE INTO "Order s" o USING other ON other.id = o."Id" AND other.id < 16 WHEN MATCHED THEN DELETE'), 2::bigint, 'MERGE counts those that were live');
SELECT is(pg_temp.touched('UPDATE "Order s" SET deleted_at = now() WHERE "Id" = 16'), 1::bigint, 'setting the column is deleting');
SELECT isnt((SELECT deletion_id FROM "Order s" WHERE "Id" = 16), NULL, 'and is numbered');
SELECT is((SELECT count(*) FROM "Order s_live"), 4::bigint, 'the view has the live ones');
INSERT INTO "Order s_live" VALUES (30, 'e30', 1);
UPDATE "Order s_live" SET n = 2 WHERE "Id" = 30;
SELECT is((SELECT n FROM "Order s" WHERE "Id" = 30), 2, 'and writes them');
SELECT is((SELECT reloptions FROM pg_class WHERE oid = '"Order s_live"'::regclass), '{security_invoker=true}', 'as who uses it');

-- What is deleted is not changed by hand.
SELECT pg_temp.refused('UPDATE "Order s" SET deleted_at = NULL WHERE "Id" = 1', '55000', 'may have taken more');
SELECT pg_temp.refused($$UPDATE "Order s" SET deleted_at = '2000-01-01' WHERE "Id" = 1$$, '55000', 'deleted already');
SELECT pg_temp.refused('UPDATE "Order s" SET deletion_id = 7 WHERE "Id" = 17', '55000', 'not deleted');
SELECT pg_temp.refused('UPDATE "Order s" SET deleted_at = now(), deletion_id = 7 WHERE "Id" = 17', '55000', 'dbeng''s to give');
SELECT is(pg_temp.touched('UPDATE "Order s" SET n = 3, deleted_at = deleted_at WHERE "Id" = 1'), 1::bigint, 'other columns are');
SELECT pg_temp.refused('TRUNCATE "Order s"', '55000', 'keeps its deleted rows');

-- Unique among the live.
SELECT lives_ok($$INSERT INTO "Order s" VALUES (31, 'e1')$$, 'a deleted row''s key is free');
SELECT throws_ok($$INSERT INTO "Order s" VALUES (32, 'e1')$$, '23505', NULL, 'a live one''s is not');
SELECT is(pg_temp.touched($$INSERT INTO "Order s" VALUES (33, 'e1') ON CONFLICT ("E mail") DO UPDATE SET n = 77$$), 1::bigint, 'ON CONFLICT of its column finds the live row');
SELECT results_eq($$SELECT "Id", n FROM "Order s_live" WHERE "E mail" = 'e1'$$, 'VALUES (31, 77)', 'and changes it');
SELECT is(pg_temp.touched($$INSERT INTO "Order s" VALUES (31, 'e99') ON CONFLICT ("Id") DO NOTHING$$), 0::bigint, 'so does that of the primary key');

-- Who may delete need not be allowed to update; policies are those of DELETE.
GRANT SELECT, DELETE ON "Order s" TO fx_clerk;
RESET ROLE;
SET ROLE fx_clerk;
SELECT is(pg_temp.touched('DELETE FROM "My Shop"."Order s" WHERE "Id" = 17'), 1::bigint, 'the right to DELETE is enough');
SELECT throws_ok('UPDATE "My Shop"."Order s" SET n = 1', '42501', NULL, 'and is no right to UPDATE');
SELECT throws_ok('UPDATE "My Shop"."Order s" SET deleted_at = now()', '42501', NULL, 'not of that column either');
SELECT pg_temp.refused('SET LOCAL dbeng.hard_delete = on; DELETE FROM "My Shop"."Order s" WHERE "Id" = 18', '42501', 'must be owner');
RESET dbeng.hard_delete;
SELECT pg_temp.refused('SELECT dbeng.restore(''"My Shop"."Order s"'', ''{"Id": 1}'')', '42501', 'must be owner');
SELECT pg_temp.refused('SELECT dbeng.purge(''"My Shop"."Order s"'', ''0'')', '42501', 'must be owner');
SELECT pg_temp.refused('SELECT dbeng.disable_soft_delete(''"My Shop"."Order s"'')', '42501', 'must be owner');
SELECT throws_ok('TABLE dbeng.deletion', '42501', NULL, 'what is behind dbeng.deletions is nobody''s');
SELECT isnt((SELECT count(*) FROM dbeng.deletions), 0::bigint, 'who may read the table sees its deletions');
RESET ROLE;
REVOKE ALL ON "Order s" FROM fx_clerk;
SET ROLE fx_clerk;
SELECT is_empty('TABLE dbeng.deletions', 'who may not does not');
RESET ROLE;
SET ROLE fx_owner;
SELECT throws_ok('DELETE FROM "Order s_live" WHERE 1 / n = 5', '22012', NULL, 'errors are errors');
GRANT SELECT, DELETE ON "Order s" TO fx_clerk;
ALTER TABLE "Order s" ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON "Order s" FOR SELECT USING (deleted_at IS NULL);
CREATE POLICY deleted ON "Order s" FOR DELETE USING ("Id" = 18);
RESET ROLE;
SET ROLE fx_clerk;
SELECT is(pg_temp.touched('DELETE FROM "My Shop"."Order s"'), 1::bigint, 'policies of DELETE say which rows; that of SELECT does not stand in the way');
RESET ROLE;
SET ROLE fx_owner;
ALTER TABLE "Order s" DISABLE ROW LEVEL SECURITY;

-- For good, by its owner.
SET dbeng.hard_delete = on;
SELECT is(pg_temp.touched('DELETE FROM "Order s" WHERE "Id" = 19'), 1::bigint, 'the owner deletes for good');
EXECUTE deletion(20);
RESET dbeng.hard_delete;
SELECT is_empty('SELECT FROM "Order s" WHERE "Id" IN (19, 20)', 'also by a plan made before');
INSERT INTO "Order s" VALUES (40, 'e40');
EXECUTE deletion(40);
SELECT isnt((SELECT deleted_at FROM "Order s" WHERE "Id" = 40), NULL, 'and not by one that was made meanwhile');

-- What is dumped and loaded under replication is not touched.
RESET ROLE;
INSERT INTO "Order s" VALUES (41, 'e41');
SET session_replication_role = replica;
DELETE FROM "Order s" WHERE "Id" = 41;
RESET session_replication_role;
SELECT is_empty('SELECT FROM "Order s" WHERE "Id" = 41', 'no trigger, no keeping');

-- Triggers and columns of the user's own.
CREATE TABLE watched (id int PRIMARY KEY, at timestamptz, is_live boolean GENERATED ALWAYS AS (gone_at IS NULL) STORED, gone_at timestamptz);
INSERT INTO watched (id) SELECT generate_series(1, 6);
SELECT dbeng.enable_soft_delete('watched', 'gone_at', 'the living');
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.at := '2001-01-01'; IF NEW.id = 3 THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TABLE seen (what text);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO "My Shop".seen VALUES (TG_OP || ' ' || TG_WHEN || ' ' || TG_LEVEL); RETURN NULL; END $$;
CREATE TRIGGER see AFTER UPDATE OR DELETE ON watched FOR EACH STATEMENT EXECUTE FUNCTION see();
CREATE TRIGGER see_row AFTER UPDATE OF gone_at ON watched FOR EACH ROW EXECUTE FUNCTION see();
SELECT is(pg_temp.touched('DELETE FROM watched WHERE id IN (1, 3)'), 1::bigint, 'a trigger may keep a row from being deleted');
SELECT results_eq('SELECT id, at::date, is_live FROM watched WHERE gone_at IS NOT NULL', $$VALUES (1, date '2001-01-01', false)$$, 'triggers and generated columns work');
SELECT bag_eq('SELECT what FROM seen', $$VALUES ('UPDATE AFTER ROW'), ('UPDATE AFTER STATEMENT')$$, 'what fires are the triggers of UPDATE');
SELECT is((SELECT count(*) FROM "the living"), 5::bigint, 'names as told');

-- Within functions, and what is rolled back within.
CREATE FUNCTION try() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	found_id int;
BEGIN
	BEGIN
		DELETE FROM "My Shop".watched WHERE id = 4;
		RAISE 'no';
	EXCEPTION WHEN raise_exception THEN NULL;
	END;
	DELETE FROM "My Shop".watched WHERE id = 5 RETURNING id INTO found_id;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n || ' ' || found_id;
END $$;
SELECT is(try(), '1 5', 'in plpgsql');
SELECT is((SELECT gone_at FROM watched WHERE id = 4), NULL, 'what is rolled back is live');
CREATE FUNCTION by_sql(int) RETURNS int LANGUAGE sql AS 'DELETE FROM "My Shop".watched WHERE id = $1 RETURNING id';
SELECT is(by_sql(6), 6, 'in SQL');

-- Partitions.
CREATE TABLE parted (id int, at int, name text, UNIQUE (name, at), PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 (name text, dropped int, at int NOT NULL, id int NOT NULL);
ALTER TABLE parted_2 DROP dropped;
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (10) TO (20);
INSERT INTO parted SELECT i, i, 'n' || i FROM generate_series(0, 19) i;
SELECT dbeng.enable_soft_delete('parted');
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (20) TO (30);
INSERT INTO parted VALUES (25, 25, 'n25');
SELECT results_eq('WITH d AS (DELETE FROM parted WHERE id IN (1, 11, 25) RETURNING id, tableoid::regclass::text, name) SELECT * FROM d ORDER BY id',
	$$VALUES (1, 'parted_1', 'n1'), (11, 'parted_2', 'n11'), (25, 'parted_3', 'n25')$$, 'a partitioned table, columns in any order');
SELECT is((SELECT count(*) FROM parted WHERE deleted_at IS NOT NULL), 3::bigint, 'keeps its rows');
SELECT is(pg_temp.touched('DELETE FROM parted_2 WHERE id = 12'), 1::bigint, 'one partition');
SELECT is(pg_temp.touched('MERGE INTO parted p USING other o ON p.id = o.id AND o.id IN (3, 13) WHEN MATCHED THEN DELETE'), 2::bigint, 'MERGE on partitions');
SELECT is((SELECT count(*) FROM parted), 21::bigint, 'nothing is gone');
SELECT is(pg_temp.touched('UPDATE parted SET at = 15 WHERE id = 5'), 1::bigint, 'a row moves to another partition');
SELECT pg_temp.refused('TRUNCATE parted_1', '55000', 'keeps its deleted rows');
SELECT is(pg_temp.touched($$INSERT INTO parted VALUES (50, 1, 'n1') ON CONFLICT (name, at) DO NOTHING$$), 1::bigint, 'unique among the live of all partitions');
SELECT is((SELECT key FROM dbeng.deletions WHERE relation = 'parted'::regclass AND rows = 1 ORDER BY deletion_id DESC LIMIT 1), '{"at": 12, "id": 12}', 'a deletion is of the partitioned table');
SELECT is(dbeng.restore('parted', '{"at": 12, "id": 12}'), 1::bigint, 'and is restored by it');

-- Plans that were made before, and after.
CREATE TABLE late (id int PRIMARY KEY);
INSERT INTO late SELECT generate_series(1, 3);
PREPARE late AS DELETE FROM late WHERE id = $1;
EXECUTE late(0); EXECUTE late(0); EXECUTE late(0); EXECUTE late(0); EXECUTE late(0); EXECUTE late(0);
SELECT dbeng.enable_soft_delete('late');
EXECUTE late(1);
SELECT is((SELECT count(*) FROM late), 3::bigint, 'a plan made before it was enabled');
SELECT dbeng.disable_soft_delete('late', keep_deleted => true);
EXECUTE late(1);
SELECT is((SELECT count(*) FROM late), 2::bigint, 'one made before it was disabled');

-- What newer servers say of it: MERGE … RETURNING, rows before and after.
RESET ROLE;
SET ROLE fx_owner;
CREATE TABLE "My Shop".newer (id int PRIMARY KEY, n int);
INSERT INTO "My Shop".newer SELECT i, i FROM generate_series(1, 20) i;
SELECT dbeng.enable_soft_delete('"My Shop".newer');
SELECT current_setting('server_version_num')::int >= 170000 AS has_merge_action, current_setting('server_version_num')::int >= 180000 AS has_old_and_new \gset
\if :has_merge_action
SELECT results_eq($$WITH m AS (MERGE INTO "My Shop".newer t USING (VALUES (1), (2), (30)) s(id) ON t.id = s.id WHEN MATCHED AND s.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET n = 22 WHEN NOT MATCHED THEN INSERT VALUES (s.id, 3)
	RETURNING merge_action() AS done, t.id, n, deleted_at IS NOT NULL AS deleted) SELECT * FROM m ORDER BY id$$,
	$$VALUES ('UPDATE', 1, 1, true), ('UPDATE', 2, 22, false), ('INSERT', 30, 3, false)$$, 'MERGE … RETURNING gives the row as it is marked, and says UPDATE');
SELECT results_eq($$WITH m AS (MERGE INTO "My Shop".newer t USING (SELECT generate_series(3, 30) AS id) s ON t.id = s.id WHEN NOT MATCHED BY SOURCE AND t.deleted_at IS NULL THEN DELETE RETURNING t.id) SELECT id FROM m ORDER BY id$$,
	'VALUES (2)', 'BY SOURCE');
SELECT is((SELECT array_agg(id ORDER BY id) FROM "My Shop".newer WHERE deleted_at IS NOT NULL), '{1,2}', 'these are deleted, and kept');
SELECT is(dbeng.restore('"My Shop".newer', '{"id": 2}'), 1::bigint, 'and come back');
\endif
\if :has_old_and_new
SELECT results_eq($$DELETE FROM "My Shop".newer WHERE id = 3 RETURNING old.id, old.deleted_at IS NULL, new.id, new.deleted_at IS NOT NULL, n$$, 'VALUES (3, true, 3, true, 3)', 'OLD is the row that was live, NEW the one that is marked');
SELECT results_eq($$WITH d AS (DELETE FROM "My Shop".newer t USING (VALUES (4, 'x')) s(id, note) WHERE s.id = t.id RETURNING WITH (OLD AS o, NEW AS w) o.n, w.n AS marked, s.note, w.deletion_id IS NOT NULL AS numbered) SELECT * FROM d$$,
	$$VALUES (4, 4, 'x', true)$$, 'by other names, with USING');
SELECT results_eq($$WITH m AS (MERGE INTO "My Shop".newer t USING (VALUES (5)) s(id) ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING old.deleted_at IS NULL AS was_live, new.deleted_at IS NOT NULL AS marked) SELECT * FROM m$$, 'VALUES (true, true)', 'in MERGE');
\endif

SELECT finish();
ROLLBACK;
