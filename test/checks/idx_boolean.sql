-- firing
CREATE DOMAIN flag AS boolean;
CREATE TABLE t (id int PRIMARY KEY, "Active" boolean, f flag);
INSERT INTO t SELECT i, i % 100 = 0, true FROM generate_series(1, 5000) i;
CREATE INDEX t_active ON t ("Active");
CREATE INDEX t_f ON t (f) INCLUDE (id);
ANALYZE t;
-- expect: public.t_active | ^on the boolean "Active" alone, all rows in it: .*; a partial index WHERE "Active" or WHERE NOT "Active" holds just the rare value
-- expect: public.t_f | on the boolean f alone

-- silent: partial, followed by another column, unique, a tiny table
CREATE TABLE t (a boolean, b int, c int);
INSERT INTO t SELECT i % 100 = 0, i, i FROM generate_series(1, 5000) i;
CREATE INDEX ON t (a, b);
CREATE INDEX ON t (b) WHERE a;
CREATE INDEX ON t (a) WHERE a;
ANALYZE t;
CREATE TABLE u (a boolean);
CREATE UNIQUE INDEX ON u (a);
CREATE TABLE v (a boolean);
CREATE INDEX ON v (a);
INSERT INTO v VALUES (true);
ANALYZE v;
