-- extension: pg_stat_statements
-- threshold: {"rows": 10000}

-- firing: partitions count together
CREATE TABLE "Big" (id int PRIMARY KEY);
INSERT INTO "Big" SELECT generate_series(1, 20000);
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (8000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (8000) TO (100000);
INSERT INTO parted SELECT generate_series(1, 16000);
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM "Big" WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT count(*) FROM "Big"' FROM generate_series(1, 20) i \gexec
SELECT 'SELECT count(1) AS n FROM public.parted p' FROM generate_series(1, 20) i \gexec
-- expect: queryid N | ^counts all 20,000 rows of public."Big" each time, where reltuples
-- expect: queryid N | ^counts all 16,000 rows of public.parted each time

-- silent: with a condition, of a small table, now and then
CREATE TABLE big (id int PRIMARY KEY);
INSERT INTO big SELECT generate_series(1, 20000);
CREATE TABLE small (id int PRIMARY KEY);
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM big WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT count(*) FROM big WHERE id > 5' FROM generate_series(1, 20) i \gexec
SELECT 'SELECT count(*) FROM small' FROM generate_series(1, 20) i \gexec
SELECT 'SELECT id % 2, count(*) FROM big GROUP BY 1' FROM generate_series(1, 20) i \gexec
SELECT count(*) FROM big;
