-- The labelled set: pairs of indexes and foreign keys whose verdict is known. What dbeng must accuse it accuses, what only
-- looks like it it leaves alone, and each finding names the index that can go.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public;
SELECT plan(8);

-- Each table is one case; its comment says which, "index" or "foreign key" says what must be found.
CREATE SCHEMA redundant;
CREATE SCHEMA alike;
CREATE SCHEMA missing;
CREATE SCHEMA covered;
CREATE TEMPORARY TABLE expected (schema_name text, table_name text, what text, object text);

-- Redundant: 16 kinds.
SET LOCAL search_path = redundant;
CREATE TABLE t01 (a int, b int);
CREATE INDEX t01_keep ON t01 (a);
CREATE INDEX t01_drop ON t01 (a);
CREATE TABLE t02 (a int, b int);
CREATE INDEX t02_drop ON t02 (a);
CREATE INDEX t02_keep ON t02 (a, b);
CREATE TABLE t03 (a int);
CREATE INDEX t03_drop ON t03 (a);
CREATE UNIQUE INDEX t03_keep ON t03 (a);
CREATE TABLE t04 (a int PRIMARY KEY);
CREATE INDEX t04_drop ON t04 (a);
CREATE TABLE t05 (a int);
CREATE INDEX t05_drop ON t05 (a DESC);
CREATE INDEX t05_keep ON t05 (a);
CREATE TABLE t06 (a int, b int);
CREATE INDEX t06_keep ON t06 (a, b DESC);
CREATE INDEX t06_drop ON t06 (a DESC, b);
CREATE TABLE t07 (a int, b int, c int);
CREATE INDEX t07_drop ON t07 (a) INCLUDE (b);
CREATE INDEX t07_keep ON t07 (a) INCLUDE (c, b);
CREATE TABLE t08 (a int, b int);
CREATE INDEX t08_keep ON t08 (a) WHERE b > 0 AND a IS NOT NULL;
CREATE INDEX t08_drop ON t08 (a) WHERE  b > 0  AND (a IS NOT NULL);
CREATE TABLE t09 (a int);
CREATE INDEX t09_drop ON t09 USING hash (a);
CREATE INDEX t09_keep ON t09 (a);
CREATE TABLE t10 (a text);
CREATE INDEX t10_keep ON t10 (lower(a));
CREATE INDEX t10_drop ON t10 ( lower( a ) );
CREATE TABLE t11 (a text, b int);
CREATE INDEX t11_drop ON t11 (lower(a));
CREATE INDEX t11_keep ON t11 (lower(a), b);
CREATE TABLE t12 (a int, CONSTRAINT t12_keep UNIQUE (a));
ALTER TABLE t12 ADD CONSTRAINT t12_drop UNIQUE (a);
CREATE TABLE t13 (a int);
CREATE UNIQUE INDEX t13_drop ON t13 (a);
ALTER TABLE t13 ADD CONSTRAINT t13_keep UNIQUE (a);
CREATE TABLE t14 (a int[]);
CREATE INDEX t14_keep ON t14 USING gin (a);
CREATE INDEX t14_drop ON t14 USING gin (a);
CREATE TABLE t15 (a int);
CREATE INDEX t15_keep ON t15 (a);
CREATE INDEX t15_drop ON t15 (a) WITH (fillfactor = 70);
CREATE TABLE t16 (a int, b int) PARTITION BY LIST (b);
CREATE TABLE t16_1 PARTITION OF t16 FOR VALUES IN (1);
CREATE TABLE t16_2 PARTITION OF t16 FOR VALUES IN (2);
CREATE INDEX t16_keep ON t16 (a, b);
CREATE INDEX t16_drop ON t16 (a);
INSERT INTO expected VALUES
	('redundant', 't01', 'exact', 't01_drop'), ('redundant', 't02', 'prefix', 't02_drop'),
	('redundant', 't03', 'non-unique under unique', 't03_drop'), ('redundant', 't04', 'under the primary key', 't04_drop'),
	('redundant', 't05', 'reversed, one column', 't05_drop'), ('redundant', 't06', 'all columns reversed', 't06_drop'),
	('redundant', 't07', 'subset of INCLUDE', 't07_drop'), ('redundant', 't08', 'same predicate', 't08_drop'),
	('redundant', 't09', 'hash beside btree', 't09_drop'), ('redundant', 't10', 'same expression', 't10_drop'),
	('redundant', 't11', 'prefix by expression', 't11_drop'), ('redundant', 't12', 'two constraints', 't12_drop'),
	('redundant', 't13', 'loose unique beside a constraint', 't13_drop'), ('redundant', 't14', 'GIN twice', 't14_drop'),
	('redundant', 't15', 'storage option only', 't15_drop'), ('redundant', 't16', 'partitioned', 't16_drop');

