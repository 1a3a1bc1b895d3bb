-- firing
CREATE TABLE t (id int PRIMARY KEY, tenant_id int, "At" timestamptz, status text);
CREATE INDEX t_middle ON t (tenant_id, "At" DESC, status);
-- expect: public.t_middle | ^\(tenant_id, "At" DESC, status\) has columns after "At": a scan of a span of time cannot narrow by them

-- silent: last, before the key that breaks ties, a date, unique, first
CREATE TABLE t (id int PRIMARY KEY, a int, at timestamptz, day date, b int);
CREATE INDEX ON t (a, at);
CREATE INDEX ON t (a, at, id);
CREATE INDEX ON t (a, day, b);
CREATE UNIQUE INDEX ON t (a, at, b);
CREATE INDEX ON t (at, a);
CREATE INDEX ON t (a, at) INCLUDE (b);
