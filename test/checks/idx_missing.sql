-- threshold: {"pages": 30, "rows_per_scan": 1000, "scans": 20}
-- firing
CREATE TABLE "Events" (id int PRIMARY KEY, kind int, filler text);
INSERT INTO "Events" SELECT i, i % 1000, repeat('x', 100) FROM generate_series(1, 10000) i;
ANALYZE "Events";
SELECT format('SELECT count(*) FROM "Events" WHERE kind = %s', i) FROM generate_series(1, 40) i \gexec
SELECT pg_stat_force_next_flush();
-- expect: public."Events" | ^4\d sequential scans read [\d,]+ rows each, \d+ % of the database's block reads; 0 index scans

-- firing: a partitioned table, by its most scanned partition
CREATE TABLE p (id int, kind int, filler text) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (5001);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (5001) TO (10001);
INSERT INTO p SELECT i, i % 1000, repeat('x', 100) FROM generate_series(1, 10000) i;
ANALYZE p;
SELECT format('SELECT count(*) FROM p WHERE kind = %s', i) FROM generate_series(1, 40) i \gexec
SELECT pg_stat_force_next_flush();
-- expect: public.p | ^4\d sequential scans read [\d,]+ rows each

-- silent: few scans, scans that stop early, a small table
CREATE TABLE t (id int PRIMARY KEY, kind int, filler text);
INSERT INTO t SELECT i, i % 1000, repeat('x', 100) FROM generate_series(1, 10000) i;
CREATE TABLE u (LIKE t INCLUDING ALL);
INSERT INTO u SELECT * FROM t;
CREATE TABLE v (id int);
INSERT INTO v SELECT generate_series(1, 2000);
ANALYZE;
SELECT count(*) FROM t;
SELECT 'SELECT * FROM u LIMIT 1' FROM generate_series(1, 40) i \gexec
SELECT 'SELECT count(*) FROM v' FROM generate_series(1, 40) i \gexec
SELECT pg_stat_force_next_flush();

-- silent: the load has ended; snapshots know of no scan in the last week
CREATE TABLE t (id int PRIMARY KEY, kind int, filler text);
INSERT INTO t SELECT i, i % 1000, repeat('x', 100) FROM generate_series(1, 10000) i;
ANALYZE t;
SELECT format('SELECT count(*) FROM t WHERE kind = %s', i) FROM generate_series(1, 40) i \gexec
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '10 days';
SELECT dbeng.snapshot();

-- firing: in the last week, as snapshots saw it, whatever was reset since
CREATE TABLE t (id int PRIMARY KEY, kind int, filler text);
INSERT INTO t SELECT i, i % 1000, repeat('x', 100) FROM generate_series(1, 10000) i;
ANALYZE t;
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
SELECT format('SELECT count(*) FROM t WHERE kind = %s', i) FROM generate_series(1, 40) i \gexec
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
SELECT pg_stat_reset();
SELECT dbeng.snapshot();
-- expect: public.t | ^4\d sequential scans read [\d,]+ rows each in 2 days, \d+ % of the database's block reads; 0 index scans

-- silent: a single day's snapshots that ended long ago do not count, the counters do; few scans
CREATE TABLE t (id int PRIMARY KEY, kind int, filler text);
INSERT INTO t SELECT i, i % 1000, repeat('x', 100) FROM generate_series(1, 10000) i;
ANALYZE t;
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '4 days';
SELECT format('SELECT count(*) FROM t WHERE kind = %s', i) FROM generate_series(1, 40) i \gexec
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
UPDATE dbeng.snapshot SET taken_at = now() - interval '3 days' WHERE snapshot_id = 2;
SELECT pg_stat_reset();
SELECT count(*) FROM t;
SELECT pg_stat_force_next_flush();
