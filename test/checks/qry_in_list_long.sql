-- extension: pg_stat_statements
-- server: < 18

-- firing: one long list
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT a FROM t WHERE id IN (%s)', (SELECT string_agg((i + x)::text, ', ') FROM generate_series(1, 150) x)) FROM generate_series(1, 20) i \gexec
-- expect: queryid N | ^IN lists of up to 150 values, 1 statement that differs in their length only; 20 calls

-- firing: every length
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT a FROM t WHERE id IN (%s) AND a > 5', (SELECT string_agg((i + x)::text, ', ') FROM generate_series(1, i) x)) FROM generate_series(1, 40) i \gexec
-- expect: queryid N | ^IN lists of up to 40 values, 40 statements that differ in their length only; 40 calls

-- silent: short lists, arrays
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT a FROM t WHERE id IN (%s, 2, 3)', i) FROM generate_series(1, 20) i \gexec
SELECT format('SELECT a FROM t WHERE id IN (%s, 2, 3, 4)', i) FROM generate_series(1, 20) i \gexec
SELECT format('SELECT a FROM t WHERE id = ANY (''{%s}'')', (SELECT string_agg((i + x)::text, ', ') FROM generate_series(1, 150) x)) FROM generate_series(1, 20) i \gexec
