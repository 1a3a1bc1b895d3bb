-- firing
-- threshold: {"pages": 1}
CREATE TABLE t (id int PRIMARY KEY, "Parent" int, b int);
INSERT INTO t SELECT i, CASE WHEN i % 50 = 0 THEN i END, CASE WHEN i % 50 = 0 THEN i END FROM generate_series(1, 5000) i;
CREATE INDEX "T parent" ON t ("Parent" DESC) WITH (fillfactor = 80);
CREATE INDEX t_b ON t (b);
ANALYZE t;
-- expect: public."T parent" | ^98 % of its .* are entries for NULL
-- expect: public.t_b | ^98 % of its

-- silent: partial, few NULLs, another column, small, unique, hash
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT i, CASE WHEN i % 50 = 0 THEN i END, CASE WHEN i % 2 = 0 THEN i END FROM generate_series(1, 5000) i;
CREATE INDEX ON t (a) WHERE a IS NOT NULL;
CREATE INDEX ON t (a, id);
CREATE INDEX ON t (b);
CREATE INDEX ON t (a);
CREATE UNIQUE INDEX ON t (a);
CREATE INDEX ON t USING hash (a);
ANALYZE t;
