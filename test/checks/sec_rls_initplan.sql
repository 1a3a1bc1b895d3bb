-- firing
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$SELECT current_setting('app.uid', true)::uuid$$;
CREATE TABLE "T" (id int, tenant_id int, user_id uuid);
ALTER TABLE "T" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "P" ON "T" USING (tenant_id = current_setting('app.tenant_id', true)::int AND user_id = auth.uid())
	WITH CHECK (tenant_id = current_setting('app.tenant_id', true)::int);
CREATE POLICY twice ON "T" FOR SELECT USING (user_id = auth.uid() OR auth.uid() IS NULL);
-- expect: "P" on public."T" | current_setting\('app.tenant_id'::text, true\) is called for every row
-- expect: twice on public."T" | auth.uid\(\) is called for every row

-- firing: a wrapped call beside a bare one leaves it to a person
CREATE TABLE t (tenant_id int, other_id int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (tenant_id = (SELECT current_setting('app.id'))::int OR other_id = current_setting('app.id')::int);
-- expect: p on public.t | is called for every row

-- silent: once a statement, dependent on the row, or nothing to save
CREATE FUNCTION allowed(int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE FUNCTION fixed() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE t (tenant_id int, owner name, until timestamptz);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY once ON t USING (tenant_id = (SELECT current_setting('app.tenant_id', true))::int);
CREATE POLICY by_row ON t USING (allowed(tenant_id));
CREATE POLICY cheap ON t USING (owner = current_user AND until > now() AND tenant_id = fixed());
CREATE POLICY inside ON t USING (tenant_id IN (SELECT 1 WHERE current_setting('app.all', true) = 'yes'));