-- Alike: 20 that must be left alone.
SET LOCAL search_path = alike;
CREATE TABLE t01 (a text);
CREATE INDEX ON t01 (a);
CREATE INDEX ON t01 (a text_pattern_ops);
CREATE TABLE t02 (a text);
CREATE INDEX ON t02 (a);
CREATE INDEX ON t02 (a COLLATE "POSIX");
CREATE TABLE t03 (a int);
CREATE INDEX ON t03 (a);
CREATE INDEX ON t03 (a NULLS FIRST);
CREATE TABLE t04 (a int, b int);
CREATE INDEX ON t04 (a, b);
CREATE INDEX ON t04 (a, b DESC);
CREATE TABLE t05 (a int, b int);
CREATE INDEX ON t05 (a) WHERE b = 1;
CREATE INDEX ON t05 (a) WHERE b = 2;
CREATE TABLE t06 (a int, b int);
CREATE INDEX ON t06 (a);
CREATE INDEX ON t06 (a) WHERE b = 2;
CREATE TABLE t07 (a int);
CREATE UNIQUE INDEX ON t07 (a);
CREATE UNIQUE INDEX ON t07 (a) NULLS NOT DISTINCT;
CREATE TABLE t08 (a int, b int);
CREATE UNIQUE INDEX ON t08 (a);
CREATE INDEX ON t08 (a, b);
CREATE TABLE t09 (a int PRIMARY KEY);
CREATE UNIQUE INDEX t09_identity ON t09 (a);
ALTER TABLE t09 REPLICA IDENTITY USING INDEX t09_identity;
CREATE TABLE t10 (a int UNIQUE DEFERRABLE);
CREATE UNIQUE INDEX ON t10 (a);
CREATE TABLE t11 (a int4range, EXCLUDE USING gist (a WITH &&));
CREATE INDEX ON t11 USING gist (a);
CREATE TABLE t12 (a int, b int);
CREATE INDEX t12_order ON t12 (a);
CREATE INDEX ON t12 (a, b);
ALTER TABLE t12 CLUSTER ON t12_order;
CREATE TABLE t13 (a int, b int, c int);
CREATE INDEX ON t13 (a) INCLUDE (b);
CREATE INDEX ON t13 (a) INCLUDE (c);
CREATE TABLE t14 (a int);
CREATE INDEX ON t14 (a);
CREATE INDEX ON t14 USING brin (a);
CREATE TABLE t15 (a int, b int);
CREATE INDEX ON t15 (a, b);
CREATE INDEX ON t15 (b, a);
CREATE TABLE t16 (a text);
CREATE INDEX ON t16 (lower(a));
CREATE INDEX ON t16 (upper(a));
CREATE TABLE t17 (a jsonb);
CREATE INDEX ON t17 USING gin (a);
CREATE INDEX ON t17 USING gin (a jsonb_path_ops);
CREATE TABLE t18 (a int NOT NULL);
CREATE UNIQUE INDEX t18_referenced ON t18 (a);
CREATE TABLE t18_child (a int PRIMARY KEY REFERENCES t18 (a));
ALTER TABLE t18 ADD PRIMARY KEY (a);
CREATE TABLE t19 (a int, b int);
CREATE INDEX t19_valid ON t19 (a);
CREATE INDEX t19_invalid ON t19 (a, b);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't19_invalid'::regclass;
CREATE TABLE t20 (a int, b int);
CREATE INDEX ON t20 USING hash (a);
CREATE INDEX ON t20 (a) WHERE b > 0;
INSERT INTO expected (schema_name, table_name, what) VALUES
	('alike', 't01', 'operator class'), ('alike', 't02', 'collation'), ('alike', 't03', 'nulls first'),
	('alike', 't04', 'one direction of two'), ('alike', 't05', 'predicates'), ('alike', 't06', 'partial beside full'),
	('alike', 't07', 'NULLS NOT DISTINCT'), ('alike', 't08', 'unique prefix'), ('alike', 't09', 'replica identity'),
	('alike', 't10', 'deferrable'), ('alike', 't11', 'exclusion'), ('alike', 't12', 'clustered'),
	('alike', 't13', 'INCLUDE'), ('alike', 't14', 'BRIN beside btree'), ('alike', 't15', 'order of columns'),
	('alike', 't16', 'expressions'), ('alike', 't17', 'operator class of GIN'),
	('alike', 't18', 'what a foreign key refers to'), ('alike', 't19', 'covered by an invalid one'),
	('alike', 't20', 'hash beside a partial btree');

