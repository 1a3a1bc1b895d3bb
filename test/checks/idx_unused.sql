-- threshold: {"days": 0}
-- firing
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT i, i, i FROM generate_series(1, 5000) i;
CREATE INDEX "T a" ON t (a);
CREATE INDEX t_b ON t (b);
ANALYZE t;
SELECT * FROM t WHERE b = 7;
SELECT pg_stat_force_next_flush();
-- expect: public."T a" | ^no scan in .*, .* kB, while 5,000 rows were written$

-- firing: a partitioned index, summed over its partitions
CREATE TABLE p (a int, b int, c int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (3000);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (3000) TO (9000);
INSERT INTO p SELECT i, i, i FROM generate_series(1, 6000) i;
CREATE INDEX p_b ON p (b);
CREATE INDEX p_c ON p (c);
ANALYZE p;
SELECT * FROM p1 WHERE c = 7;
SELECT pg_stat_force_next_flush();
-- expect: public.p_b | while 6,000 rows were written

-- firing: with a standby
-- standby
-- fix: partial the section is about the message
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 5000) i;
CREATE INDEX t_a ON t (a);
ANALYZE t;
SELECT * FROM t WHERE id = 7;
SELECT pg_stat_force_next_flush();
-- expect: public.t_a | scans on the 1 connected standby are not counted here: look there first$

-- firing: the counters began anew yesterday, snapshots remember 40 days
-- threshold: {"days": 30}
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
INSERT INTO t SELECT i, i, i, i FROM generate_series(1, 5000) i;
CREATE INDEX t_a ON t (a);
CREATE INDEX t_b ON t (b);
CREATE INDEX t_c ON t (c);
ANALYZE t;
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '41 days';
UPDATE dbeng.series SET valid_from = valid_from - interval '41 days';
INSERT INTO t SELECT i, i, i, i FROM generate_series(5001, 6000) i;
SELECT * FROM t WHERE b = 7;
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
UPDATE dbeng.snapshot SET taken_at = now() - interval '1 day' WHERE snapshot_id = 2;
SELECT pg_stat_reset();
CREATE INDEX t_new ON t (a, b);
SELECT * FROM t WHERE c = 7;
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
DO $$
BEGIN
	ASSERT (SELECT evidence @> '{"source": "snapshots", "observed_days": 40}' AND (evidence ->> 'gap_hours')::int BETWEEN 24 AND 25
			  FROM dbeng.findings() WHERE check_id = 'idx-unused'), 'evidence of snapshots';
END $$;
-- expect: public.t_a | ^no scan in 40 days, .* kB, while 1,000 rows were written$

-- firing: put away as sums of hours, a partitioned index, a table not read since the reset
-- threshold: {"days": 30}
CREATE TABLE p (a int, b int, c int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (3000);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (3000) TO (9000);
INSERT INTO p SELECT i, i, i FROM generate_series(1, 6000) i;
CREATE INDEX p_b ON p (b);
CREATE INDEX p_c ON p (c);
ANALYZE p;
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '41 days';
UPDATE dbeng.series SET valid_from = valid_from - interval '41 days';
SELECT * FROM p2 WHERE c = 7000;
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
UPDATE dbeng.snapshot SET taken_at = now() - interval '1 day' WHERE snapshot_id = 2;
SELECT pg_stat_reset();
UPDATE dbeng.snapshot_progress SET state_time = state_time - interval '45 days', daily_until = daily_until - interval '45 days';
SELECT dbeng.snapshot();
DO $$
BEGIN
	ASSERT (SELECT count(*) FROM dbeng.snapshot_hour WHERE family = 1) > 0, 'nothing was summed up';
END $$;
-- expect: public.p_b | ^no scan in 40 days, .* kB, while 0 rows were written$

-- silent: snapshots that a reset has torn apart: nobody knows what was before it
-- threshold: {"days": 30}
-- status: unknown: scans have been counted for .* only, it takes 30 days
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 5000) i;
CREATE INDEX t_a ON t (a);
ANALYZE t;
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '41 days';
UPDATE dbeng.series SET valid_from = valid_from - interval '41 days';
SELECT pg_stat_reset();
SELECT count(*) FROM t;
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();

-- silent: constraints, the order of CLUSTER, the only index of a foreign key, expressions
CREATE TABLE r (id int PRIMARY KEY);
INSERT INTO r SELECT generate_series(1, 100);
CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int REFERENCES r, c int, d text NOT NULL);
INSERT INTO t SELECT i, i, i % 100 + 1, i, i FROM generate_series(1, 5000) i;
CREATE INDEX ON t (b);
CREATE INDEX t_c ON t (c);
ALTER TABLE t CLUSTER ON t_c;
CREATE INDEX ON t (lower(d));
CREATE UNIQUE INDEX t_d ON t (d);
ALTER TABLE t REPLICA IDENTITY USING INDEX t_d;
ANALYZE t;
SELECT count(*) FROM t;
SELECT pg_stat_force_next_flush();

-- silent: a table that nobody reads, a tiny one
CREATE TABLE t (a int);
INSERT INTO t SELECT generate_series(1, 5000);
CREATE TABLE u (a int);
CREATE INDEX ON t (a);
CREATE INDEX ON u (a);
CREATE TABLE w AS SELECT i FROM generate_series(1, 5000) i;
CREATE INDEX ON w (i);
ANALYZE u, w;
SELECT * FROM u;
SELECT * FROM w WHERE i = 7;
SELECT pg_stat_force_next_flush();
\connect -
SELECT pg_stat_reset_single_table_counters('t'::regclass);
SELECT pg_stat_force_next_flush();

-- silent: counted for too short a time
-- threshold: {"days": 30}
-- status: unknown: scans have been counted for .* only, it takes 30 days
CREATE TABLE t (a int, b int);
INSERT INTO t SELECT i, i FROM generate_series(1, 5000) i;
CREATE INDEX ON t (a);
ANALYZE t;
SELECT count(*) FROM t;
SELECT pg_stat_force_next_flush();
