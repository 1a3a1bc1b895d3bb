-- extension: pg_stat_statements

-- firing: no index on the column, found or not; UPDATE as well as SELECT
CREATE TABLE t (id int PRIMARY KEY, a int, filler text);
INSERT INTO t SELECT i, i, repeat('x', 400) FROM generate_series(1, 25000) i;
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT id FROM t WHERE a = ' || i FROM generate_series(24990, 25010) i \gexec
SELECT 'UPDATE t SET a = -a WHERE a = ' || i FROM generate_series(1, 12) i \gexec
-- expect: queryid N | ^reads 1,\d\d\d blocks \(1\d MB\) for each row it returns: an index may be missing; 21 calls
-- expect: queryid N | for each row it changes

-- silent: aggregates, bounds by an index, few calls, everything returned
CREATE TABLE t (id int PRIMARY KEY, a int, filler text);
INSERT INTO t SELECT i, i, repeat('x', 400) FROM generate_series(1, 25000) i;
CREATE INDEX t_a ON t (a);
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT count(filler) FROM t WHERE id > ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT id, filler FROM t WHERE a = ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT max(filler) FROM t WHERE filler > ''a'' GROUP BY a % 2' FROM generate_series(1, 20) i \gexec
SELECT id FROM t WHERE filler = 'y';

-- silent: a function or a pattern is the reason, and has a check of its own
CREATE TABLE t (id int PRIMARY KEY, a int, filler text);
INSERT INTO t SELECT i, i, repeat('x', 400) FROM generate_series(1, 25000) i;
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT id FROM t WHERE abs(a) = -' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT id FROM t WHERE filler LIKE ''%a' || i || '%''' FROM generate_series(1, 20) i \gexec

-- silent: the reading is done in a function
CREATE TABLE t (id int PRIMARY KEY, a int, filler text);
INSERT INTO t SELECT i, i, repeat('x', 400) FROM generate_series(1, 25000) i;
CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(a) FROM t); END';
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT total() FROM t WHERE id = ' || i FROM generate_series(1, 20) i \gexec
