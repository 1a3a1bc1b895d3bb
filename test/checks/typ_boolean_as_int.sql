-- firing
CREATE TABLE t (id int PRIMARY KEY, is_active smallint, "hasChildren" char(1), is_new boolean);
INSERT INTO t SELECT i, i % 2, CASE i % 2 WHEN 0 THEN 'Y' ELSE 'N' END FROM generate_series(1, 100) i;
ANALYZE t;
-- expect: public.t.is_active | as smallint
-- expect: public.t."hasChildren" | as character\(1\)

-- silent
CREATE TABLE t (id int PRIMARY KEY, is_active boolean, has_level int, is_kind text, island int, is_one int);
INSERT INTO t SELECT i, true, i % 5, CASE i % 2 WHEN 0 THEN 'red' ELSE 'blue' END, i % 2, 1 FROM generate_series(1, 100) i;
ANALYZE t;
CREATE TABLE u (id int PRIMARY KEY, is_open int);
