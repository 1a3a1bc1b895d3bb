-- threshold: {"rows": 10}

-- firing
CREATE TABLE t (id int PRIMARY KEY, a text, b jsonb, c text);
INSERT INTO t SELECT i, a, to_jsonb(a), a FROM (SELECT i, string_agg(md5((i * j)::text), '') AS a FROM generate_series(1, 100) i, generate_series(1, 15) j GROUP BY i) s;
ANALYZE t;
-- expect: public.t | ^3 columns of large values

-- silent
CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text, d text);
INSERT INTO t SELECT i, a, NULL, 'x', 'y' FROM (SELECT i, string_agg(md5((i * j)::text), '') AS a FROM generate_series(1, 100) i, generate_series(1, 15) j GROUP BY i) s;
ANALYZE t;
