-- dbeng.top_queries: the figures of pg_stat_statements, and words only where they fit.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT no_plan();
CREATE EXTENSION pg_stat_statements SCHEMA public;
CREATE SCHEMA top;
SET search_path = top, public;
CREATE TABLE author (id int PRIMARY KEY, name text);
INSERT INTO author SELECT i, md5(i::text) FROM generate_series(1, 20000) i;
CREATE TABLE book (id int PRIMARY KEY, author_id int REFERENCES author, title text, filler text);
INSERT INTO book SELECT i, i % 20000 + 1, md5(i::text), repeat('x', 500) FROM generate_series(1, 40000) i;
VACUUM ANALYZE author, book;
SELECT pg_stat_statements_reset(0::oid, (SELECT oid FROM pg_database WHERE datname = current_database()), 0) AS x \gset
SELECT dbeng.configure_check('qry-mean-time', thresholds => '{"mean_ms": 500}') AS x \gset
\o /dev/null
-- Healthy: a look-up by key, a report that aggregates, a join, an update. The others are what they are called.
SELECT 'SELECT title AS healthy FROM book WHERE id = ' || i FROM generate_series(1, 300) i \gexec
SELECT 'SELECT count(*) AS healthy FROM book' FROM generate_series(1, 3) \gexec
SELECT 'SELECT name AS healthy FROM book JOIN author ON author.id = author_id WHERE book.id = ' || i FROM generate_series(1, 100) i \gexec
SELECT 'UPDATE author SET name = name WHERE id = ' || i FROM generate_series(1, 100) i \gexec
SELECT format('SELECT id AS blocks FROM book WHERE title = %L', md5((i + 100000)::text)) FROM generate_series(1, 12) i \gexec
SELECT 'SELECT name AS slow FROM author, pg_sleep(0.6) WHERE id = 1' FROM generate_series(1, 3) \gexec
SELECT format('SELECT name AS varying FROM author, pg_sleep(%s) WHERE id < 2', CASE WHEN i % 50 = 0 THEN 0.3 ELSE 0.0 END) FROM generate_series(1, 150) i \gexec
SELECT 'SELECT id AS sorted FROM (SELECT id, filler, title FROM book ORDER BY filler, title OFFSET 40000) AS x' FROM generate_series(1, 3) \gexec
SELECT 'SELECT author_id AS list FROM book WHERE id BETWEEN 1 AND 100' FROM generate_series(1, 12) \gexec
SELECT 'SELECT id AS one FROM author WHERE id = ' || i FROM generate_series(1, 1200) i \gexec
\o

SELECT is((SELECT calls FROM dbeng.top_queries WHERE query LIKE 'SELECT id AS one %'), 1200::bigint, 'calls');
SELECT results_eq($$SELECT split_part(query, ' FROM ', 1), problems FROM dbeng.top_queries WHERE problems <> '{}' ORDER BY 1$$, $$VALUES
	('SELECT id AS blocks', '{many blocks a row}'::text[]),
	('SELECT id AS one', '{n+1}'),
	('SELECT id AS sorted', '{temporary files}'),
	('SELECT name AS slow', '{slow}'),
	('SELECT name AS varying', '{varying time}')$$, 'each has its word, the healthy have none');
SELECT bag_eq($$SELECT queryid, calls, query FROM dbeng.top_queries WHERE query LIKE 'SELECT % AS %'$$,
	$$SELECT queryid, calls, query FROM pg_stat_statements WHERE query LIKE 'SELECT % AS %' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())$$, 'the statements are those of pg_stat_statements');
SELECT is_empty('SELECT * FROM (SELECT total_ms, lag(total_ms) OVER () AS before FROM dbeng.top_queries) AS t WHERE total_ms > before', 'the heaviest first');
SELECT is_empty('SELECT * FROM dbeng.top_queries WHERE share_pct NOT BETWEEN 0 AND 100 OR hit_pct NOT BETWEEN 0 AND 100 OR rows_per_call < 0 OR problems IS NULL', 'percentages are some');
SELECT cmp_ok((SELECT sum(share_pct) FROM dbeng.top_queries), '<=', 101::numeric, 'shares are of the whole');
SELECT results_eq($$SELECT rows_per_call FROM dbeng.top_queries WHERE query LIKE 'SELECT author_id AS list%'$$, 'VALUES (100.00)', 'rows a call');
SELECT cmp_ok((SELECT temp_bytes FROM dbeng.top_queries WHERE query LIKE 'SELECT id AS sorted%'), '>', 3 * 4194304::bigint, 'temporary files');
SELECT cmp_ok((SELECT wal_bytes FROM dbeng.top_queries WHERE query LIKE 'UPDATE author%'), '>', 1000::bigint, 'WAL');

-- The check's threshold is the view's.
SELECT dbeng.configure_check('qry-mean-time', thresholds => '{"mean_ms": 2000}') AS x \gset
SELECT is((SELECT problems FROM dbeng.top_queries WHERE query LIKE 'SELECT name AS slow%'), '{}', 'slow as configured');
DELETE FROM dbeng.check_setting;

-- Without the extension it says so and has no rows.
DROP EXTENSION pg_stat_statements;
SELECT is_empty('SELECT * FROM dbeng.top_queries', 'no workload, no rows');
SELECT finish();
DROP SCHEMA top CASCADE;
