-- firing
CREATE TABLE never (a int);
INSERT INTO never SELECT generate_series(1, 2000);
CREATE TABLE changed (a int);
INSERT INTO changed SELECT generate_series(1, 10000);
SELECT pg_stat_force_next_flush();
ANALYZE changed;
INSERT INTO changed SELECT generate_series(1, 5000);
CREATE TABLE "Parent" (a int) PARTITION BY RANGE (a);
CREATE TABLE child PARTITION OF "Parent" FOR VALUES FROM (0) TO (9999);
INSERT INTO "Parent" SELECT generate_series(1, 2000);
SELECT pg_stat_force_next_flush();
ANALYZE child;
CREATE MATERIALIZED VIEW m AS SELECT generate_series(1, 2000) AS a;
-- expect: public.never | ^2,000 rows, never analysed
-- expect: public.changed | ^5,000 rows changed since the last ANALYZE, 33 % of 15,000
-- expect: public."Parent" | ^2,000 rows in its partitions, never analysed as a whole
-- expect: public.m | ^2,000 rows, never analysed

-- firing: a partition
CREATE TABLE parent (a int) PARTITION BY RANGE (a);
CREATE TABLE child1 PARTITION OF parent FOR VALUES FROM (0) TO (2000);
CREATE TABLE child2 PARTITION OF parent FOR VALUES FROM (2000) TO (9999);
INSERT INTO parent SELECT generate_series(1, 1999);
SELECT pg_stat_force_next_flush();
ANALYZE parent;
INSERT INTO parent SELECT generate_series(2000, 5000);
-- expect: public.parent | ^1 of 2 partitions, the worst public.child2: 3,001 rows changed since the last ANALYZE

-- silent
CREATE TABLE small (a int);
INSERT INTO small SELECT generate_series(1, 900);
CREATE TABLE fresh (a int);
INSERT INTO fresh SELECT generate_series(1, 10000);
SELECT pg_stat_force_next_flush();
ANALYZE fresh;
INSERT INTO fresh SELECT generate_series(1, 1500);
CREATE TABLE patient (a int) WITH (autovacuum_analyze_scale_factor = 0.5);
INSERT INTO patient SELECT generate_series(1, 10000);
SELECT pg_stat_force_next_flush();
ANALYZE patient;
INSERT INTO patient SELECT generate_series(1, 9000);
CREATE TABLE empty (a int);
CREATE TABLE parent (a int) PARTITION BY RANGE (a);
CREATE TABLE child PARTITION OF parent FOR VALUES FROM (0) TO (9999);
INSERT INTO parent SELECT generate_series(1, 2000);
SELECT pg_stat_force_next_flush();
ANALYZE parent;
