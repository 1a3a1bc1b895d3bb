-- firing
CREATE TABLE "T" (a int) WITH (autovacuum_enabled = 'off');
INSERT INTO "T" SELECT generate_series(1, 1001);
CREATE TABLE p (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9999) WITH (autovacuum_enabled = false);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9999) TO (99999);
INSERT INTO p SELECT generate_series(1, 2000);
-- expect: public."T" | ^autovacuum is switched off although 1,001 rows were written
-- expect: public.p | ^1 of 2 partitions, the worst public.p1: autovacuum is switched off although 2,000 rows

-- silent
CREATE TABLE idle (a int) WITH (autovacuum_enabled = off);
CREATE TABLE switched_on (a int) WITH (autovacuum_enabled = on, fillfactor = 90);
INSERT INTO switched_on SELECT generate_series(1, 5000);
CREATE TABLE plain (a int);
INSERT INTO plain SELECT generate_series(1, 5000);
