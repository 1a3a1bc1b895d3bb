-- firing: a unique build that failed
CREATE TABLE t (a int);
INSERT INTO t VALUES (1), (1);
\set ON_ERROR_STOP 0
CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);
\set ON_ERROR_STOP 1
TRUNCATE t;
-- expect: public.t_a | ^unique, but its build failed: rows that are there already may break it; it gets no new rows and serves no scan; look for duplicates in \(a\)

-- firing: one that a second try replaced, what REINDEX left, one alone
CREATE SCHEMA "S";
CREATE TABLE "S"."T" (a int PRIMARY KEY, b int);
CREATE INDEX "T_pkey_ccnew" ON "S"."T" (a);
CREATE INDEX "T b" ON "S"."T" (b);
CREATE INDEX "T b2" ON "S"."T" (b);
CREATE INDEX "T ab" ON "S"."T" (b, a);
UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid IN ('"S"."T_pkey_ccnew"'::regclass, '"S"."T b"'::regclass);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"S"."T ab"'::regclass;
-- expect: "S"."T_pkey_ccnew" | ^left behind by a REINDEX CONCURRENTLY that failed on "T"; it gets no new rows and serves no scan, 8192 bytes
-- expect: "S"."T b" | ^left behind by a build that failed; "T b2" on \(b\) has taken its place
-- expect: "S"."T ab" | ^its build failed or was broken off; it is written to and serves no scan

-- firing: a partitioned index that is not complete
CREATE TABLE p (a int, b int) PARTITION BY LIST (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE INDEX p_a ON ONLY p (a DESC) WHERE b > 0;
CREATE INDEX p1_a ON p1 (a DESC) WHERE b > 0;
ALTER INDEX p_a ATTACH PARTITION p1_a;
-- expect: public.p_a | ^1 of 2 partitions has no index attached to it: it is not complete

-- silent
CREATE TABLE t (a int PRIMARY KEY, b int);
CREATE INDEX ON t (b);
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)) PARTITION BY LIST (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);

-- silent: while it is being built
-- extension: dblink
-- before check: BEGIN; INSERT INTO t VALUES (1)
-- before check: SELECT dblink_connect('c', 'dbname=fx'), dblink_send_query('c', 'CREATE INDEX CONCURRENTLY t_a ON t (a)'), pg_sleep(1)
CREATE TABLE t (a int);
