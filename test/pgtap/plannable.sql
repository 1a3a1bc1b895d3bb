-- What pg_stat_statements makes of everyday statements can be planned again: each is executed with constants, its
-- normalised text taken from pg_stat_statements, and dbeng.advisor_skipped must not name it.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA shop;
SET LOCAL search_path = shop, public;
SELECT no_plan();

CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;
SET LOCAL pg_stat_statements.track = 'all';
SET LOCAL compute_query_id = on;

CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int, status text, code varchar(20), total numeric(10,2),
	weight float8, due date, at timestamptz, local timestamp, opens time, took interval, payload jsonb, raw json, tags text[], numbers int[],
	during tstzrange, body tsvector, paid boolean, "Mixed Case" int, parent bigint, key uuid DEFAULT gen_random_uuid(), flags bit(3), address inet);
CREATE TABLE customers (id int PRIMARY KEY, name text, born date, UNIQUE (name));
INSERT INTO orders (customer, status, code, total, weight, due, at, local, opens, took, payload, raw, tags, numbers, during, body, paid, "Mixed Case")
	SELECT g % 10, CASE WHEN g % 50 = 0 THEN 'open' ELSE 'done' END, 'c' || g, g, g, current_date - g, now() - g * interval '1 hour', now() - g * interval '1 hour',
		'10:00', '1 day', '{"a": {"b": 1}}', '{"a": {"b": 1}}', '{x,y}', '{1,2}', tstzrange(now(), now() + interval '1 hour'), to_tsvector('simple', 'words'), true, g
	FROM generate_series(1, 500) g;
INSERT INTO customers SELECT g, 'n' || g, '2000-01-01' FROM generate_series(0, 9) g;
ANALYZE orders, customers;
CREATE DOMAIN price AS numeric CHECK (VALUE >= 0);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE moods (id int, feels mood, costs price);

