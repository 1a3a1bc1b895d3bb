-- firing
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (id int, tenant int);
CREATE POLICY p ON t USING (tenant = current_setting('app.tenant', true)::int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t OWNER TO fx_app;
-- expect: public.t | owner fx_app is exempt

-- firing: the application is a member of the owner
CREATE ROLE fx_owner;
CREATE ROLE fx_app LOGIN;
GRANT fx_owner TO fx_app;
CREATE TABLE t (id int, tenant int);
CREATE POLICY p ON t USING (tenant = 1);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t OWNER TO fx_owner;
-- expect: public.t | owner fx_owner is exempt

-- silent: forced, or used by another login role, directly or as a member; a superuser's
CREATE ROLE fx_owner LOGIN;
CREATE ROLE fx_app LOGIN;
CREATE ROLE fx_web;
GRANT fx_web TO fx_app;
CREATE TABLE forced (id int);
CREATE POLICY p ON forced USING (id = 1);
ALTER TABLE forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE forced OWNER TO fx_owner;
CREATE TABLE granted (id int);
CREATE POLICY p ON granted USING (id = 1);
ALTER TABLE granted ENABLE ROW LEVEL SECURITY;
ALTER TABLE granted OWNER TO fx_owner;
GRANT SELECT ON granted TO fx_web;
CREATE TABLE bootstrap (id int);
CREATE POLICY p ON bootstrap USING (id = 1);
ALTER TABLE bootstrap ENABLE ROW LEVEL SECURITY;

-- silent: the owner only migrates and cannot log in
CREATE ROLE fx_owner;
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (id int);
CREATE POLICY p ON t USING (id = 1);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t OWNER TO fx_owner;
