-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE r (id int PRIMARY KEY, t_id int, "T Id" int);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
INSERT INTO r SELECT i, i, nullif(i, 7) FROM generate_series(1, 100) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT a FROM t WHERE id NOT IN (SELECT t_id FROM r) AND a > ' || i FROM generate_series(1, 20) i \gexec
SELECT 'DELETE FROM t WHERE id <> ALL (SELECT x."T Id" FROM public.r AS x WHERE x.t_id > 2) AND a > ' || i FROM generate_series(1, 20) i \gexec
-- expect: queryid N | ^NOT IN over public.r.t_id, which may be NULL: one NULL and it is never true; NOT EXISTS
-- expect: queryid N | ^NOT IN over public.r."T Id", which has NULLs: it is never true

-- silent: NOT NULL, filtered, a list, IN, NOT EXISTS
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE r (id int PRIMARY KEY, t_id int, sure int NOT NULL);
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
INSERT INTO r SELECT i, i, i FROM generate_series(1, 100) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT a FROM t WHERE id NOT IN (SELECT sure FROM r) AND a > ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT a FROM t WHERE id NOT IN (SELECT t_id FROM r WHERE t_id IS NOT NULL) AND a > ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT a FROM t WHERE id NOT IN (SELECT t_id FROM r WHERE r.t_id > 5) AND a > ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT a FROM t WHERE id NOT IN (5, 6, 7) AND a > ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT a FROM t WHERE id IN (SELECT t_id FROM r) AND a > ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT a FROM t WHERE NOT EXISTS (SELECT FROM r WHERE t_id = t.id) AND a > ' || i FROM generate_series(1, 20) i \gexec
