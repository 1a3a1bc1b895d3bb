-- firing
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (id int, tenant_id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (tenant_id = 1);
CREATE VIEW "V" AS SELECT id FROM t;
GRANT SELECT ON t, "V" TO fx_app;
CREATE TABLE other (id int);
CREATE VIEW joined AS SELECT t.id FROM t JOIN other USING (id);
GRANT SELECT ON joined TO fx_app;
-- expect: public."V" | reads public.t as
-- expect: public.joined | its readers need grants

-- silent: security_invoker, granted to nobody, an owner the policies hold for, tables without policies
CREATE ROLE fx_app LOGIN;
CREATE ROLE fx_views;
CREATE TABLE t (id int, tenant_id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (tenant_id = 1);
CREATE VIEW invoker WITH (security_invoker = on) AS SELECT id FROM t;
CREATE VIEW private AS SELECT id FROM t;
CREATE VIEW held AS SELECT id FROM t;
ALTER VIEW held OWNER TO fx_views;
CREATE TABLE plain (id int);
CREATE VIEW v AS SELECT id FROM plain;
GRANT SELECT ON t TO fx_views;
GRANT SELECT ON invoker, held, v TO fx_app;
