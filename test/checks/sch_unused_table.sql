-- firing
-- threshold: {"days": 0}
CREATE TABLE old (id int PRIMARY KEY);
INSERT INTO old SELECT generate_series(1, 100);
CREATE TABLE used (id int PRIMARY KEY);
INSERT INTO used SELECT generate_series(1, 100);
CREATE TABLE empty (id int PRIMARY KEY);
VACUUM ANALYZE;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset();
SELECT count(*) FROM used;
-- expect: public.old | ^no read and no write in the

-- silent: partitions count
-- threshold: {"days": 0}
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
INSERT INTO p SELECT generate_series(1, 150);
VACUUM ANALYZE;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset();
SELECT count(*) FROM p1;

-- silent: too early to tell
-- status: unknown: the table statistics cover .*, fewer than 30 days
CREATE TABLE old (id int PRIMARY KEY);

-- silent: nothing is counted
-- setting: track_counts = off
-- status: unknown: track_counts is off
CREATE TABLE old (id int PRIMARY KEY);

-- firing: the counters began anew yesterday, snapshots remember 40 days
CREATE TABLE old (id int PRIMARY KEY);
INSERT INTO old SELECT generate_series(1, 100);
CREATE TABLE used (id int PRIMARY KEY);
INSERT INTO used SELECT generate_series(1, 100);
CREATE TABLE written (LIKE used);
INSERT INTO written SELECT generate_series(1, 100);
VACUUM ANALYZE;
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '41 days';
UPDATE dbeng.series SET valid_from = valid_from - interval '41 days';
SELECT count(*) FROM used;
INSERT INTO written VALUES (0);
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
UPDATE dbeng.snapshot SET taken_at = now() - interval '1 day' WHERE snapshot_id = 2;
SELECT pg_stat_reset();
SELECT dbeng.snapshot();
-- expect: public.old | ^no read and no write in the 40 days that the snapshots cover