-- Missing: 9 foreign keys without an index.
SET LOCAL search_path = missing;
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE two (id int, id2 int, PRIMARY KEY (id, id2));
CREATE TABLE t01 (a int CONSTRAINT t01_fk REFERENCES one);
CREATE TABLE t02 (a int CONSTRAINT t02_fk REFERENCES one, b int);
CREATE INDEX ON t02 (a) WHERE b > 0;
CREATE TABLE t03 (a int CONSTRAINT t03_fk REFERENCES one, b int);
CREATE INDEX ON t03 (b, a);
CREATE TABLE t04 (a int CONSTRAINT t04_fk REFERENCES one, b int);
CREATE INDEX ON t04 (b) INCLUDE (a);
CREATE TABLE t05 (a int CONSTRAINT t05_fk REFERENCES one);
CREATE INDEX t05_invalid ON t05 (a);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't05_invalid'::regclass;
CREATE TABLE t06 (a int CONSTRAINT t06_fk REFERENCES one);
CREATE INDEX ON t06 USING brin (a);
CREATE TABLE t07 (a int, b int, c int, CONSTRAINT t07_fk FOREIGN KEY (a, b) REFERENCES two);
CREATE INDEX ON t07 (a, c, b);
CREATE TABLE t08 (a int CONSTRAINT t08_fk REFERENCES one, b int) PARTITION BY LIST (b);
CREATE TABLE t08_1 PARTITION OF t08 FOR VALUES IN (1);
CREATE TABLE t08_2 PARTITION OF t08 FOR VALUES IN (2);
CREATE INDEX ON t08_1 (a);
CREATE TABLE t09 (a int CONSTRAINT t09_fk REFERENCES one);
CREATE INDEX ON t09 ((a + 0));
INSERT INTO expected VALUES
	('missing', 't01', 'no index', 't01_fk'), ('missing', 't02', 'partial by another column', 't02_fk'),
	('missing', 't03', 'not the first column', 't03_fk'), ('missing', 't04', 'INCLUDE column', 't04_fk'),
	('missing', 't05', 'invalid', 't05_fk'), ('missing', 't06', 'BRIN', 't06_fk'),
	('missing', 't07', 'another column between', 't07_fk'), ('missing', 't08', 'partition without', 't08_fk'),
	('missing', 't09', 'expression', 't09_fk');

