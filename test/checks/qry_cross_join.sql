-- extension: pg_stat_statements

-- firing
CREATE TABLE a (id int PRIMARY KEY, n int);
CREATE TABLE "B" (id int PRIMARY KEY, m int);
INSERT INTO a SELECT i, i FROM generate_series(1, 1500) i;
INSERT INTO "B" SELECT i, i FROM generate_series(1, 1200) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT n FROM a WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT count(*) FROM a, "B" b WHERE a.n < ' || i FROM generate_series(10, 12) i \gexec
SELECT 'SELECT DISTINCT n FROM a, public."B" WHERE n < 10' FROM generate_series(10, 12) i \gexec
-- expect: queryid N | ^no condition mentions public."B": every one of its rows is combined with every row of public.a; 3 calls .*count
-- expect: queryid N | : SELECT DISTINCT n

-- silent: linked, with a JOIN, with a small table, said on purpose, a condition each
CREATE TABLE a (id int PRIMARY KEY, n int);
CREATE TABLE b (id int PRIMARY KEY, m int);
CREATE TABLE one (id int PRIMARY KEY, rate int);
INSERT INTO a SELECT i, i FROM generate_series(1, 1500) i;
INSERT INTO b SELECT i, i FROM generate_series(1, 1200) i;
INSERT INTO one VALUES (1, 1);
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT n FROM a WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT count(*) FROM a, b WHERE a.id = b.id AND a.n < ' || i FROM generate_series(10, 12) i \gexec
SELECT 'SELECT count(*) FROM a, b WHERE n = m' FROM generate_series(10, 12) i \gexec
SELECT 'SELECT count(*) FROM a JOIN b USING (id), one' FROM generate_series(10, 12) i \gexec
SELECT 'SELECT sum(n * rate) FROM a, one' FROM generate_series(10, 12) i \gexec
SELECT 'SELECT count(*) FROM a CROSS JOIN b' FROM generate_series(10, 12) i \gexec
SELECT 'SELECT n, m FROM a, b WHERE a.id = 5 AND b.id = ' || i FROM generate_series(10, 12) i \gexec
