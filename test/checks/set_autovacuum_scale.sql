-- threshold: {"rows": 5000, "dead_rows": 500}

-- firing
CREATE TABLE "T" (a int);
INSERT INTO "T" SELECT generate_series(1, 10000);
UPDATE "T" SET a = 0 WHERE a = 1;
VACUUM ANALYZE "T";
-- expect: public."T" | ^autovacuum waits for 2,000 dead rows \(20 % of 10,000\)

-- silent
CREATE TABLE own (a int) WITH (autovacuum_vacuum_scale_factor = 0.3);
INSERT INTO own SELECT generate_series(1, 10000);
UPDATE own SET a = 0 WHERE a = 1;
VACUUM ANALYZE own;
CREATE TABLE inserted (a int);
INSERT INTO inserted SELECT generate_series(1, 10000);
VACUUM ANALYZE inserted;
CREATE TABLE small (a int);
INSERT INTO small SELECT generate_series(1, 1000);
UPDATE small SET a = 0;
VACUUM ANALYZE small;

-- silent: a smaller share for all
-- setting: autovacuum_vacuum_scale_factor = 0.01
CREATE TABLE t (a int);
INSERT INTO t SELECT generate_series(1, 10000);
UPDATE t SET a = 0 WHERE a = 1;
VACUUM ANALYZE t;
