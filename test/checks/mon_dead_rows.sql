-- threshold: {"percent": 20, "rows": 500}

-- firing
CREATE TABLE t (a int) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT generate_series(1, 2000);
DELETE FROM t WHERE a <= 1000;
CREATE SCHEMA "S x";
CREATE TABLE "S x"."T y" (a int) PARTITION BY RANGE (a);
CREATE TABLE "S x"."T y1" PARTITION OF "S x"."T y" FOR VALUES FROM (0) TO (1001);
CREATE TABLE "S x"."T y2" PARTITION OF "S x"."T y" FOR VALUES FROM (1001) TO (9999);
INSERT INTO "S x"."T y" SELECT generate_series(1, 2000);
DELETE FROM "S x"."T y" WHERE a <= 900;
-- expect: public.t | ^1,000 dead rows beside 1,000 live ones \(50 %\), last vacuumed never
-- expect: "S x"."T y" | ^1 of 2 partitions, the worst "S x"."T y1": 900 dead rows beside 100 live ones \(90 %\)

-- silent: few rows, a small share, nothing dead
CREATE TABLE few (a int);
INSERT INTO few SELECT generate_series(1, 400);
DELETE FROM few;
CREATE TABLE share (a int);
INSERT INTO share SELECT generate_series(1, 10000);
DELETE FROM share WHERE a <= 1000;
CREATE TABLE clean (a int);
INSERT INTO clean SELECT generate_series(1, 10000);
