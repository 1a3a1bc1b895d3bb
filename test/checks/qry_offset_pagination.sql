-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200000) i;
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT id, a FROM t ORDER BY id LIMIT 20 OFFSET %s', i * 20000) FROM generate_series(1, 9) i \gexec
-- expect: queryid N | ^skips rows with OFFSET and reads \d[\d,]+ blocks to return 20 rows a call: continue after the last key

-- silent: the first pages only, and the whole rest
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 200000) i;
VACUUM ANALYZE t;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT id, a FROM t ORDER BY id LIMIT 20 OFFSET %s', i * 20) FROM generate_series(1, 9) i \gexec
SELECT count(*) FROM (SELECT id FROM t ORDER BY id OFFSET 100000) x;
SELECT id FROM t WHERE id > 100000 ORDER BY id LIMIT 20;
