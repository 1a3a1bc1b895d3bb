-- threshold: {"pct": 40, "bytes": 1000000, "warning_pct": 70}

-- firing: vacuumed; partitions, told once
CREATE TABLE t (id int, t text);
INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
DELETE FROM t WHERE id % 2 = 0;
CREATE SCHEMA "S x";
CREATE TABLE "S x"."T y" (id int, t text) PARTITION BY RANGE (id);
CREATE TABLE "S x"."T y1" PARTITION OF "S x"."T y" FOR VALUES FROM (0) TO (30001);
CREATE TABLE "S x"."T y2" PARTITION OF "S x"."T y" FOR VALUES FROM (30001) TO (99999);
INSERT INTO "S x"."T y" SELECT i, repeat('x', 100) FROM generate_series(1, 60000) i;
DELETE FROM "S x"."T y" WHERE id < 30000 AND id % 10 > 1;
SELECT pg_stat_force_next_flush();
VACUUM (ANALYZE);
-- expect: public.t | ^\d+ kB of 41\d\d kB \(50 %\) are bloat, 0 bytes of it dead rows$
-- expect: "S x"."T y" | ^1 of 2 partitions, the worst "S x"."T y1": 3\d\d\d kB of 41\d\d kB \(80 %\) are bloat

-- firing: never vacuumed, but analysed
CREATE TABLE t (id int, t text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
DELETE FROM t WHERE id % 2 = 0;
SELECT pg_stat_force_next_flush();
ANALYZE t;
-- expect: public.t | ^\d+ kB of 41\d\d kB \(50 %\) are bloat, 20\d\d kB of it dead rows$
-- fix: partial VACUUM makes room for new rows, and a rewrite is the next step

-- silent: less than the limits; filled to its own fillfactor; what nobody knows any more
CREATE TABLE fresh (id int, t text);
INSERT INTO fresh SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
DELETE FROM fresh WHERE id % 5 = 0;
CREATE TABLE small (id int, t text);
INSERT INTO small SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i;
DELETE FROM small WHERE id % 5 > 0;
CREATE TABLE airy (id int, t text) WITH (fillfactor = 40);
INSERT INTO airy SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
CREATE TABLE never_analyzed (id int, t text) WITH (autovacuum_enabled = off);
INSERT INTO never_analyzed SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
DELETE FROM never_analyzed WHERE id % 5 > 0;
CREATE TABLE changed (id int, t text) WITH (autovacuum_enabled = off);
INSERT INTO changed SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
SELECT pg_stat_force_next_flush();
VACUUM (ANALYZE) fresh, small, airy;
ANALYZE changed;
DELETE FROM changed WHERE id % 5 > 0;
