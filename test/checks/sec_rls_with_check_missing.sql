-- firing
CREATE TABLE a (id int, owner name);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY ins ON a FOR INSERT;
CREATE POLICY upd ON a FOR UPDATE USING (owner = current_user) WITH CHECK (id > 0);
CREATE POLICY narrow ON a AS RESTRICTIVE FOR DELETE;
-- expect: ins on public.a | FOR INSERT without WITH CHECK
-- expect: upd on public.a | USING compares owner but WITH CHECK does not
-- expect: narrow on public.a | holds nobody back

-- silent: USING holds for written rows too, both look at it, a restrictive policy does
CREATE TABLE a (id int, owner name);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON a USING (owner = current_user);
CREATE POLICY ins ON a FOR INSERT WITH CHECK (owner = current_user);
CREATE POLICY upd ON a FOR UPDATE USING (owner = current_user) WITH CHECK (owner = current_user AND id > 0);
CREATE TABLE b (id int, owner name);
ALTER TABLE b ENABLE ROW LEVEL SECURITY;
CREATE POLICY upd ON b FOR UPDATE USING (owner = current_user) WITH CHECK (id > 0);
CREATE POLICY narrow ON b AS RESTRICTIVE USING (owner = current_user);
