-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i;
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT id FROM t ORDER BY random() LIMIT 5' FROM generate_series(1, 10) i \gexec
SELECT 'SELECT a FROM t WHERE id IN (SELECT x.id FROM public.t AS x ORDER BY random() LIMIT 6)' FROM generate_series(1, 10) i \gexec
-- expect: queryid N | ^reads and sorts all 20,000 rows of public.t to pick some at random: TABLESAMPLE
-- expect: queryid N | : SELECT a FROM t WHERE id IN

-- silent: a small table, a few rows of a large one, and a sample
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i;
CREATE TABLE small (id int PRIMARY KEY, a int);
INSERT INTO small SELECT i, i FROM generate_series(1, 100) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT id FROM small ORDER BY random() LIMIT 5' FROM generate_series(1, 10) i \gexec
SELECT 'SELECT id FROM t WHERE id < 50 ORDER BY random() LIMIT 5' FROM generate_series(1, 10) i \gexec
SELECT 'SELECT id FROM t TABLESAMPLE SYSTEM (1) ORDER BY random() LIMIT 5' FROM generate_series(1, 10) i \gexec
