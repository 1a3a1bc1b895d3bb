-- Paths of a hierarchy: right after every statement, whatever moved and in which order; circles refused; and the table as it was when they are gone.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
\ir common/calls.sql
CREATE FUNCTION pg_temp.shape(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n',
		(SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)), ', ' ORDER BY attnum)
			FROM pg_attribute a LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped),
		(SELECT string_agg(pg_get_triggerdef(oid), ', ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal),
		(SELECT string_agg(pg_get_indexdef(indexrelid), ', ' ORDER BY indexrelid) FROM pg_index WHERE indrelid = relation))
$$;
CREATE FUNCTION pg_temp.paths(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('SELECT string_agg(array_to_string(path, ''>''), '' '' ORDER BY path) FROM %s', relation) INTO found;
	RETURN found;
END $$;

CREATE SCHEMA shop;
CREATE TABLE shop.categories (id bigint PRIMARY KEY, parent_id bigint REFERENCES shop.categories ON UPDATE CASCADE ON DELETE SET NULL, name text);
INSERT INTO shop.categories VALUES (1, NULL), (2, 1), (3, 2), (4, 2), (5, NULL), (6, 5);
CREATE TEMP TABLE before AS SELECT pg_temp.shape('shop.categories') AS shape;
SELECT lives_ok($$SELECT dbeng.enable_path('shop.categories', 'parent_id')$$, 'enabled');
SELECT col_type_is('shop', 'categories', 'path', 'bigint[]', 'a path');
SELECT col_not_null('shop', 'categories', 'path', 'that is never NULL');
SELECT is(pg_temp.paths('shop.categories'), '1 1>2 1>2>3 1>2>4 5 5>6', 'rows that were there have theirs');
SELECT is(array_agg(p::text), '{"(shop.categories,id,parent_id,path,on)"}', 'path_tables') FROM dbeng.path_tables p;
SELECT set_eq($$SELECT indexdef COLLATE "default" FROM pg_indexes WHERE schemaname = 'shop'$$, $$VALUES ('CREATE UNIQUE INDEX categories_pkey ON shop.categories USING btree (id)'),
	('CREATE INDEX categories_parent_id_idx ON shop.categories USING btree (parent_id)'), ('CREATE INDEX categories_path_idx ON shop.categories USING gin (path)')$$, 'indexes for both');

-- What comes and what moves.
WITH i AS (INSERT INTO shop.categories VALUES (7, 6) RETURNING path) SELECT is(path, '{5,6,7}', 'RETURNING tells it') FROM i;
INSERT INTO shop.categories VALUES (10, 9), (9, 8), (8, 7);
SELECT is(pg_temp.paths('shop.categories'), '1 1>2 1>2>3 1>2>4 5 5>6 5>6>7 5>6>7>8 5>6>7>8>9 5>6>7>8>9>10', 'children before their parents in one statement');
WITH u AS (UPDATE shop.categories SET parent_id = 4 WHERE id = 7 RETURNING path) SELECT is(path, '{1,2,4,7}', 'a move tells it, too') FROM u;
SELECT is(pg_temp.paths('shop.categories'), '1 1>2 1>2>3 1>2>4 1>2>4>7 1>2>4>7>8 1>2>4>7>8>9 1>2>4>7>8>9>10 5 5>6', 'a move takes along what is below');
UPDATE shop.categories SET parent_id = NULL WHERE id = 2;
SELECT is(pg_temp.paths('shop.categories'), '1 2 2>3 2>4 2>4>7 2>4>7>8 2>4>7>8>9 2>4>7>8>9>10 5 5>6', 'a row becomes a root');
UPDATE shop.categories SET parent_id = CASE id WHEN 8 THEN NULL WHEN 7 THEN 8 WHEN 9 THEN 7 WHEN 2 THEN 9 END WHERE id IN (7, 8, 9, 2);
SELECT is(pg_temp.paths('shop.categories'), '1 5 5>6 8 8>7 8>7>9 8>7>9>2 8>7>9>2>3 8>7>9>2>4 8>7>9>10', 'a chain is turned round by one statement');
UPDATE shop.categories SET id = 70 WHERE id = 7;
SELECT is(pg_temp.paths('shop.categories'), '1 5 5>6 8 8>70 8>70>9 8>70>9>2 8>70>9>2>3 8>70>9>2>4 8>70>9>10', 'a key changes');
DELETE FROM shop.categories WHERE id = 9;
SELECT is(pg_temp.paths('shop.categories'), '1 2 2>3 2>4 5 5>6 8 8>70 10', 'a parent is deleted, and its children are set free');
UPDATE shop.categories SET path = '{1,2,3}' WHERE id IN (3, 6);
SELECT is(pg_temp.paths('shop.categories'), '1 2 2>3 2>4 5 5>6 8 8>70 10', 'a path cannot be given');
WITH i AS (INSERT INTO shop.categories (id, parent_id, path) VALUES (11, 3, '{9}') RETURNING path) SELECT is(path, '{2,3,11}', 'nor with a new row') FROM i;
INSERT INTO shop.categories (id, parent_id) VALUES (11, 5) ON CONFLICT (id) DO UPDATE SET parent_id = EXCLUDED.parent_id;
MERGE INTO shop.categories c USING (VALUES (10, 11::bigint)) v(id, parent_id) ON c.id = v.id WHEN MATCHED THEN UPDATE SET parent_id = v.parent_id WHEN NOT MATCHED THEN INSERT VALUES (1);
SELECT is(pg_temp.paths('shop.categories'), '1 2 2>3 2>4 5 5>6 5>11 5>11>10 8 8>70', 'ON CONFLICT and MERGE');

-- Circles.
SELECT is(code || ' ' || message, '23514 a row of shop.categories would be its own ancestor', 'below what is below it') FROM pg_temp.failure('UPDATE shop.categories SET parent_id = 10 WHERE id = 5');
SELECT is(detail, 'The circle: 5 > 11 > 10 > 5.', 'the circle is told') FROM pg_temp.failure('UPDATE shop.categories SET parent_id = 10 WHERE id = 5');
SELECT is(code || ' ' || detail, '23514 The circle: 5 > 5.', 'below itself') FROM pg_temp.failure('UPDATE shop.categories SET parent_id = 5 WHERE id = 5');
SELECT is(code || ' ' || detail, '23514 The circle: 20 > 20.', 'from the first') FROM pg_temp.failure('INSERT INTO shop.categories VALUES (20, 20)');
SELECT is(code || ' ' || detail, '23514 The circle: 20 > 21 > 20.', 'two that come together') FROM pg_temp.failure('INSERT INTO shop.categories VALUES (20, 21), (21, 20)');
SELECT is(code, '23503', 'a parent that is not there is the foreign key''s') FROM pg_temp.failure('INSERT INTO shop.categories VALUES (20, 999)');
SELECT is(pg_temp.paths('shop.categories'), '1 2 2>3 2>4 5 5>6 5>11 5>11>10 8 8>70', 'nothing of it was done');

-- Who writes need not be able to read.
CREATE ROLE path_clerk;
GRANT USAGE ON SCHEMA shop TO path_clerk;
GRANT INSERT, UPDATE (parent_id), SELECT (id) ON shop.categories TO path_clerk;
SET LOCAL ROLE path_clerk;
INSERT INTO shop.categories VALUES (30, 10);
UPDATE shop.categories SET parent_id = 4 WHERE id = 11;
SELECT is(detail, 'It is above the row that it is to be below.', 'and is not told what he may not read') FROM pg_temp.failure('UPDATE shop.categories SET parent_id = 30 WHERE id = 2');
RESET ROLE;
SELECT is(pg_temp.paths('shop.categories'), '1 2 2>3 2>4 2>4>11 2>4>11>10 2>4>11>10>30 5 5>6 8 8>70', 'a clerk');

-- Any series of statements.
CREATE TABLE shop.nodes ("The Id" int PRIMARY KEY, gone int, above int CONSTRAINT up REFERENCES shop.nodes DEFERRABLE INITIALLY DEFERRED, "Path" int[], other text);
ALTER TABLE shop.nodes DROP COLUMN gone;
CREATE INDEX ON shop.nodes (above) WHERE above IS NOT NULL;
SELECT dbeng.enable_path('shop.nodes', 'above', 'Path');
SELECT is((SELECT count(*) FROM pg_indexes WHERE tablename = 'nodes'), 3::bigint, 'an index that is there will do');
SELECT setseed(0.5);
CREATE TEMP TABLE happened (what text);
DO $$
DECLARE
	statement text;
	a int;
	b int;
	circles text[];
BEGIN
	FOR i IN 1 .. 700 LOOP
		a := 1 + (random() * 25)::int;
		b := 1 + (random() * 25)::int;
		statement := CASE (random() * 16)::int
			WHEN 0 THEN format('INSERT INTO shop.nodes ("The Id", above) VALUES (%s, %s), (%s, NULL) ON CONFLICT DO NOTHING', a, b, b)
			WHEN 1 THEN format('INSERT INTO shop.nodes ("The Id", above) VALUES (%s, NULL) ON CONFLICT DO NOTHING', a)
			WHEN 2 THEN format('DELETE FROM shop.nodes n WHERE "The Id" = %s AND NOT EXISTS (SELECT FROM shop.nodes c WHERE c.above = n."The Id")', a)
			WHEN 3 THEN format('UPDATE shop.nodes SET above = CASE "The Id" WHEN %s THEN %s ELSE %s END WHERE "The Id" IN (%1$s, %2$s) AND EXISTS (SELECT FROM shop.nodes WHERE "The Id" = %3$s)', a, b, 1 + (random() * 25)::int)
			WHEN 4 THEN format('UPDATE shop.nodes SET above = NULL WHERE "The Id" %% 7 = %s', a % 7)
			WHEN 5 THEN format('UPDATE shop.nodes SET above = %s WHERE "The Id" %% 5 = %s AND "The Id" <> %1$s', b, a % 5)
			ELSE format('UPDATE shop.nodes SET above = %s, other = ''%s'' WHERE "The Id" = %s', b, i, a) END;
		BEGIN
			EXECUTE statement;
			SET CONSTRAINTS ALL IMMEDIATE;
			SET CONSTRAINTS ALL DEFERRED;
			INSERT INTO happened VALUES ('done');
		EXCEPTION
			WHEN foreign_key_violation THEN
				INSERT INTO happened VALUES ('no parent');
			WHEN check_violation THEN
				-- Was there one? Done once more, with nobody looking.
				BEGIN
					SET LOCAL dbeng.keep_paths = on;
					EXECUTE statement;
					circles := dbeng._path_circles('shop.nodes', 'The Id', 'above');
					RAISE SQLSTATE 'UX001';
				EXCEPTION WHEN SQLSTATE 'UX001' THEN
					INSERT INTO happened VALUES (CASE cardinality(circles) WHEN 0 THEN 'false alarm' ELSE 'circle' END);
				END;
		END;
		INSERT INTO happened SELECT 'wrong after ' || statement FROM dbeng.path_errors('shop.nodes');
	END LOOP;
END $$;
SELECT set_eq('SELECT DISTINCT what FROM happened', '{done,"no parent",circle}'::text[], 'every path right after each, and every refusal deserved');
SELECT cmp_ok(count(*), '>', 15::bigint, 'often enough: ' || what) FROM happened GROUP BY what;
SELECT cmp_ok(max(cardinality("Path")), '>', 3, 'and deep enough') FROM shop.nodes;

-- As given, and repaired.
SET LOCAL dbeng.keep_paths = on;
UPDATE shop.categories SET parent_id = 1 WHERE id = 2;
INSERT INTO shop.categories VALUES (40, 30, 'given', '{7}');
SET LOCAL dbeng.keep_paths = off;
SELECT results_eq($$SELECT key, path, expected FROM dbeng.path_errors('shop.categories') WHERE key::int IN (2, 3, 40)$$, $$VALUES ('2', '{2}', '{1,2}'), ('3', '{2,3}', '{1,2,3}'), ('40', '{7}', '{1,2,4,11,10,30,40}')$$, 'dbeng.keep_paths takes what is given');
SELECT is(dbeng.repair_path('shop.categories'), 7::bigint, 'repaired');
SELECT is_empty($$SELECT * FROM dbeng.path_errors('shop.categories')$$, 'nothing is wrong any more');
SELECT is(dbeng.repair_path('shop.categories'), 0::bigint, 'and nothing is written twice');
SET LOCAL dbeng.keep_paths = on;
UPDATE shop.categories SET parent_id = 40 WHERE id = 11;
SELECT is(code || ' ' || detail, '23514 Rows are in a circle: 10 > 30 > 40 > 11 > 10.', 'a circle cannot be repaired') FROM pg_temp.failure($$SELECT dbeng.repair_path('shop.categories')$$);
SELECT bag_eq($$SELECT key, expected FROM dbeng.path_errors('shop.categories')$$, $$VALUES ('10', NULL), ('11', NULL), ('30', NULL), ('40', NULL)$$, 'but is told');
SET LOCAL dbeng.keep_paths = off;
UPDATE shop.categories SET parent_id = NULL WHERE id = 11;
SELECT is_empty($$SELECT * FROM dbeng.path_errors('shop.categories')$$, 'a move out of it mends it');

-- What is asked of paths, by the index.
CREATE TABLE shop.places (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), within uuid REFERENCES shop.places, n int);
INSERT INTO shop.places (id, n) SELECT md5(i::text)::uuid, i FROM generate_series(1, 3000) i;
UPDATE shop.places SET within = md5((n / 4)::text)::uuid WHERE n > 3;
SELECT dbeng.enable_path('shop.places', 'within');
SELECT is_empty($$SELECT * FROM dbeng.path_errors('shop.places')$$, 'keys of another type');
ANALYZE shop.places;
SET LOCAL enable_seqscan = off;
CREATE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || statement LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;
SELECT matches(pg_temp.plan($$SELECT * FROM shop.places WHERE path @> ARRAY[md5('9')::uuid]$$), 'Bitmap Index Scan on places_path_idx', 'descendants are found by the index');
RESET enable_seqscan;
SELECT set_eq($$SELECT n FROM shop.places WHERE path @> ARRAY[md5('9')::uuid]$$, $$WITH RECURSIVE d(n) AS (SELECT 9 UNION ALL SELECT p.n FROM d JOIN shop.places p ON p.n / 4 = d.n AND p.n > 3) SELECT n FROM d$$, 'all of them');
SELECT results_eq($$SELECT a.n FROM shop.places p JOIN shop.places a ON a.id = ANY (p.path) WHERE p.n = 2750 ORDER BY cardinality(a.path)$$, 'VALUES (2), (10), (42), (171), (687), (2750)', 'ancestors');

-- With versions, tenants and triggers of others.
SELECT lives_ok($$SELECT dbeng.enable_versioning('shop.categories')$$, 'versions');
UPDATE shop.categories SET parent_id = 5 WHERE id = 2;
SELECT results_eq('SELECT id, version, path FROM shop.categories WHERE id IN (2, 3) ORDER BY id', $$VALUES (2::bigint, 2::bigint, '{5,2}'::bigint[]), (3, 2, '{5,2,3}')$$, 'a row whose path is moved has another version');
CREATE FUNCTION shop.hang() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.name = 'hang' THEN NEW.parent_id := 8; END IF; RETURN NEW; END$$;
CREATE TRIGGER hang BEFORE INSERT OR UPDATE ON shop.categories FOR EACH ROW EXECUTE FUNCTION shop.hang();
UPDATE shop.categories SET name = 'hang' WHERE id = 2;
SELECT is(path, '{8,2,3}', 'a trigger moves a row') FROM shop.categories WHERE id = 3;
DROP TRIGGER hang ON shop.categories;
SELECT dbeng.disable_versioning('shop.categories', drop_columns => true);
CREATE ROLE path_owner;
GRANT USAGE, CREATE ON SCHEMA shop TO path_owner;
GRANT USAGE ON SCHEMA dbeng TO path_owner;
SET LOCAL ROLE path_owner;
CREATE TABLE shop.units (id int PRIMARY KEY, parent_id int REFERENCES shop.units, tenant_id bigint NOT NULL);
SELECT dbeng.enable_path('shop.units', 'parent_id');
SELECT dbeng.enable_tenancy('shop.units', allow_cross_tenant_keys => true);
SET LOCAL app.tenant_id = 1;
INSERT INTO shop.units VALUES (1, NULL), (2, 1);
SET LOCAL app.tenant_id = 2;
INSERT INTO shop.units VALUES (3, 2);
SELECT is(path, '{1,2,3}', 'whose ancestors a policy hides, has them nevertheless') FROM shop.units;
SELECT is(code, '42501', 'what a policy hides is not repaired by halves') FROM pg_temp.failure($$SELECT dbeng.repair_path('shop.units')$$);
RESET ROLE;

-- The opposite.
ALTER TABLE shop.categories DISABLE TRIGGER "~dbeng_path_update";
SELECT is(state, 'off', 'a trigger that is off is told') FROM dbeng.path_tables WHERE relation = 'shop.categories'::regclass;
SELECT lives_ok($$SELECT dbeng.enable_path('shop.categories', 'parent_id')$$, 'mended');
SELECT is(state, 'on', 'on again') FROM dbeng.path_tables WHERE relation = 'shop.categories'::regclass;
ALTER TABLE shop.categories RENAME path TO way;
SELECT is(state, 'column missing', 'a column that is renamed is told') FROM dbeng.path_tables WHERE relation = 'shop.categories'::regclass;
SELECT is(code || ' ' || detail, '42703 dbeng.enable_path() was told of column "path", which is not there any more.', 'and nothing is written past it') FROM pg_temp.failure('INSERT INTO shop.categories VALUES (90)');
ALTER TABLE shop.categories RENAME way TO path;
SELECT lives_ok($$SELECT dbeng.disable_path('shop.categories')$$, 'disabled');
INSERT INTO shop.categories VALUES (91);
SELECT is(path, NULL, 'nobody writes paths any more') FROM shop.categories WHERE id = 91;
SELECT is(code, '55000', 'not a second time') FROM pg_temp.failure($$SELECT dbeng.disable_path('shop.categories')$$);
SELECT lives_ok($$SELECT dbeng.enable_path('shop.categories', 'parent_id')$$, 'enabled with the column that is there');
SELECT is(path, '{91}', 'its paths are written') FROM shop.categories WHERE id = 91;
SELECT lives_ok($$SELECT dbeng.disable_path('shop.categories', drop_column => true)$$, 'disabled');
SELECT has_column('shop', 'categories', 'path', 'a column that was there stays');
ALTER TABLE shop.categories DROP COLUMN path;
SELECT lives_ok($$SELECT dbeng.enable_path('shop.categories', 'parent_id')$$, 'enabled once more');
SELECT lives_ok($$SELECT dbeng.disable_path('shop.categories', drop_column => true)$$, 'disabled, column and all');
SELECT is(pg_temp.shape('shop.categories'), shape, 'the table is what it was') FROM before;

-- What is refused, and why; nothing is changed.
CREATE TABLE shop.none (a int);
CREATE TABLE shop.two (a int, b int, up int, PRIMARY KEY (a, b));
CREATE TABLE shop.odd (id numeric PRIMARY KEY, up int NOT NULL, path text);
CREATE TABLE shop.circled (id int PRIMARY KEY, up int REFERENCES shop.circled);
INSERT INTO shop.circled VALUES (1, 2), (2, 3), (3, 1), (4, 1), (5, 5), (6, NULL), (7, 6);
CREATE TABLE shop.split (id int PRIMARY KEY, up int REFERENCES shop.split) PARTITION BY HASH (id);
CREATE TABLE shop.named (id int PRIMARY KEY, up int REFERENCES shop.named);
CREATE TRIGGER "~dbeng_path" BEFORE INSERT ON shop.named FOR EACH ROW EXECUTE FUNCTION shop.hang();
CREATE VIEW shop.seen AS SELECT 1 AS id;
SELECT is((SELECT code || ' ' || replace(coalesce(detail, message), E'\n', ' | ') FROM pg_temp.failure(format('SELECT dbeng.enable_path(%L, ''up'')', relation))), outcome, relation)
FROM (VALUES ('shop.none', '55000 It has no primary key. | It has no column up.'), ('shop.two', '55000 Its primary key has several columns.'),
	('shop.odd', '55000 Its primary key is of type numeric, not of an integer type, uuid or text. | Column up is of type integer, the primary key of type numeric. | Column up is never NULL, so no row is a root. | Column path is of type text, not numeric[].'),
	('shop.circled', '55000 Rows are in a circle: 1 > 3 > 2 > 1. | Rows are in a circle: 5 > 5.'), ('shop.split', '55000 It is partitioned, or a partition: a row''s ancestors would lie in other tables.'),
	('shop.named', '55000 Another trigger has the name "~dbeng_path".'), ('shop.seen', '42809 It is a view.'), ('pg_class', '0A000 It is a system catalog.')) r(relation, outcome);
SELECT is(code || ' ' || message, '22023 column up cannot be both parent and path', 'one column for both') FROM pg_temp.failure($$SELECT dbeng.enable_path('shop.named', 'up', 'up')$$);
SELECT is(code, '42501', 'not for others than the owner') FROM pg_temp.failure($$SET LOCAL ROLE path_clerk; SELECT dbeng.enable_path('shop.named', 'up')$$);
RESET ROLE;
SELECT is(code, '55000', 'what has none is not repaired') FROM pg_temp.failure($$SELECT dbeng.repair_path('shop.named')$$);
SELECT is_empty($$SELECT relation FROM dbeng.path_tables WHERE relation::text NOT IN ('shop.nodes', 'shop.places', 'shop.units')$$, 'nothing came of what was refused');
SELECT is(code, '39P01', 'a trigger function for rows') FROM pg_temp.failure($$CREATE TRIGGER t AFTER INSERT ON shop.none EXECUTE FUNCTION dbeng._keep_path(); INSERT INTO shop.none VALUES (1)$$);

-- More of what is refused, and the limit that is told.
CREATE TABLE shop.unproved (id int PRIMARY KEY, up int);
ALTER TABLE shop.unproved ADD FOREIGN KEY (up) REFERENCES shop.unproved NOT VALID;
CREATE TABLE shop.heirs () INHERITS (shop.none);
CREATE TABLE shop.base (id int PRIMARY KEY, up int REFERENCES shop.base);
CREATE TABLE shop.below (PRIMARY KEY (id)) INHERITS (shop.base);
CREATE TABLE shop.split_1 PARTITION OF shop.split FOR VALUES WITH (MODULUS 1, REMAINDER 0);
SELECT is((SELECT code || ' ' || replace(detail, E'\n', ' | ') FROM pg_temp.failure(format('SELECT dbeng.enable_path(%L, ''up'')', relation))), outcome, relation)
FROM (VALUES ('shop.unproved', '55000 No valid foreign key leads from up to id: ALTER TABLE shop.unproved ADD FOREIGN KEY (up) REFERENCES shop.unproved (id);'),
	('shop.base', '55000 It inherits, or is inherited from: a row''s ancestors would lie in other tables.'),
	('shop.below', '55000 It inherits, or is inherited from: a row''s ancestors would lie in other tables. | No valid foreign key leads from up to id: ALTER TABLE shop.below ADD FOREIGN KEY (up) REFERENCES shop.below (id);'),
	('shop.split_1', '55000 It is partitioned, or a partition: a row''s ancestors would lie in other tables. | No valid foreign key leads from up to id: ALTER TABLE shop.split_1 ADD FOREIGN KEY (up) REFERENCES shop.split_1 (id);')) r(relation, outcome);
CREATE TABLE shop.chained (id int PRIMARY KEY, up int REFERENCES shop.chained, note text);
SELECT dbeng.enable_path('shop.chained', 'up');
SELECT is(code, '23502', 'path is NOT NULL for who keeps what he gives') FROM pg_temp.failure('SET LOCAL dbeng.keep_paths = on; INSERT INTO shop.chained VALUES (1)');
SET LOCAL dbeng.keep_paths = on;
INSERT INTO shop.chained (id, up, path) VALUES (1, NULL, '{}'), (2, NULL, '{}'), (3, 1, '{}'), (4, NULL, '{}');
RESET dbeng.keep_paths;
SELECT is(dbeng.repair_path('shop.chained'), 4::bigint, 'an empty one is repaired afterwards');
CREATE FUNCTION shop.follow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE shop.chained SET up = 3 WHERE id = 4; RETURN NULL; END$$;
CREATE TRIGGER follow AFTER UPDATE OF path ON shop.chained FOR EACH ROW WHEN (OLD.id = 3) EXECUTE FUNCTION shop.follow();
UPDATE shop.chained SET up = 2 WHERE id = 1;
SELECT results_eq($$SELECT key, expected FROM dbeng.path_errors('shop.chained')$$, $$VALUES ('4', '{2,1,3,4}')$$, 'what a trigger moves while paths are written is told');
SELECT is(dbeng.repair_path('shop.chained'), 1::bigint, 'and repaired');

SELECT * FROM finish();
ROLLBACK;
