-- firing
CREATE TABLE a (id int);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE TABLE b (id int);
CREATE POLICY narrow ON b AS RESTRICTIVE USING (id > 0);
ALTER TABLE b ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- expect: public.a | without any policy
-- expect: public.b | without a permissive policy

-- silent: also a partition that nobody is to read by itself
CREATE TABLE p (id int) PARTITION BY LIST (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE POLICY positive ON p USING (id > 0);
ALTER TABLE p ENABLE ROW LEVEL SECURITY;
ALTER TABLE p1 ENABLE ROW LEVEL SECURITY;
CREATE TABLE plain (id int);
