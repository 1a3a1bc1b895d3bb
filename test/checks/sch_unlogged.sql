-- firing
CREATE UNLOGGED TABLE "Orders" (id int PRIMARY KEY);
INSERT INTO "Orders" SELECT generate_series(1, 1234);
CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE UNLOGGED TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
INSERT INTO parted SELECT generate_series(1, 15);
-- expect: public."Orders" | unlogged: its 1,234 rows are gone after a crash
-- expect: public.parted | 1 unlogged partition, 9 rows

-- silent
CREATE UNLOGGED TABLE empty (id int PRIMARY KEY);
CREATE UNLOGGED TABLE page_cache (id int PRIMARY KEY);
INSERT INTO page_cache SELECT generate_series(1, 100);
CREATE TABLE logged (id int PRIMARY KEY);
INSERT INTO logged SELECT generate_series(1, 100);
