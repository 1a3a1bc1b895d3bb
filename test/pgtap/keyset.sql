-- Pages by key: all of them together are the table in its order, whatever the directions, NULLs and ties; and each is a walk in the index.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
\ir common/calls.sql
-- The keys of all pages, one behind the other.
CREATE FUNCTION pg_temp.paged(relation regclass, ordering text, key text, page int, filter jsonb DEFAULT NULL) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	seen text[] := '{}';
	at jsonb;
	p record;
BEGIN
	LOOP
		SELECT * INTO p FROM dbeng.keyset_page(relation, ordering, at, page, filter);
		IF jsonb_array_length(p.rows) <> page AND p.next_cursor IS NOT NULL THEN
			RAISE 'a short page that is not the last';
		END IF;
		seen := seen || ARRAY(SELECT r->>key FROM jsonb_array_elements(p.rows) WITH ORDINALITY u(r, n) ORDER BY n);
		at := p.next_cursor;
		EXIT WHEN at IS NULL;
		IF cardinality(seen) > 5000 THEN
			RAISE 'no end';
		END IF;
	END LOOP;
	RETURN seen;
END $$;
CREATE FUNCTION pg_temp.sorted(relation regclass, ordering text, key text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	all_keys text[];
BEGIN
	EXECUTE format('SELECT array_agg(wanted_key) FROM (SELECT %I::text AS wanted_key FROM %s ORDER BY %s) s', key, relation, ordering) INTO all_keys;
	RETURN all_keys;
END $$;

SELECT setseed(0.3);
CREATE SCHEMA shop;
CREATE TABLE shop.items (id bigint PRIMARY KEY, a int, b text, c numeric NOT NULL, "D e" timestamptz NOT NULL);
INSERT INTO shop.items SELECT i, nullif((random() * 5)::int, 3), (ARRAY['x', 'y', 'Z', '', 'é', NULL, NULL])[1 + (random() * 6)::int], (random() * 3)::int / 2.0, now() - (random() * 4)::int * interval '0.000001 s'
FROM generate_series(1, 173) i;
CREATE TEMP TABLE orders AS
WITH d(x) AS (VALUES ('asc'), ('desc'), ('asc nulls first'), ('desc nulls last')), e(x) AS (VALUES ('asc'), ('desc'))
SELECT format('a %s, b %s', d.x, y.x) AS o FROM d, d y UNION ALL SELECT format('b %s, c %s, a', d.x, e.x) FROM d, e UNION ALL SELECT format('c %s, "D e" %s', e.x, y.x) FROM e, e y
UNION ALL SELECT format('id %s', x) FROM e UNION ALL SELECT format('"D e" %s nulls first, id desc', x) FROM e UNION ALL VALUES ('B'), ('a desc'), ('c'), ('c desc, id, b');
SELECT is(pg_temp.paged('shop.items', o, 'id', page), pg_temp.sorted('shop.items', o || CASE WHEN o ~ '\mid\M' THEN '' WHEN o ~ 'desc[^,]*$' THEN ', id desc' ELSE ', id' END, 'id'), o || ', by ' || page)
FROM orders, unnest('{7,60}'::int[]) page;
SELECT is(pg_temp.paged('shop.items', 'a, b desc', 'id', 1), pg_temp.sorted('shop.items', 'a, b desc, id desc', 'id'), 'row by row');
SELECT is(pg_temp.paged('shop.items', 'c', 'id', n), pg_temp.sorted('shop.items', 'c, id', 'id'), 'the last page is full: ' || n) FROM unnest('{173,172,174}'::int[]) n;
SELECT results_eq($$SELECT rows, next_cursor FROM dbeng.keyset_page('shop.items', 'id', '{"id": 173}')$$, $$VALUES ('[]'::jsonb, NULL::jsonb)$$, 'behind the last row');

-- Rows come and go between two pages.
SELECT is((SELECT next_cursor FROM dbeng.keyset_page('shop.items', 'id', page_rows => 2)), '{"id": "2"}', 'a cursor');
DELETE FROM shop.items WHERE id <= 2;
SELECT is((SELECT jsonb_path_query_array(rows, '$[*].id') FROM dbeng.keyset_page('shop.items', 'id', '{"id": "2"}', 2)), '[3, 4]', 'its row may be gone');
SELECT is((SELECT jsonb_path_query_array(rows, '$[*].id') FROM dbeng.keyset_page('shop.items', 'id desc', '{"id": 100}', 2)), '[99, 98]', 'numbers are as good');

-- Filters.
SELECT is(pg_temp.paged('shop.items', 'b desc', 'id', 5, '{"a": 2}'), (SELECT array_agg(id::text ORDER BY b DESC, id DESC) FROM shop.items WHERE a = 2), 'a filter');
SELECT is(pg_temp.paged('shop.items', 'c, b', 'id', 5, '{"a": null}'), (SELECT array_agg(id::text ORDER BY c, b, id) FROM shop.items WHERE a IS NULL), 'for what is NULL');
SELECT is(pg_temp.paged('shop.items', 'c', 'id', 5, '{"b": "x", "a": 1}'), (SELECT coalesce(array_agg(id::text ORDER BY c, id), '{}') FROM shop.items WHERE a = 1 AND b = 'x'), 'for two');

-- Types, with values that settings of the session would write otherwise.
CREATE TYPE shop.mood AS ENUM ('good', 'bad', 'awful');
CREATE DOMAIN shop.short AS varchar(9) CHECK (VALUE <> 'never');
CREATE COLLATION shop.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE shop.types (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), m shop.mood, s shop.short, f float8, r real, n numeric, d date, i interval, x bytea, arr int[], rng int4range, ch char(5), v varchar(3), ip inet, ts timestamp, bl text COLLATE shop.blind, k boolean);
INSERT INTO shop.types (m, s, f, r, n, d, i, x, arr, rng, ch, v, ip, ts, bl, k)
SELECT (ARRAY['good', 'bad', 'awful', NULL]::shop.mood[])[1 + (random() * 3)::int], 's' || (random() * 4)::int, (ARRAY['NaN', 'Infinity', '-0', '0.1', '1e-300', NULL]::float8[])[1 + (random() * 5)::int], random()::real,
	(ARRAY['NaN', '1.10', '1.1', '-Infinity', NULL]::numeric[])[1 + (random() * 4)::int], (ARRAY['infinity', '2024-02-29', '0044-03-15 BC', NULL]::date[])[1 + (random() * 3)::int], (ARRAY['1 day', '24:00:00', '-1 mon', NULL]::interval[])[1 + (random() * 3)::int],
	(ARRAY['\x00', '\xff27', '\x']::bytea[])[1 + (random() * 2)::int], (ARRAY['{}', '{1,NULL}', '{1,2}', NULL])[1 + (random() * 3)::int]::int[], (ARRAY['empty', '[1,3)', NULL]::int4range[])[1 + (random() * 2)::int],
	(ARRAY['a', 'a b', '''q'])[1 + (random() * 2)::int], (ARRAY['abc', 'a"b', ''])[1 + (random() * 2)::int], (ARRAY['10.0.0.1', '::1', NULL]::inet[])[1 + (random() * 2)::int], now()::timestamp - (random() * 3)::int * interval '1 us',
	(ARRAY['A', 'a', 'b', NULL])[1 + (random() * 3)::int], random() > 0.5 FROM generate_series(1, 120);
SET LOCAL datestyle = 'German';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL extra_float_digits = -10;
SELECT is(pg_temp.paged('shop.types', c || ' desc nulls last', 'id', 11), pg_temp.sorted('shop.types', c || ' desc nulls last, id desc', 'id'), 'type of ' || c) FROM unnest('{m,s,f,r,n,d,i,x,arr,rng,ch,v,ip,ts,bl,k}'::text[]) c;
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
CREATE TABLE shop.pairs ("B" int, a text, note int, PRIMARY KEY ("B", a));
INSERT INTO shop.pairs SELECT i % 7, 'a' || i, i % 3 FROM generate_series(1, 50) i;
SELECT is(pg_temp.paged('shop.pairs', 'note desc', 'a', 4), pg_temp.sorted('shop.pairs', 'note desc, "B" desc, a desc', 'a'), 'a key of two columns');
SELECT is(pg_temp.paged('shop.pairs', 'a', 'a', 4), pg_temp.sorted('shop.pairs', 'a, "B"', 'a'), 'of which one is there');
CREATE TABLE shop.coded (code text NOT NULL UNIQUE, rest int);
INSERT INTO shop.coded SELECT 'c' || i, i % 3 FROM generate_series(1, 20) i;
SELECT is(pg_temp.paged('shop.coded', 'rest', 'code', 4), pg_temp.sorted('shop.coded', 'rest, code', 'code'), 'a unique key instead of a primary key');
CREATE TABLE shop.parted (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE shop.parted_1 PARTITION OF shop.parted FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE shop.parted_2 PARTITION OF shop.parted DEFAULT;
INSERT INTO shop.parted SELECT i, '2024-01-20'::date + i % 30 FROM generate_series(1, 60) i;
SELECT is(pg_temp.paged('shop.parted', 'at desc', 'id', 7), pg_temp.sorted('shop.parted', 'at desc, id desc', 'id'), 'a partitioned table');
-- An operator of a type's own schema, which the search_path does not reach.
CREATE EXTENSION citext SCHEMA shop;
CREATE TABLE shop.words (id int PRIMARY KEY, w shop.citext NOT NULL);
INSERT INTO shop.words SELECT i, (ARRAY['Ab', 'aC', 'AD', 'b', 'A', 'a'])[1 + i % 6] FROM generate_series(1, 40) i;
SELECT is(pg_temp.paged('shop.words', 'w', 'id', 3), (SELECT array_agg(id::text ORDER BY lower(w::text), id) FROM shop.words), 'citext');

-- The statement, its index, and that it is used.
SELECT results_eq($$SELECT query, full_order, index::text COLLATE "default", create_index FROM dbeng.keyset_query('shop.items', 'c', page_rows => 10)$$,
	$$VALUES ('SELECT * FROM shop.items ORDER BY c, id LIMIT 10', 'c, id', NULL, 'CREATE INDEX CONCURRENTLY ON shop.items (c, id);')$$, 'the first page, and the index that would serve it');
SELECT is(query, 'SELECT * FROM shop.items WHERE (c, id) > (''1.5''::numeric, ''7''::bigint) ORDER BY c, id LIMIT 10', 'directions alike: one comparison of rows') FROM dbeng.keyset_query('shop.items', 'c', '{"c": 1.5, "id": 7}', 10);
SELECT is(query, 'SELECT * FROM (' || concat_ws(' UNION ALL ', '(SELECT * FROM shop.items WHERE a = ''2''::integer AND c = ''1''::numeric AND id < ''7''::bigint ORDER BY a, c DESC, id DESC LIMIT 10)',
	'(SELECT * FROM shop.items WHERE a = ''2''::integer AND c < ''1''::numeric ORDER BY a, c DESC, id DESC LIMIT 10)',
	'(SELECT * FROM shop.items WHERE a > ''2''::integer ORDER BY a, c DESC, id DESC LIMIT 10)', '(SELECT * FROM shop.items WHERE a IS NULL ORDER BY a, c DESC, id DESC LIMIT 10)') || ') page ORDER BY a, c DESC, id DESC LIMIT 10', 'otherwise: a walk for each step')
FROM dbeng.keyset_query('shop.items', 'a, c desc', '{"a": 2, "c": 1, "id": 7}', 10);
SELECT is(create_index, 'CREATE INDEX ON shop.parted (at DESC, id DESC);', 'a partitioned table takes no index concurrently') FROM dbeng.keyset_query('shop.parted', 'at desc');
SELECT is(create_index, 'CREATE INDEX CONCURRENTLY ON shop.items (a, "D e", b DESC NULLS LAST, id DESC);', 'what is filtered comes first') FROM dbeng.keyset_query('shop.items', '"D e", b desc nulls last', filter => '{"a": 1}');
CREATE TABLE shop.large (id int PRIMARY KEY, a int, b int NOT NULL, tenant int NOT NULL);
INSERT INTO shop.large SELECT i, CASE WHEN i % 50 > 0 THEN i % 97 END, i % 3, i % 5 FROM generate_series(1, 30000) i;
CREATE FUNCTION pg_temp.blocks(statement text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT json, TIMING off, SUMMARY off) ' || statement INTO plan;
	RETURN CASE WHEN plan::text ~ 'Seq Scan' THEN 1000000 ELSE (plan->0->'Plan'->>'Shared Hit Blocks')::int + (plan->0->'Plan'->>'Shared Read Blocks')::int END;
END $$;
CREATE TEMP TABLE wanted AS SELECT * FROM (VALUES ('b, id', NULL::jsonb), ('b desc', NULL), ('a', NULL), ('a desc nulls last, b', NULL), ('a, b desc', NULL), ('b, a desc', '{"tenant": 3}'), ('a nulls first, b desc, id', NULL)) w(o, filter);
DO $$
DECLARE
	w record;
BEGIN
	FOR w IN SELECT o, filter FROM wanted LOOP
		EXECUTE coalesce((SELECT replace(k.create_index, ' CONCURRENTLY', '') FROM dbeng.keyset_query('shop.large', w.o, filter => w.filter) k), 'SELECT');
	END LOOP;
END $$;
ANALYZE shop.large;
SELECT isnt(index, NULL, o || ': the index it asked for serves it') FROM wanted, dbeng.keyset_query('shop.large', o, filter => wanted.filter);
SELECT is(create_index, NULL, o || ': none is missing') FROM wanted, dbeng.keyset_query('shop.large', o, filter => wanted.filter);
SELECT cmp_ok(pg_temp.blocks(k.query), '<', 200, o || ' at ' || coalesce(a, 'NULL')) FROM wanted, (VALUES ('0'), ('48'), ('96'), (NULL)) v(a),
	dbeng.keyset_query('shop.large', o, jsonb_build_object('a', a, 'b', 1, 'id', 15000), 20, wanted.filter) k;
CREATE INDEX large_backwards ON shop.large (b DESC, id DESC);
DROP INDEX shop.large_b_id_idx;
SELECT is(index::text, 'shop.large_backwards', 'an index is read backwards as well') FROM dbeng.keyset_query('shop.large', 'b');
SELECT isnt(create_index, NULL, 'what is not the order serves it not: ' || o) FROM unnest('{"b desc, id asc","b, a","a desc nulls last, b desc"}'::text[]) o, dbeng.keyset_query('shop.large', o);

-- Rows are read as the caller.
CREATE ROLE keyset_clerk;
GRANT USAGE ON SCHEMA shop TO keyset_clerk;
SET LOCAL ROLE keyset_clerk;
SELECT is(code, '42501', 'not for who may not read the table') FROM pg_temp.failure($$SELECT * FROM dbeng.keyset_page('shop.large', 'id')$$);
RESET ROLE;

-- What is refused.
CREATE VIEW shop.seen AS SELECT 1 AS id;
CREATE TABLE shop.keyless (a int, p point);
SELECT is((SELECT code || ' ' || message FROM pg_temp.failure('SELECT * FROM dbeng.keyset_query(' || call || ')')), outcome, call)
FROM (VALUES ('''shop.items'', ''''', '42601 order_by ends where a column is expected'), ('''shop.items'', ''a,''', '42601 order_by ends where a column is expected'), ('''shop.items'', ''a; drop table shop.items''', '42601 ";" is not expected in order_by'),
	('''shop.items'', ''a desc, (select 1)''', '42601 "(" is not a column to sort by'), ('''shop.items'', ''lower(b)''', '42703 column lower of shop.items does not exist'), ('''shop.items'', ''a asc desc''', '42601 "desc" is not expected in order_by'),
	('''shop.items'', ''a nulls''', '42601 "nulls" is not expected in order_by'), ('''shop.items'', ''1''', '42601 "1" is not a column to sort by'), ('''shop.items'', ''"a''', '42601 ""a" is not a column to sort by'), ('''shop.items'', ''a, A desc''', '42701 column a is sorted by twice'),
	('''shop.items'', ''ctid''', '42703 column ctid of shop.items does not exist'), ('''shop.keyless'', ''a''', '55000 shop.keyless has no primary key'), ('''shop.keyless'', ''p''', '42883 column p cannot be sorted by'), ('''shop.seen'', ''id''', '42809 shop.seen is not a table'),
	('NULL, ''id''', '22004 relation and order_by must not be NULL'), ('''shop.items'', ''a'', ''{"a": 1}''', '22023 after has no id'), ('''shop.items'', ''a'', ''[1]''', '22023 after and filter are JSON objects'), ('''shop.items'', ''a'', ''{"a": "x", "id": 1}''', '22P02 ''x'' is not a value of column a'),
	('''shop.items'', ''a'', ''{"a": "1; drop", "id": 1}''', '22P02 ''1; drop'' is not a value of column a'), ('''shop.items'', ''a'', ''{"a": 1, "id": null}''', '22004 after has NULL for id'), ('''shop.items'', ''a'', page_rows => 0', '22023 page_rows must not be 0'),
	('''shop.items'', ''a'', page_rows => NULL', '22023 page_rows must not be NULL'), ('''shop.items'', ''a'', filter => ''{"z": 1}''', '42703 column z of shop.items does not exist'), ('''shop.types'', ''k'', filter => ''{"s": "never"}''', '22P02 ''never'' is not a value of column s')) c(call, outcome);
SELECT is(code, '22023', 'too large a page') FROM pg_temp.failure($$SELECT * FROM dbeng.keyset_page('shop.items', 'id', page_rows => 100001)$$);

-- Pages of who sees only some of the rows; foreign tables.
CREATE TABLE shop.owned (id int PRIMARY KEY, whose name, n int NOT NULL);
INSERT INTO shop.owned SELECT i, CASE WHEN i % 3 = 0 THEN 'keyset_clerk' ELSE 'x' END, i % 4 FROM generate_series(1, 30) i;
ALTER TABLE shop.owned ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.owned USING (whose = current_user);
GRANT SELECT ON shop.owned TO keyset_clerk;
SET LOCAL ROLE keyset_clerk;
SELECT is(pg_temp.paged('shop.owned', 'n desc, id', 'id', 3), (SELECT array_agg(id::text ORDER BY n DESC, id) FROM shop.owned), 'policies hold');
SELECT is((SELECT jsonb_path_query_array(rows, '$[*].id') FROM dbeng.keyset_page('shop.owned', 'id', '{"id": 4}', 2)), '[6, 9]', 'behind a row that is not shown');
RESET ROLE;
UPDATE shop.owned SET n = 9 WHERE id = 3;
SET LOCAL ROLE keyset_clerk;
SELECT is((SELECT jsonb_path_query_array(rows, '$[*].id') FROM dbeng.keyset_page('shop.owned', 'n', '{"n": 3, "id": 27}', 5)), '[3]', 'a row that has moved on is seen where it is now');
RESET ROLE;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE shop.far (id int) SERVER nowhere;
SELECT is(code, '42809', 'a foreign table') FROM pg_temp.failure($$SELECT * FROM dbeng.keyset_page('shop.far', 'id')$$);

SELECT * FROM finish();
ROLLBACK;
