-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'WITH "Wide" AS (SELECT id FROM t), w AS (SELECT a FROM t) SELECT a FROM w WHERE a = ' || i FROM generate_series(1, 50) i \gexec
-- expect: queryid N | ^nothing reads from WITH "Wide"; 50 calls

-- silent: used, used by the next one, recursive, changing data
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'WITH v AS (SELECT a FROM t), w AS (SELECT a FROM v) SELECT a FROM w WHERE a = ' || i FROM generate_series(1, 50) i \gexec
SELECT 'WITH gone AS (DELETE FROM t RETURNING a) SELECT a FROM t WHERE a = ' || i FROM generate_series(1, 50) i \gexec
SELECT 'WITH RECURSIVE r AS (SELECT id, a FROM t UNION ALL SELECT t.id, t.a FROM r JOIN t ON t.id = r.a) SELECT a FROM r WHERE a = ' || i FROM generate_series(1, 50) i \gexec
SELECT 'WITH v AS (SELECT a FROM t) SELECT a FROM t WHERE a IN (SELECT a FROM v) AND id = ' || i FROM generate_series(1, 50) i \gexec
