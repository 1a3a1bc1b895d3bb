-- firing
CREATE ROLE fx_app LOGIN;
CREATE TABLE orders (id int, tenant_id int);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON orders USING (tenant_id = current_setting('app.tenant_id', true)::int);
CREATE TABLE "Lines" (id int, tenant_id int);
GRANT SELECT ON orders, "Lines" TO fx_app;
-- expect: public."Lines" | has tenant_id, by which row level security protects public.orders

-- firing: what most tables with the column do, and owners that policies hold for
CREATE TABLE a (id int, site int);
CREATE TABLE b (id int, site int);
CREATE TABLE c (id int, site int);
CREATE TABLE d (id int, site int);
SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t),
	format('CREATE POLICY own ON %s USING (site = current_setting(''app.site'', true)::int)', t) FROM unnest('{a,b,c}'::text[]) t \gexec
-- expect: public.d | 3 other tables

-- silent: nobody but the owner reads it, another type, another meaning, a partition of a protected table
CREATE ROLE fx_app LOGIN;
CREATE TABLE orders (id int, tenant_id int, status text);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON orders USING (tenant_id = current_setting('app.tenant_id', true)::int AND status = 'open');
CREATE TABLE private (id int, tenant_id int);
CREATE TABLE texts (id int, tenant_id text, status text);
CREATE TABLE p (id int, tenant_id int) PARTITION BY LIST (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
ALTER TABLE p ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON p USING (tenant_id = 1);
CREATE TABLE jobs (id int, status text);
GRANT SELECT ON orders, texts, p1, jobs TO fx_app;

-- silent: tenants without any row level security are another design
CREATE ROLE fx_app LOGIN;
CREATE TABLE orders (id int, tenant_id int);
GRANT ALL ON orders TO fx_app;
