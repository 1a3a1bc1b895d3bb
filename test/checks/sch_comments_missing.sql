-- enable

-- firing
CREATE TABLE t (id int PRIMARY KEY);
-- expect: public.t | ^no comment

-- firing: columns too
-- threshold: {"columns": 1}
CREATE TABLE t (id int PRIMARY KEY, a int);
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t.id IS 'its key';
CREATE TABLE u (id int PRIMARY KEY);
-- expect: public.t | ^1 of 2 columns have no comment
-- expect: public.u | ^the table and 1 of 1 columns

-- silent
CREATE TABLE t (id int PRIMARY KEY, a int);
COMMENT ON TABLE t IS 'a table';
