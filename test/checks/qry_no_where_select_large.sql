-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 12000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT id, a FROM t ORDER BY id' FROM generate_series(1, 12) i \gexec
-- expect: queryid N | ^has neither WHERE nor LIMIT and returns 12,000 rows a call; 12 calls

-- silent: bounded, aggregated, small, once
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 12000) i;
CREATE TABLE small (id int PRIMARY KEY);
INSERT INTO small SELECT generate_series(1, 500);
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT id FROM t ORDER BY id LIMIT 10000' FROM generate_series(1, 12) i \gexec
SELECT 'SELECT id FROM t WHERE id > 0' FROM generate_series(1, 12) i \gexec
SELECT 'SELECT sum(id) FROM t' FROM generate_series(1, 12) i \gexec
SELECT 'SELECT id FROM small' FROM generate_series(1, 12) i \gexec
SELECT id, a FROM t;
