-- The size of an index that does not exist, against what CREATE INDEX builds: pages and height.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SELECT no_plan();

SELECT setseed(0.42);
CREATE SCHEMA size_of;
SET LOCAL search_path = size_of, public;
CREATE TABLE "Many Things" AS
SELECT i AS id, i * 7919::bigint % 100000007 AS big, (random() * 40000)::int AS mid, (random() * 100)::int AS low, i / 2 AS pair,
	CASE WHEN random() < 0.9 THEN 'done' WHEN random() < 0.5 THEN 'pending' ELSE 'failed' END AS status,
	md5(i::text) AS hash, repeat(substr(md5(random()::text), 1, 8), (random() * 6)::int + 1) AS words, 'User' || i || '@Example.com' AS email,
	CASE WHEN random() < 0.8 THEN NULL ELSE i END AS "mostly NULL", gen_random_uuid() AS uid, (random() * 100000)::numeric(10, 2) AS price,
	timestamptz '2026-01-01' + random() * interval '100 days' AS at, random() < 0.3 AS flag, (power(random(), 4) * 20000)::int AS skewed,
	(i % 10)::smallint AS small, 'Name ' || (random() * 3000)::int AS name, date '2020-01-01' + (random() * 1500)::int AS day,
	(i % 50) AS part_a, (i % 50) * 3 AS part_b
FROM generate_series(1, 150000) AS i;
ALTER TABLE "Many Things" ADD COLUMN gone int;
ALTER TABLE "Many Things" DROP COLUMN gone, ADD PRIMARY KEY (id);
CREATE STATISTICS both_parts (ndistinct) ON part_a, part_b FROM "Many Things";
-- From all rows, so that what is tested is not the luck of ANALYZE.
ALTER TABLE "Many Things" ALTER skewed SET STATISTICS 500;
ANALYZE "Many Things";

CREATE TABLE documents AS
SELECT i AS id, jsonb_build_object('id', i, 'user', (random() * 5000)::int, 'tag', 'tag' || (power(random(), 2) * 300)::int,
		'state', (ARRAY['new', 'paid', 'sent'])[1 + (random() * 2)::int], 'note', md5((random() * 20000)::int::text)) AS body,
	ARRAY[(power(random(), 2) * 2000)::int, (random() * 50)::int, (random() * 9000)::int] AS tags,
	to_tsvector('simple', (SELECT string_agg('w' || (power(random(), 3) * 8000)::int, ' ') FROM generate_series(1, 12) WHERE i > 0)) AS words,
	(ARRAY['acme', 'globex', 'initech', 'umbrella', 'stark'])[1 + (random() * 4)::int] || ' ' || substr(md5(random()::text), 1, 6) AS company,
	int4range((random() * 100000)::int, (100000 + random() * 1000)::int) AS period, point(random() * 1000, random() * 1000) AS place
FROM generate_series(1, 60000) AS i;
ANALYZE documents;

CREATE TABLE measured (id int, at date, value int, note text) PARTITION BY RANGE (at);
CREATE TABLE measured_early PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
-- Its columns are numbered otherwise.
CREATE TABLE measured_late (note text, gone int, value int, at date, id int);
ALTER TABLE measured_late DROP COLUMN gone;
ALTER TABLE measured ATTACH PARTITION measured_late FOR VALUES FROM ('2026-02-01') TO ('2026-06-01');
INSERT INTO measured SELECT i, date '2026-01-01' + i / 1000, (random() * 500)::int, md5((i % 1000)::text) FROM generate_series(1, 120000) AS i;
ANALYZE measured;

CREATE FUNCTION pg_temp.pages(relation regclass) RETURNS float8 LANGUAGE sql AS $$
	SELECT coalesce(nullif(sum(pg_relation_size(relid)), 0), pg_relation_size(relation)) / current_setting('block_size')::int FROM pg_partition_tree(relation)
$$;
-- Levels above the leaves, as the metapage of a btree has it.
CREATE FUNCTION pg_temp.height(relation regclass) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_class WHERE oid = relation AND relkind = 'i') THEN
		RETURN (SELECT level FROM bt_metap(relation::text));
	END IF;
	RETURN NULL;
END $$;
CREATE EXTENSION IF NOT EXISTS pageinspect;

