-- threshold: {"pages": 10}
-- firing: never scanned, and scanned for half of the table
CREATE TABLE t (id int PRIMARY KEY, status text, kind int);
INSERT INTO t SELECT i, CASE i % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' ELSE 'sent' END, i % 2 FROM generate_series(1, 6000) i;
CREATE INDEX t_status ON t (status);
CREATE INDEX t_kind ON t (kind);
ANALYZE t;
SET enable_seqscan = off;
SELECT count(*) FROM t WHERE kind = 1;
SELECT pg_stat_force_next_flush();
-- expect: public.t_status | ^3 distinct values in status, .*, and no scan yet
-- expect: public.t_kind | ^2 distinct values in kind, .*: its 1 scans read 3,000 rows each

-- silent: the rare value is what is looked for; more values; partial; composite; a foreign key; small
CREATE TABLE r (id int PRIMARY KEY);
INSERT INTO r VALUES (0), (1);
CREATE TABLE t (id int PRIMARY KEY, status int, kind int, r int REFERENCES r);
INSERT INTO t SELECT i, (i % 1000 = 0)::int, i % 10, i % 2 FROM generate_series(1, 6000) i;
CREATE INDEX ON t (status);
CREATE INDEX ON t (status) WHERE status = 1;
CREATE INDEX ON t (status, id);
CREATE INDEX ON t (kind);
CREATE INDEX ON t (r);
CREATE TABLE u (a int);
INSERT INTO u SELECT 1 FROM generate_series(1, 1000);
CREATE INDEX ON u (a);
ANALYZE;
SET enable_seqscan = off;
SELECT id FROM t WHERE status = 1 AND kind >= 0;
SELECT count(kind) FROM t WHERE status = 1;
SELECT pg_stat_force_next_flush();
