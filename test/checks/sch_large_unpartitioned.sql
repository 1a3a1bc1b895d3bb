-- threshold: {"rows": 1000}
-- firing
CREATE TABLE "Big" (id int PRIMARY KEY);
INSERT INTO "Big" SELECT generate_series(1, 2000);
ANALYZE "Big";
-- expect: public."Big" | ^2,000 rows \(.* with indexes\) in one table

-- silent
CREATE TABLE small (id int PRIMARY KEY);
INSERT INTO small SELECT generate_series(1, 900);
CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (5000);
INSERT INTO parted SELECT generate_series(1, 2000);
ANALYZE;

-- silent: the limit as it is
-- threshold: {"rows": 100000000}
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT generate_series(1, 2000);
ANALYZE t;