CREATE TEMP TABLE compared (definition text, method text, estimated float8, built float8, height int, built_height int);
CREATE FUNCTION pg_temp.compare(definition text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	expected record;
BEGIN
	SELECT * INTO expected FROM dbeng.estimate_index(definition);
	EXECUTE replace(definition, 'INDEX ON', 'INDEX built ON');
	INSERT INTO compared VALUES (definition, expected.method, expected.estimated_bytes / current_setting('block_size')::int, pg_temp.pages('built'),
		expected.tree_height, CASE WHEN expected.method = 'btree' THEN pg_temp.height('built') END);
	DROP INDEX built;
END $$;
SELECT pg_temp.compare(definition) FROM (VALUES
	('CREATE INDEX ON "Many Things" (id)'),
	('CREATE UNIQUE INDEX ON "Many Things" (big)'),
	('CREATE INDEX ON "Many Things" (mid)'),
	('CREATE INDEX ON "Many Things" (low)'),
	('CREATE INDEX ON "Many Things" (pair)'),
	('CREATE INDEX ON "Many Things" (status)'),
	('CREATE INDEX ON "Many Things" (skewed)'),
	('CREATE INDEX ON "Many Things" (flag)'),
	('CREATE INDEX ON "Many Things" (hash)'),
	('CREATE INDEX ON "Many Things" (words)'),
	('CREATE INDEX ON "Many Things" (email)'),
	('CREATE INDEX ON "Many Things" (name)'),
	('CREATE INDEX ON "Many Things" ("mostly NULL")'),
	('CREATE INDEX ON "Many Things" (uid)'),
	('CREATE INDEX ON "Many Things" (price)'),
	('CREATE INDEX ON "Many Things" (day DESC)'),
	('CREATE INDEX ON "Many Things" (status, at)'),
	('CREATE INDEX ON "Many Things" (status, low)'),
	('CREATE INDEX ON "Many Things" (name, small)'),
	('CREATE INDEX ON "Many Things" ("mostly NULL", small)'),
	('CREATE INDEX ON "Many Things" (email, id)'),
	('CREATE INDEX ON "Many Things" (part_a, part_b)'),
	('CREATE INDEX ON "Many Things" (id) INCLUDE (status, price)'),
	('CREATE INDEX ON "Many Things" (low) INCLUDE (email)'),
	('CREATE INDEX ON "Many Things" (lower(email))'),
	('CREATE INDEX ON "Many Things" (lower(name))'),
	('CREATE INDEX ON "Many Things" ((mid / 10))'),
	('CREATE INDEX ON "Many Things" (id) WHERE status = ''pending'''),
	('CREATE INDEX ON "Many Things" (status) WHERE status = ''failed'''),
	('CREATE INDEX ON "Many Things" ("mostly NULL") WHERE "mostly NULL" IS NOT NULL'),
	('CREATE INDEX ON "Many Things" (mid) WHERE flag'),
	('CREATE INDEX ON "Many Things" (id) WITH (fillfactor = 50)'),
	('CREATE INDEX ON "Many Things" (low) WITH (deduplicate_items = off)'),
	('CREATE INDEX ON "Many Things" (email text_pattern_ops)'),
	('CREATE INDEX ON measured (at)'),
	('CREATE INDEX ON measured (value, note)'),
	('CREATE INDEX ON measured (upper(note))'),
	('CREATE INDEX ON "Many Things" USING hash (id)'),
	('CREATE INDEX ON "Many Things" USING hash (low)'),
	('CREATE INDEX ON "Many Things" USING hash (email)'),
	('CREATE INDEX ON "Many Things" USING hash ("mostly NULL")'),
	('CREATE INDEX ON "Many Things" USING brin (at)'),
	('CREATE INDEX ON "Many Things" USING brin (id) WITH (pages_per_range = 1)'),
	('CREATE INDEX ON "Many Things" USING brin (hash text_bloom_ops)'),
	('CREATE INDEX ON "Many Things" USING brin (id int4_minmax_multi_ops)'),
	('CREATE INDEX ON documents USING gin (body)'),
	('CREATE INDEX ON documents USING gin (body jsonb_path_ops)'),
	('CREATE INDEX ON documents USING gin (tags)'),
	('CREATE INDEX ON documents USING gin (words)'),
	('CREATE INDEX ON documents USING gin (company gin_trgm_ops)'),
	('CREATE INDEX ON documents USING gist (company gist_trgm_ops)'),
	('CREATE INDEX ON documents USING gist (period)'),
	('CREATE INDEX ON documents USING gist (place)'),
	('CREATE INDEX ON documents USING gist (words)')) AS d(definition);

SELECT ok(abs(estimated - built) <= CASE method WHEN 'btree' THEN greatest(0.10 * built, 1) WHEN 'brin' THEN 2 ELSE 0.25 * built END,
	format('%s: %s pages, %s built (%s %%)', definition, estimated, built, round((100 * (estimated - built) / built)::numeric, 1)))
FROM compared;
SELECT is(height, built_height, definition || ': height') FROM compared WHERE built_height IS NOT NULL;
SELECT diag(format('worst %s: %s %% at %s', method, max(round((100 * (abs(estimated - built)) / built)::numeric, 1)),
	(array_agg(definition ORDER BY abs(estimated - built) / built DESC))[1])) FROM compared GROUP BY method ORDER BY method;

-- What is empty, what was never analysed.
CREATE TABLE empty (id int, words tsvector);
SELECT results_eq($$SELECT method, estimated_bytes / current_setting('block_size')::int, tree_height, rows FROM dbeng.estimate_index('CREATE INDEX ON empty (id)')$$,
	$$VALUES ('btree', 1::bigint, 0, 0::bigint)$$, 'an empty table: the metapage');
SELECT results_eq($$SELECT method, tree_height, rows FROM dbeng.estimate_index('CREATE INDEX ON empty USING gin (words)')$$,
	$$VALUES ('gin', NULL::int, 0::bigint)$$, 'an empty table: GIN');
CREATE TABLE fresh AS SELECT i AS id, i % 7 AS few FROM generate_series(1, 20000) AS i;
SELECT cmp_ok((SELECT rows FROM dbeng.estimate_index('CREATE INDEX ON fresh (id)')), '>', 10000::bigint, 'a table that was never analysed has rows');

-- What is no CREATE INDEX, or none that the server would take.
SELECT throws_ok(format('SELECT * FROM dbeng.estimate_index(%L)', definition), state, NULL, definition)
FROM (VALUES
	('CREATE INDEX ON "Many Things" (id', '42601'),
	('', '42601'),
	('CREATE INDEX ON fresh (id); DROP TABLE fresh', '42601'),
	('DROP TABLE fresh', '0A000'),
	('CREATE INDEX ON nowhere (id)', '42P01'),
	('CREATE INDEX ON fresh (nothing)', '42703'),
	('CREATE INDEX ON fresh (id no_such_ops)', '42704'),
	('CREATE INDEX ON fresh USING nothing (id)', '42704'),
	('CREATE INDEX ON documents USING gin (place)', '42704'),
	('CREATE INDEX ON fresh (id COLLATE nowhere)', '42704'),
	('CREATE INDEX ON fresh USING hash (id, few)', '0A000'),
	('CREATE INDEX ON fresh USING hash (id) INCLUDE (few)', '0A000'),
	('CREATE INDEX ON fresh ((random() * id))', '42P17'),
	('CREATE INDEX ON fresh (id) WHERE few > random()', '42P17'),
	('CREATE INDEX ON compared (method)', '0A000'),
	('CREATE INDEX ON pg_catalog.pg_class (relname)', '0A000'),
	('CREATE INDEX ON pg_stats (tablename)', '42809')) AS d(definition, state);

-- Nothing but NULLs: what is not there has no size.
CREATE TABLE void (id int, words text, list text[], area box, data jsonb);
INSERT INTO void SELECT n, NULL, NULL, NULL, '{}' FROM generate_series(1, 5000) n;
ANALYZE void;
SELECT cmp_ok((SELECT estimated_bytes FROM dbeng.estimate_index(definition)), '<', 1000000::bigint, definition)
FROM unnest(ARRAY['CREATE INDEX ON void ((data ->> ''nothing''))', 'CREATE INDEX ON void USING hash ((data ->> ''nothing''))', 'CREATE INDEX ON void (id, (data ->> ''nothing''))',
	'CREATE INDEX ON void USING brin ((data ->> ''nothing''))', 'CREATE INDEX ON void USING gin (list)', 'CREATE INDEX ON void USING gist (area)', 'CREATE INDEX ON void (words)',
	'CREATE INDEX ON void (lower(words)) INCLUDE (list)', 'CREATE INDEX ON void USING gin (to_tsvector(''simple'', words))', 'CREATE INDEX ON void (lower(words)) WHERE words IS NOT NULL']) definition;

-- A function that raises an error does no harm; one that somebody else has written is not run as the owner of the table.
CREATE SEQUENCE calls;
CREATE FUNCTION size_of.fails(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE EXCEPTION 'no'; END$$;
SELECT lives_ok($$SELECT * FROM dbeng.estimate_index('CREATE INDEX ON fresh (fails(few))')$$, 'an expression that fails');
CREATE FUNCTION size_of.counts(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('size_of.calls'); RETURN $1; END$$;
CREATE ROLE size_stranger;
GRANT pg_monitor TO size_stranger;
GRANT USAGE, CREATE ON SCHEMA size_of TO size_stranger;
SET LOCAL ROLE size_stranger;
CREATE FUNCTION size_of.spies(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('size_of.calls'); RETURN $1; END$$;
SELECT lives_ok($$SELECT * FROM dbeng.estimate_index('CREATE INDEX ON fresh (size_of.spies(few))')$$, 'one who watches may ask for others'' tables');
RESET ROLE;
SELECT is(is_called, false, 'a stranger''s function is not run') FROM calls;
SELECT lives_ok($$SELECT * FROM dbeng.estimate_index('CREATE INDEX ON fresh (size_of.counts(few))')$$, 'the owner''s own function');
SELECT is(is_called, true, 'is run') FROM calls;
SET LOCAL ROLE size_stranger;
RESET ROLE;
REVOKE pg_monitor FROM size_stranger;
SET LOCAL ROLE size_stranger;
SELECT throws_ok($$SELECT * FROM dbeng.estimate_index('CREATE INDEX ON fresh (id)')$$, '42501', NULL, 'others may not');
CREATE TABLE own_table AS SELECT 1 AS a;
SELECT lives_ok($$SELECT * FROM dbeng.estimate_index('CREATE INDEX ON own_table (a)')$$, 'but of their own');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
