-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT id FROM t WHERE a > ' || i || ' LIMIT 20' FROM generate_series(1, 50) i \gexec
SELECT 'SELECT id FROM t LIMIT 1 OFFSET ' || i FROM generate_series(1, 50) i \gexec
-- expect: queryid N | ^LIMIT without ORDER BY: which 20 rows it returns is left to chance; 50 calls
-- expect: queryid N | ^LIMIT and OFFSET without ORDER BY: pages may overlap and leave out rows; 50 calls

-- silent: the only row, a question, a queue, an order from below, an aggregate, an order
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT 1 AS one FROM t WHERE a > ' || i || ' LIMIT 1' FROM generate_series(1, 50) i \gexec
SELECT 'SELECT id FROM t WHERE a > ' || i || ' LIMIT 10 FOR UPDATE SKIP LOCKED' FROM generate_series(1, 50) i \gexec
SELECT 'SELECT id FROM (SELECT id FROM t WHERE a > ' || i || ' ORDER BY a) x LIMIT 10' FROM generate_series(1, 50) i \gexec
SELECT 'SELECT id FROM t WHERE a > ' || i || ' ORDER BY id LIMIT 10' FROM generate_series(1, 50) i \gexec
SELECT 'SELECT count(*), i FROM t, generate_series(1, 5) i WHERE a > ' || i || ' GROUP BY i LIMIT 10' FROM generate_series(1, 50) i \gexec
