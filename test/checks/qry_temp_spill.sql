-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t SELECT i, md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 100000) i;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT count(*) FROM (SELECT id, a FROM t ORDER BY a OFFSET 10) x' FROM generate_series(1, 3) \gexec
-- expect: queryid N | ^writes \d+ [kM]B of temporary files a call \(work_mem is 4096 kB\): SET work_mem = '32MB' for this statement would keep them in memory; 3 calls

-- silent: enough memory
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t SELECT i, md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 100000) i;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SET work_mem = '64MB';
SELECT 'SELECT count(*) FROM (SELECT id, a FROM t ORDER BY a OFFSET 10) x' FROM generate_series(1, 3) \gexec

-- silent: an index that is built spills, too
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t SELECT i, md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 100000) i;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SET maintenance_work_mem = '1MB';
CREATE INDEX t_a ON t (a);
