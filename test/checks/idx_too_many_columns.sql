-- firing
CREATE TABLE t (a int, "B" int, c int, d int, e int);
CREATE INDEX t_wide ON t (a, "B", c, d DESC) INCLUDE (e);
-- expect: public.t_wide | ^4 key columns, \(a, "B", c, d DESC\) INCLUDE \(e\): 8192 bytes

-- silent
CREATE TABLE t (a int, b int, c int, d int, PRIMARY KEY (a, b, c, d));
CREATE INDEX ON t (b, c, d);
CREATE INDEX ON t (b, c) INCLUDE (a, d);
CREATE INDEX ON t USING brin (a, b, c, d);
