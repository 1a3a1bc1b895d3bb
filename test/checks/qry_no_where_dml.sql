-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
CREATE TABLE "Staging" (id int);
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'UPDATE t SET a = a + ' || i FROM generate_series(1, 6) i \gexec
SELECT 'INSERT INTO "Staging" SELECT generate_series(1, 1500)', 'DELETE FROM "Staging"' FROM generate_series(1, 6) i \gexec
-- expect: queryid N | ^updates every row of public.t, 2,000 a call: a WHERE
-- expect: queryid N | ^deletes every row of public."Staging", 1,500 a call: TRUNCATE

-- silent: with a condition, a tiny table, only once, joined to another
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
CREATE TABLE tiny (id int PRIMARY KEY, a int);
INSERT INTO tiny VALUES (1, 1);
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'UPDATE tiny SET a = a + ' || i FROM generate_series(1, 6) i \gexec
SELECT 'UPDATE t SET a = a + 1 WHERE id > ' || i FROM generate_series(1, 6) i \gexec
SELECT 'UPDATE t SET a = t.a + 1 FROM tiny' FROM generate_series(1, 6) i \gexec
DELETE FROM t;
