-- firing
CREATE TABLE t (id int PRIMARY KEY, a timestamp(0), b timestamptz(0) DEFAULT now(), c timestamptz(3));
CREATE INDEX ON t (a);
-- expect: public.t.a | ^timestamp\(0\) rounds
-- expect: public.t.b | ^timestamptz\(0\) rounds

-- firing: not while a view reads it
CREATE TABLE t (id int PRIMARY KEY, a timestamp(0));
CREATE VIEW v AS SELECT a FROM t;
-- expect: public.t.a | rounds

-- silent
CREATE TABLE t (id int PRIMARY KEY, a timestamp(6), b timestamptz, c time(0));
