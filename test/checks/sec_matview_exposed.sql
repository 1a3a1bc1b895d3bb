-- firing
CREATE TABLE t (id int, tenant_id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (tenant_id = 1);
CREATE MATERIALIZED VIEW "M" AS SELECT * FROM t;
GRANT SELECT ON "M" TO PUBLIC;
-- expect: public."M" | holds rows of public.t,.* every role

-- silent
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (id int, tenant_id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (tenant_id = 1);
CREATE MATERIALIZED VIEW private AS SELECT * FROM t;
CREATE TABLE plain (id int);
CREATE MATERIALIZED VIEW m AS SELECT * FROM plain;
GRANT SELECT ON m TO fx_app;
