-- threshold: {"days": 0}
-- firing
CREATE TABLE "T" (id int PRIMARY KEY, a int, b int, c int, d int);
CREATE INDEX ON "T" (a);
CREATE INDEX ON "T" (b);
CREATE INDEX ON "T" (c);
CREATE INDEX ON "T" (d);
CREATE INDEX ON "T" (a, b);
CREATE INDEX ON "T" (b, c);
CREATE INDEX ON "T" (c, d);
CREATE INDEX ON "T" (d, a);
INSERT INTO "T" SELECT i, i, i, i, i FROM generate_series(1, 100) i;
SELECT count(*) FROM "T";
SELECT pg_stat_force_next_flush();
-- expect: public."T" | ^9 indexes, .* together, on a table with more rows written \(100\) than scans \(\d+\)

-- silent: read more than written, not read at all, eight
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int, d int);
CREATE INDEX ON t (a);
CREATE INDEX ON t (b);
CREATE INDEX ON t (c);
CREATE INDEX ON t (d);
CREATE INDEX ON t (a, b);
CREATE INDEX ON t (b, c);
CREATE INDEX ON t (c, d);
CREATE TABLE u (LIKE t INCLUDING ALL);
CREATE TABLE v (LIKE t INCLUDING ALL);
CREATE INDEX ON u (d, b);
CREATE INDEX ON v (d, b);
INSERT INTO t VALUES (1), (2), (3);
INSERT INTO u VALUES (1);
INSERT INTO v VALUES (1);
SELECT count(*) FROM t;
SELECT count(*) FROM v;
SELECT count(*) FROM v;
SELECT pg_stat_force_next_flush();
\connect -
SELECT pg_stat_reset_single_table_counters('u'::regclass);
SELECT pg_stat_force_next_flush();

-- firing: loaded long ago, written since
-- threshold: {"indexes": 0, "days": 7}
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT generate_series(1, 1000);
ANALYZE t;
SELECT pg_stat_force_next_flush();
\connect -
SELECT pg_stat_reset_single_table_counters('t'::regclass);
INSERT INTO t SELECT generate_series(1001, 1100);
SELECT count(*) FROM t;
SELECT pg_stat_force_next_flush();
-- expect: public.t | more rows written \(100\) than scans \(1\)

-- silent: just loaded
-- threshold: {"indexes": 0, "days": 7}
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT generate_series(1, 1000);
SELECT count(*) FROM t;
SELECT pg_stat_force_next_flush();
