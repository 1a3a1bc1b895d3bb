-- firing: fewer INCLUDE columns, none, and one that is a key of the other
CREATE TABLE t (a int, b int, c int, d int, e int);
CREATE INDEX t_a_b ON t (a) INCLUDE (b);
CREATE INDEX t_a_cb ON t (a) INCLUDE (c, b);
CREATE INDEX t_d ON t (d);
CREATE UNIQUE INDEX t_d_e ON t (d) INCLUDE (e);
CREATE INDEX t_c_e ON t (c) INCLUDE (e);
CREATE INDEX t_cde ON t (c, d, e);
-- expect: public.t_a_b | ^index t_a_cb on \(a\) INCLUDE \(c, b\) holds everything that this index on \(a\) INCLUDE \(b\) holds: 8192 bytes
-- expect: public.t_d | ^unique index t_d_e on \(d\) INCLUDE \(e\) holds everything
-- expect: public.t_c_e | ^index t_cde on \(c, d, e\) holds everything

-- silent: other columns, or uniqueness that goes with the keys
CREATE TABLE t (a int, b int, c int);
CREATE INDEX ON t (a) INCLUDE (b);
CREATE INDEX ON t (a) INCLUDE (c);
CREATE UNIQUE INDEX ON t (b) INCLUDE (a);
CREATE INDEX ON t (b, a);
CREATE INDEX ON t (c, b);
CREATE TABLE u (a int PRIMARY KEY, b int);
CREATE UNIQUE INDEX ON u (a) INCLUDE (b);
