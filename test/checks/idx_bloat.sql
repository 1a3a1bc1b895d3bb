-- threshold: {"pct": 30, "bytes": 200000}

-- firing: deleted all over it; built from values in no order; an exclusion constraint, which nothing can build beside
CREATE SCHEMA "S x";
CREATE TABLE "S x"."T y" (id int PRIMARY KEY, a int, b int, CONSTRAINT "b alone" EXCLUDE USING btree (b WITH =));
CREATE INDEX "I z" ON "S x"."T y" (a);
INSERT INTO "S x"."T y" SELECT i, i * 7919::bigint % 60000, i FROM generate_series(1, 60000) i;
DELETE FROM "S x"."T y" WHERE id % 10 > 4;
SELECT pg_stat_force_next_flush();
VACUUM (ANALYZE) "S x"."T y";
-- expect: "S x"."T y_pkey" | ^\d+ kB of 13\d\d kB \((49|50) %\) are bloat, by statistics of its table$
-- expect: "S x"."I z" | are bloat
-- expect: "S x"."b alone" | are bloat

-- silent: fresh; small; by a fillfactor of its own; of a kind or a key that statistics do not tell; no longer known
CREATE TABLE t (id int PRIMARY KEY, a int, t text, j jsonb);
CREATE INDEX ON t (a) WITH (fillfactor = 40);
INSERT INTO t SELECT i, i % 100, i, '{"a": 1}' FROM generate_series(1, 60000) i;
CREATE INDEX ON t (lower(t));
CREATE INDEX ON t USING gin (j);
REINDEX TABLE t;
CREATE TABLE small (id int PRIMARY KEY);
INSERT INTO small SELECT generate_series(1, 5000);
DELETE FROM small WHERE id % 10 > 1;
CREATE TABLE expression (id int);
CREATE INDEX ON expression ((id + 1));
INSERT INTO expression SELECT generate_series(1, 60000);
DELETE FROM expression WHERE id % 10 > 1;
CREATE TABLE changed (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO changed SELECT generate_series(1, 60000);
CREATE TABLE never_analyzed (id int) WITH (autovacuum_enabled = off);
CREATE INDEX ON never_analyzed (id);
INSERT INTO never_analyzed SELECT generate_series(1, 60000);
DELETE FROM never_analyzed WHERE id % 10 > 1;
SELECT pg_stat_force_next_flush();
VACUUM (ANALYZE) t, small, expression, changed;
DELETE FROM changed WHERE id % 10 > 1;
