-- firing
CREATE TABLE a (id int, owner name);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON a USING (true);
CREATE TABLE b (id int, owner name);
ALTER TABLE b ENABLE ROW LEVEL SECURITY;
CREATE POLICY ins ON b FOR INSERT WITH CHECK (1 = 1);
CREATE POLICY "Upd" ON b FOR UPDATE USING (owner = current_user) WITH CHECK (true OR owner = current_user);
CREATE ROLE fx_app;
CREATE TABLE c (id int);
ALTER TABLE c ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON c TO fx_app USING (true);
-- expect: everything on public.a | FOR ALL is always true: every role
-- expect: ins on public.b | FOR INSERT
-- expect: "Upd" on public.b | WITH CHECK \(true\)
-- expect: app on public.c | its roles may write any row

-- silent: reading, an administrator beside others, a restrictive policy that narrows, policies not in force
CREATE ROLE fx_app;
CREATE ROLE fx_admin;
CREATE TABLE a (id int, owner name);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON a FOR SELECT USING (true);
CREATE POLICY admins ON a TO fx_admin USING (true);
CREATE POLICY own ON a TO fx_app USING (owner = current_user);
CREATE TABLE b (id int, owner name);
ALTER TABLE b ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON b USING (true);
CREATE POLICY own ON b AS RESTRICTIVE USING (owner = current_user);
CREATE TABLE c (id int);
CREATE POLICY everything ON c USING (true);

-- silent: a function is never called to find out
CREATE FUNCTION explode() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE 'called'; END$$;
CREATE TABLE t (id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (explode());
