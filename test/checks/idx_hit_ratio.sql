-- firing
-- setting: shared_buffers = '128kB'
-- threshold: {"blocks": 1000}
CREATE TABLE t (id int PRIMARY KEY, filler int);
INSERT INTO t SELECT i, i FROM generate_series(1, 50000) i;
VACUUM ANALYZE t;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count((SELECT filler FROM t WHERE t.id = (i * 7919) % 50000 + 1)) FROM generate_series(1, 3000) i;
SELECT pg_stat_force_next_flush();
-- expect: fx | ^[\d.]+ % of [\d,]+ index block reads were found in shared buffers; the indexes are

-- silent: all in shared buffers
-- threshold: {"blocks": 1000, "hit_pct": 80}
CREATE TABLE t (id int PRIMARY KEY, filler int);
INSERT INTO t SELECT i, i FROM generate_series(1, 5000) i;
VACUUM ANALYZE t;
SET enable_seqscan = off;
SELECT count((SELECT filler FROM t WHERE t.id = i)) FROM generate_series(1, 3000) i;
SELECT pg_stat_force_next_flush();

-- silent: too few reads to tell
-- status: unknown: only \d+ index blocks were read since the statistics began, it takes 100,000
CREATE TABLE t (id int PRIMARY KEY);
SELECT pg_stat_force_next_flush();
