-- firing
CREATE ROLE fx_web;
CREATE ROLE "fx_App" LOGIN BYPASSRLS;
GRANT fx_web TO "fx_App";
CREATE TABLE t (id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (id = 1);
GRANT SELECT, UPDATE ON t TO fx_web;
-- expect: "fx_App" | BYPASSRLS and may write public.t

-- silent: a backup's role, and roles the policies hold for
CREATE ROLE fx_backup LOGIN BYPASSRLS;
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (id = 1);
GRANT SELECT ON t TO fx_backup;
GRANT ALL ON t TO fx_app;

-- silent: a database without row level security
CREATE ROLE fx_app LOGIN BYPASSRLS;
CREATE TABLE t (id int);
GRANT ALL ON t TO fx_app;
