-- threshold: {"times": 2, "rows": 500, "minutes": 0}

-- firing
CREATE TABLE t (a int);
INSERT INTO t SELECT generate_series(1, 2000);
VACUUM ANALYZE t;
DELETE FROM t WHERE a <= 1000;
CREATE TABLE "Patient" (a int) WITH (autovacuum_vacuum_scale_factor = 0.9);
INSERT INTO "Patient" SELECT generate_series(1, 2000);
VACUUM ANALYZE "Patient";
DELETE FROM "Patient" WHERE a <= 1000;
-- expect: autovacuum | ^1 of 2 tables are past twice their trigger; public.t has 1,000 dead rows and is due at 450, with 3 workers

-- firing: inserted rows
CREATE TABLE t (a int) WITH (autovacuum_vacuum_insert_threshold = 100);
INSERT INTO t SELECT generate_series(1, 2000);
-- expect: autovacuum | public.t has 2,000 newly inserted rows and is due at 100

-- silent: given time
-- threshold: {"rows": 500, "minutes": 10}
CREATE TABLE t (a int);
INSERT INTO t SELECT generate_series(1, 2000);
VACUUM ANALYZE t;
DELETE FROM t WHERE a <= 1000;

-- silent: switched off for the table, below its trigger
CREATE TABLE off (a int) WITH (autovacuum_enabled = off);
INSERT INTO off SELECT generate_series(1, 2000);
DELETE FROM off;
CREATE TABLE t (a int) WITH (autovacuum_vacuum_insert_threshold = -1);
INSERT INTO t SELECT generate_series(1, 2000);
VACUUM ANALYZE t;
DELETE FROM t WHERE a <= 550;
