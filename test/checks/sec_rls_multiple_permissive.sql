-- firing
CREATE ROLE fx_app;
CREATE TABLE "T" (id int, owner name);
ALTER TABLE "T" ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON "T" USING (owner = current_user);
CREATE POLICY shared ON "T" FOR SELECT TO fx_app USING (id < 10);
-- expect: public."T" | policies mine and shared both allow SELECT

-- silent: other commands, other roles, restrictive ones
CREATE ROLE fx_app;
CREATE ROLE fx_admin;
CREATE TABLE t (id int, owner name);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY r ON t FOR SELECT TO fx_app USING (owner = current_user);
CREATE POLICY w ON t FOR UPDATE TO fx_app USING (owner = current_user);
CREATE POLICY admin ON t TO fx_admin USING (id > 0);
CREATE POLICY narrow ON t AS RESTRICTIVE USING (id < 10);
