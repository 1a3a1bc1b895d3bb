-- extension: pg_stat_statements

-- firing
CREATE TABLE "T" (id int, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM "T" WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('INSERT INTO "T" VALUES (%s, 1)', i) FROM generate_series(1, 50) i \gexec
-- expect: queryid N | ^INSERT INTO public."T" without a column list; 50 calls

-- silent: a list, defaults, a single column
CREATE TABLE t (id int, a int);
CREATE TABLE one (id int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('INSERT INTO t (id, a) VALUES (%s, 1)', i) FROM generate_series(1, 50) i \gexec
SELECT 'INSERT INTO t DEFAULT VALUES' FROM generate_series(1, 50) i \gexec
SELECT format('INSERT INTO one VALUES (%s)', i) FROM generate_series(1, 50) i \gexec
