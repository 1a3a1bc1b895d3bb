-- firing
CREATE TABLE notes (body text NOT NULL);
INSERT INTO notes SELECT 'n' || i FROM generate_series(1, 50) i;
CREATE SCHEMA "Odd Place";
CREATE TABLE "Odd Place"."Mixed Case" (a int, b int);
CREATE TABLE measured (id int, value float8);
INSERT INTO measured SELECT i, i FROM generate_series(1, 2000) i;
CREATE TABLE repeated (id int, value float8);
INSERT INTO repeated SELECT i / 2, i FROM generate_series(1, 2000) i;
CREATE TABLE parted (a int, b text) PARTITION BY LIST (b);
CREATE TABLE parted_x PARTITION OF parted FOR VALUES IN ('x');
-- a nullable, a deferrable and a partial unique key are none
CREATE TABLE nearly (a int UNIQUE, b int NOT NULL UNIQUE DEFERRABLE, c int NOT NULL);
CREATE UNIQUE INDEX nearly_c ON nearly (c) WHERE a > 0;
ANALYZE;
-- expect: public.notes | its 50 rows apart
-- expect: "Odd Place"."Mixed Case" | rows apart
-- expect: public.measured | its 2,000 rows apart
-- expect: public.repeated | its 2,000 rows apart
-- expect: public.parted | tells its
-- expect: public.nearly | tells its

-- firing: inheritance is told of at the top
CREATE TABLE top (a int);
CREATE TABLE below () INHERITS (top);
CREATE TABLE keyed (a int PRIMARY KEY);
CREATE TABLE keyless () INHERITS (keyed);
-- expect: public.top | tells its
-- expect: public.keyless | tells its

-- silent
CREATE TABLE keyed (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE parted (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE unique_instead (a int NOT NULL UNIQUE);
CREATE UNLOGGED TABLE cached (a int);
CREATE TABLE schema_migrations (version varchar NOT NULL);
CREATE TABLE numbered (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz) PARTITION BY RANGE (at);
CREATE VIEW seen AS SELECT 1 AS one;
