-- firing
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, is_active boolean)', i) FROM generate_series(1, 12) i \gexec
CREATE TABLE odd (id int PRIMARY KEY, active boolean, has_children boolean);
-- expect: public.odd | ^active does not begin with is_.* 13 of the schema's 14

-- silent
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, is_active boolean, allow_login boolean)', i) FROM generate_series(1, 12) i \gexec

-- silent: no style
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, is_active boolean, locked boolean)', i) FROM generate_series(1, 12) i \gexec
