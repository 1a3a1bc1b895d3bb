-- threshold: {"rows": 50}

-- firing
CREATE TABLE t (a int, b text);
INSERT INTO t SELECT generate_series(1, 100);
ANALYZE t;
SELECT count(*) FROM t WHERE a = 5;
-- expect: public.t | ^no index at all

-- silent: one that is only written to, and partitions with indexes of their own
CREATE TABLE log (a int, b text);
INSERT INTO log SELECT generate_series(1, 100);
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (200);
CREATE INDEX ON p1 (id);
INSERT INTO p SELECT generate_series(1, 100);
CREATE TABLE small (a int);
INSERT INTO small VALUES (1);
ANALYZE;
SELECT count(*) FROM p, small;