-- Covered: 7 that have one.
SET LOCAL search_path = covered;
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE two (id int, id2 int, PRIMARY KEY (id, id2));
CREATE TABLE t01 (a int REFERENCES one);
CREATE INDEX ON t01 (a) WHERE a IS NOT NULL;
CREATE TABLE t02 (a int, b int, FOREIGN KEY (a, b) REFERENCES two);
CREATE INDEX ON t02 (b, a);
CREATE TABLE t03 (a int REFERENCES one, b int, PRIMARY KEY (a, b));
CREATE TABLE t04 (a int REFERENCES one, b int, UNIQUE (a, b));
CREATE TABLE t05 (a int REFERENCES one);
CREATE INDEX ON t05 USING hash (a);
CREATE TABLE t06 (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES two);
CREATE INDEX ON t06 (a, b, c);
CREATE TABLE t07 (a int REFERENCES one, b int) PARTITION BY LIST (b);
CREATE TABLE t07_1 PARTITION OF t07 FOR VALUES IN (1);
CREATE TABLE t07_2 (b int, dropped int, a int);
ALTER TABLE t07_2 DROP COLUMN dropped;
ALTER TABLE t07 ATTACH PARTITION t07_2 FOR VALUES IN (2);
CREATE INDEX ON t07_1 (a);
CREATE INDEX ON t07_2 (a);
INSERT INTO expected (schema_name, table_name, what) VALUES
	('covered', 't01', 'partial IS NOT NULL'), ('covered', 't02', 'other order'), ('covered', 't03', 'primary key'),
	('covered', 't04', 'unique constraint'), ('covered', 't05', 'hash'), ('covered', 't06', 'longer btree'),
	('covered', 't07', 'each partition, other column numbers');

SET LOCAL search_path = public;
SET LOCAL dbeng.max_findings = 0;
CREATE TEMPORARY TABLE found AS
SELECT check_id, split_part(f.object, '.', 1) AS schema_name, substring(split_part(f.object, '.', 2) FROM '^t\d+') AS table_name,
	split_part(f.object, '.', 2) AS object, f.message, f.fix
FROM dbeng.findings('indexing') f
WHERE check_id IN ('idx-duplicate', 'idx-prefix-redundant', 'idx-overlap-include')
UNION ALL
SELECT check_id, split_part(split_part(f.object, ' on ', 2), '.', 1), substring(split_part(f.object, '.', 2) FROM '^t\d+'),
	split_part(f.object, ' on ', 1), f.message, f.fix
FROM dbeng.findings('indexing') f WHERE check_id = 'sch-fk-no-index';

CREATE FUNCTION pg_temp.missed(schema text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format('%s (%s)', e.table_name, e.what), ', ' ORDER BY e.table_name), 'none')
	FROM expected e WHERE schema_name = $1 AND NOT EXISTS (SELECT FROM found f WHERE (f.schema_name, f.object) = (e.schema_name, e.object)) $$;
CREATE FUNCTION pg_temp.accused(schema text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format('%s (%s): %s', f.object, e.what, f.message), ', ' ORDER BY f.object), 'none')
	FROM found f LEFT JOIN expected e USING (schema_name, table_name)
	WHERE f.schema_name = $1 AND e.object IS DISTINCT FROM f.object $$;

SELECT is((SELECT string_agg(format('%s %s', n, schema_name), ', ' ORDER BY schema_name) FROM
		(SELECT schema_name, count(*) AS n FROM expected GROUP BY 1) s),
	'20 alike, 7 covered, 9 missing, 16 redundant', 'the set is complete');
SELECT is(pg_temp.missed('redundant'), 'none', '16 of 16 redundant indexes are found, the right one of each pair');
SELECT is(pg_temp.accused('redundant'), 'none', 'and nothing beside them');
SELECT is(pg_temp.accused('alike'), 'none', '0 of 20 look-alikes are accused');
SELECT is(pg_temp.missed('missing'), 'none', '9 of 9 foreign keys without an index are found');
SELECT is(pg_temp.accused('missing'), 'none', 'each of them once');
SELECT is(pg_temp.accused('covered'), 'none', '0 of 7 covered foreign keys are accused');
SELECT is((SELECT string_agg(object, ', ') FROM found WHERE fix IS NULL), NULL, 'each finding has a fix');

SELECT * FROM finish();
ROLLBACK;