CREATE TEMPORARY TABLE construct (place int GENERATED ALWAYS AS IDENTITY, since int, sql text);
INSERT INTO construct (since, sql) VALUES
	-- Literals with the name of a type.
	(15, $$SELECT * FROM orders WHERE at > now() - interval '1 day'$$),
	(15, $$SELECT * FROM orders WHERE at > now() - interval '3' day$$),
	(15, $$SELECT * FROM orders WHERE at > now() - interval(3) '1 day 2 hours'$$),
	(15, $$SELECT * FROM orders WHERE at >= timestamptz '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE at >= timestamp with time zone '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE at >= timestamp(3) with time zone '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE local >= timestamp '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE local >= timestamp without time zone '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE due >= date '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE due BETWEEN date '2020-01-01' AND date '2020-02-01'$$),
	(15, $$SELECT * FROM orders WHERE opens > time '10:00'$$),
	(15, $$SELECT jsonb '{"a": 1}' -> 'a', id FROM orders$$),
	(15, $$SELECT text 'a' || code FROM orders$$),
	(15, $$SELECT numeric(10,2) '1.5' * total FROM orders$$),
	(15, $$SELECT double precision '1.5' * weight FROM orders$$),
	(15, $$SELECT character varying(3) 'abc', pg_catalog.int4 '1', bit(3) '101', id FROM orders$$),
	(15, $$SELECT "numeric" '1', pg_catalog."date" '2020-01-01', id FROM orders$$),
	(15, $$SELECT * FROM moods WHERE feels = mood 'sad' AND costs > price '1'$$),
	(15, $$SELECT * FROM orders WHERE key = uuid '3f333df6-90a4-4fda-8dd3-9485d27cee36'$$),
	(15, $$SELECT * FROM orders WHERE address << inet '10.0.0.0/8'$$),
	(15, $$SELECT * FROM orders WHERE flags = B'101'$$),
	(15, $$SELECT * FROM orders WHERE during @> timestamptz '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE during && tstzrange('2020-01-01', '2020-02-01', '[)')$$),
	(15, $$SELECT * FROM orders WHERE (at AT TIME ZONE 'UTC')::date = '2020-01-01'$$),
	(15, $$SELECT * FROM orders WHERE at AT TIME ZONE interval '1 hour' > '2020-01-01'$$),
	-- Functions with a grammar of their own.
	(15, $$SELECT extract(year FROM at), count(*) FROM orders GROUP BY extract(year FROM at)$$),
	(15, $$SELECT extract(hour FROM opens), extract(epoch FROM took), extract(day FROM due) FROM orders WHERE EXTRACT(month FROM local) = 3$$),
	(15, $$SELECT trim('x' FROM code), trim(both 'x' FROM code), trim(code) FROM orders$$),
	(15, $$SELECT substring(code FROM 1 FOR 2), substring(code FROM 'a.'), substring(code SIMILAR 'a' ESCAPE '#') FROM orders$$),
	(15, $$SELECT overlay(code placing 'xx' from 2 for 1), position('x' in code) FROM orders$$),
	(15, $$SELECT date_trunc('day', at), count(*) FROM orders GROUP BY date_trunc('day', at) ORDER BY date_trunc('day', at)$$),
	(15, $$SELECT date_trunc('day', at) AS d, sum(total) FROM orders GROUP BY 1 ORDER BY 1$$),
	(15, $$SELECT CASE WHEN total > 10 THEN 'big' ELSE 'small' END, count(*) FROM orders GROUP BY CASE WHEN total > 10 THEN 'big' ELSE 'small' END$$),
	(15, $$SELECT DISTINCT coalesce(code, 'none') FROM orders ORDER BY coalesce(code, 'none')$$),
	(15, $$SELECT DISTINCT ON (date_trunc('day', at)) id FROM orders ORDER BY date_trunc('day', at), id$$),
	(15, $$SELECT to_char(at, 'YYYY-MM'), count(*) FROM orders GROUP BY to_char(at, 'YYYY-MM') HAVING count(*) > 3 ORDER BY to_char(at, 'YYYY-MM') LIMIT 5$$),
	(15, $$SELECT to_char(total, '999'), round(total, 1), round(total / 7, 2) FROM orders$$),
	(15, $$SELECT date_part('year', at), age(at, '2020-01-01'), make_interval(days => 3), width_bucket(total, 0, 100, 10) FROM orders$$),
	(15, $$SELECT format('%s-%s', id, 'x'), concat(code, '-', id), concat_ws('-', 'a', code), string_agg(code, ',') OVER () FROM orders$$),
	(15, $$SELECT json_build_object('a', 1, 'b', code), jsonb_build_object('x', true, 'y', null), json_build_array(1, 'x', id) FROM orders$$),
	(15, $$SELECT xmlelement(name a, 'x', code) FROM orders WHERE false$$),
	-- Counting.
	(15, $$SELECT g, id FROM generate_series(1, 10) g LEFT JOIN orders ON orders.id = g$$),
	(15, $$SELECT g, count(o.id) FROM generate_series(timestamptz '2020-01-01', now(), interval '1 month') g LEFT JOIN orders o ON o.at >= g AND o.at < g + interval '1 month' GROUP BY g$$),
	(15, $$SELECT d, count(o.id) FROM generate_series('2020-01-01'::date, '2020-01-05'::date, '1 day') d LEFT JOIN orders o ON o.due = d GROUP BY d$$),
	(15, $$SELECT count(*), sum(1), max(0), avg(2.5), count(1) FROM orders$$),
	(15, $$SELECT sum(CASE WHEN status = 'open' THEN 1 ELSE 0 END), avg(CASE WHEN paid THEN 1.0 ELSE 0 END) FROM orders$$),
	(15, $$SELECT sum(CASE status WHEN 'open' THEN 1 WHEN 'done' THEN 2 ELSE 0 END) FROM orders$$),
	(15, $$SELECT coalesce(sum(total), 0), nullif(max(code), ''), greatest(min(total), 5) FROM orders$$),
	(15, $$SELECT sum(total) FILTER (WHERE status = 'open'), percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders$$),
	(15, $$SELECT sum(total) OVER (ORDER BY id ROWS 3 PRECEDING), lag(total, 1, 0.0) OVER (ORDER BY id), ntile(4) OVER (ORDER BY id) FROM orders$$),
	(15, $$SELECT sum(total) OVER (ORDER BY at RANGE BETWEEN interval '1 day' PRECEDING AND CURRENT ROW), row_number() OVER (PARTITION BY date_trunc('day', at)) FROM orders$$),
	-- Dates.
	(15, $$SELECT * FROM orders WHERE due > current_date - 7$$),
	(15, $$SELECT * FROM orders WHERE at > current_date - 7 AND at < current_date + 1$$),
	(15, $$SELECT * FROM orders WHERE due - 3 > current_date AND due BETWEEN current_date - 30 AND current_date$$),
	(15, $$SELECT * FROM orders WHERE at > now() - 3 * interval '1 day'$$),
	(15, $$SELECT * FROM orders WHERE at > now() - '1 day'::interval AND at < '2030-01-01'::timestamptz$$),
	(15, $$SELECT * FROM orders WHERE at > now() - cast('1 day' AS interval)$$),
	(15, $$SELECT * FROM orders WHERE (at, at + took) OVERLAPS (timestamptz '2020-01-01', interval '1 day')$$),
	-- Operators.
	(15, $$SELECT * FROM orders WHERE code IN ('a', 'b', 'c') AND customer IN (1, 2, 3) AND id NOT IN (5, 6)$$),
	(15, $$SELECT * FROM orders WHERE customer = ANY (ARRAY[1, 2]) AND code = ANY ('{a,b}') AND status <> ALL (ARRAY['x', 'y'])$$),
	(15, $$SELECT * FROM orders WHERE id BETWEEN 1 AND 10 AND total NOT BETWEEN 5.5 AND 6.5 AND id BETWEEN SYMMETRIC 9 AND 3$$),
	(15, $$SELECT * FROM orders WHERE (customer, id) > (3, 100) ORDER BY customer, id LIMIT 10 OFFSET 20$$),
	(15, $$SELECT * FROM orders WHERE (customer, status) IN ((1, 'a'), (2, 'b')) FETCH FIRST 3 ROWS ONLY$$),
	(15, $$SELECT * FROM orders WHERE code LIKE 'a%' ESCAPE '!' OR code ILIKE '%b' OR code ~ '^c' OR code SIMILAR TO 'd%' ESCAPE '#'$$),
	(15, $$SELECT * FROM orders WHERE status IS DISTINCT FROM 'open' AND paid IS TRUE AND paid = true$$),
	(15, $$SELECT code || 'x', 'a' || 'b', 'x' || id, total * 1.5, -5 * total, total::numeric * 2, id % 10, 2 ^ 3, @ -3 FROM orders$$),
	(15, $$SELECT 1 + 2, 5 - 3, 10 / 4.0, id FROM orders$$),
	(15, $$SELECT * FROM orders WHERE 1 = 1 AND true AND customer = 3$$),
	(15, $$SELECT * FROM orders WHERE "Mixed Case" = 5 AND orders."Mixed Case" + 1 = 6$$),
	(15, $$SELECT ARRAY[1, 2], ARRAY['a', code], ARRAY[id, 5], tags || 'z'::text, numbers || 3, numbers[1] FROM orders WHERE tags && ARRAY['x'] AND numbers @> ARRAY[1, 2]$$),
	(15, $$SELECT * FROM orders WHERE 'x' = ANY (tags) AND array_position(numbers, 1) = 1 AND cardinality(tags) > 1$$),
	(15, $$SELECT payload ->> 'a', payload -> 'a' ->> 'b', payload #>> '{a,b}', payload #> ARRAY['a', 'b'], raw -> 'a' FROM orders WHERE payload @> '{"a": 1}' AND payload ? 'a' AND payload ?| ARRAY['a', 'b']$$),
	(15, $$SELECT * FROM orders WHERE (payload ->> 'n')::int > 5 AND payload @@ '$.a > 1' AND jsonb_path_exists(payload, '$.a')$$),
	(15, $$SELECT * FROM orders WHERE body @@ to_tsquery('simple', 'a & b') OR body @@ plainto_tsquery('a') OR to_tsvector('english', code) @@ websearch_to_tsquery('english', 'x')$$),
	(15, $$SELECT ts_rank(body, to_tsquery('simple', 'words')), setweight(body, 'A') FROM orders$$),
	(15, $$SELECT * FROM orders WHERE code COLLATE "C" > 'a' COLLATE "C"$$),
	(15, $$SELECT * FROM orders WHERE row(customer, status) = row(1, 'a') AND (SELECT 3) = customer$$),
	-- Shapes of statements.
	(15, $$SELECT 'label' AS kind, 1 AS n, NULL AS nothing, id FROM orders UNION ALL SELECT 'other', 2, 'x', 5$$),
	(15, $$SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v (n, t) JOIN orders o ON o.customer = v.n$$),
	(15, $$SELECT * FROM (SELECT id, 5 AS level FROM orders) s JOIN customers c ON c.id = s.level$$),
	(15, $$WITH RECURSIVE tree (id, depth) AS (SELECT id, 1 FROM orders WHERE id = 3 UNION ALL SELECT o.id, t.depth + 1 FROM orders o JOIN tree t ON o.parent = t.id WHERE t.depth < 5) SELECT * FROM tree$$),
	(15, $$WITH few AS MATERIALIZED (SELECT * FROM orders WHERE status = 'open' LIMIT 5) SELECT * FROM few WHERE total > 3$$),
	(15, $$WITH gone AS (DELETE FROM orders WHERE id = 499 RETURNING *) INSERT INTO moods SELECT 1, 'sad', total FROM gone$$),
	(15, $$SELECT * FROM orders TABLESAMPLE bernoulli (10) REPEATABLE (3) WHERE id > 1$$),
	(15, $$SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer AND c.name = 'n1')$$),
	(15, $$SELECT *, (SELECT name FROM customers c WHERE c.id = o.customer LIMIT 1) FROM orders o, LATERAL (SELECT * FROM customers LIMIT 2) l ORDER BY total DESC NULLS LAST LIMIT 3$$),
	(15, $$SELECT customer, status, count(*) FROM orders WHERE total > 1 GROUP BY GROUPING SETS ((customer), (status), ()) HAVING count(*) > 1$$),
	(15, $$SELECT * FROM orders WHERE id = 3 FOR UPDATE SKIP LOCKED$$),
	(15, $$INSERT INTO customers VALUES (100, 'x', '2000-01-01'), (101, 'y', date '2001-01-01') ON CONFLICT (name) DO UPDATE SET name = excluded.name || '1' WHERE customers.id > 5$$),
	(15, $$INSERT INTO orders (customer, at, payload, tags) SELECT 5, now() - interval '1 day', '{"a": 1}', '{x}' FROM customers WHERE id = 1$$),
	(15, $$INSERT INTO moods (id, feels, costs) VALUES (1, 'happy', 3.5), (2, NULL, 4)$$),
	(15, $$UPDATE orders SET total = total + 5, status = 'done', tags[1] = 'q', payload = jsonb_set(payload, '{a}', '1'), at = now() + interval '1 hour' WHERE id = 7 RETURNING id, 'x'$$),
	(15, $$UPDATE orders o SET (status, code) = ('a', 'b') FROM customers c WHERE c.id = o.customer AND c.name = 'n99'$$),
	(15, $$UPDATE orders SET status = 'queued' WHERE id IN (SELECT id FROM orders WHERE status = 'nothing' ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED)$$),
	(15, $$DELETE FROM orders USING customers c WHERE c.id = customer AND c.name = 'n99'$$),
	(15, $$MERGE INTO customers c USING (VALUES (1, 'merged')) v (id, name) ON c.id = v.id WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'new')$$),
	(15, $$SELECT * FROM unnest(ARRAY[1, 2, 3]) u JOIN orders ON customer = u$$),
	(15, $$SELECT * FROM jsonb_to_recordset('[{"a": 1}]') AS r (a int) JOIN orders ON customer = r.a$$),
	(15, $$SELECT count(*) FROM orders WHERE at::date = '2020-01-01' AND total::text = '5' AND cast(code AS text) = 'x' AND '5'::int = customer$$),
	(15, $$SELECT * FROM orders WHERE customer = 1 OR (status = 'x' AND (total > 5 OR total IS NULL)) ORDER BY CASE WHEN status = 'a' THEN 1 ELSE 2 END, at DESC LIMIT 5$$),
	(15, $$SELECT CASE WHEN total > 5 THEN total ELSE 0 END * 2, CASE WHEN paid THEN interval '1 day' ELSE '2 days' END + at FROM orders$$),
	(15, $$SELECT coalesce(due, '2020-01-01') + 1, coalesce(code, 'a') || 'b', greatest(1, 2) + customer FROM orders$$),
	(15, $$SELECT U&'d\0061t\+000061' || code, E'a\nb', $q$dollar $1$q$ || code FROM orders /* a comment with $5 and 'a quote */ WHERE code <> '$1'$$),
	(15, $$SELECT lower(code), md5('x'), left(code, 3), lpad(code, 5, '0'), repeat('a', 3), split_part(code, '-', 1), regexp_replace(code, 'a', 'b', 'g'), chr(65) FROM orders$$),
	(15, $$SELECT random() * 100 < 5, floor(random() * 10)::int, power(2, 3), mod(id, 10), abs(-3), ceil(1.5), greatest(weight, 0.5) FROM orders$$),
	(17, $$SELECT JSON_VALUE(payload, '$.a.b'), JSON_QUERY(payload, '$.a'), JSON_EXISTS(payload, '$.a') FROM orders$$),
	(17, $$SELECT j.* FROM orders, JSON_TABLE(payload, '$.a' COLUMNS (b int PATH '$.b', NESTED PATH '$.c[*]' COLUMNS (c int))) j$$),
	(16, $$SELECT JSON_OBJECT('a': 1, 'b': code), JSON_ARRAY(1, code) FROM orders$$);

CREATE FUNCTION pg_temp.run(sql text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE sql;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
CREATE FUNCTION pg_temp.forget() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM public.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);
END $$;

-- The role's usual search_path finds the tables: it is that of the database here.
SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = shop, public', current_user, current_database()) \gexec

SELECT count(pg_temp.forget()) >= 0;
DELETE FROM construct WHERE since > current_setting('server_version_num')::int / 10000;
SELECT is(pg_temp.run(sql), NULL, 'runs: ' || left(sql, 60)) FROM construct ORDER BY place;
SELECT cmp_ok((SELECT count(*) FROM public.pg_stat_statements WHERE query ~ '(orders|customers|moods)'), '>=', (SELECT count(*) FROM construct) - 5, 'pg_stat_statements has them');
SELECT is_empty('SELECT reason, query FROM dbeng.advisor_skipped WHERE query ~ ''(orders|customers|moods)'' AND query !~ ''construct''', 'all of them can be planned');
SELECT * FROM finish();
ROLLBACK;
