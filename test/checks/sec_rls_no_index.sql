-- firing
CREATE TABLE "T" (id int PRIMARY KEY, tenant_id int, note text);
ALTER TABLE "T" ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON "T" USING (tenant_id = (SELECT current_setting('app.tenant', true))::int);
INSERT INTO "T" SELECT n, n % 100 FROM generate_series(1, 12000) n;
ANALYZE "T";
-- expect: p on public."T" | no index begins with tenant_id: .* 12,000 rows

-- silent: indexed, small, of few values, partitioned by it, by no column at all
CREATE TABLE indexed (id int, tenant_id int);
CREATE INDEX ON indexed (tenant_id, id);
INSERT INTO indexed SELECT n, n % 100 FROM generate_series(1, 12000) n;
CREATE TABLE small (id int, tenant_id int);
INSERT INTO small SELECT n, n % 100 FROM generate_series(1, 100) n;
CREATE TABLE few (id int, tenant_id int);
INSERT INTO few SELECT n, n % 3 FROM generate_series(1, 12000) n;
CREATE TABLE parted (id int, tenant_id int) PARTITION BY HASH (tenant_id);
CREATE TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO parted SELECT n, n % 100 FROM generate_series(1, 12000) n;
CREATE TABLE odd (id int, tenant_id int);
INSERT INTO odd SELECT n, n % 100 FROM generate_series(1, 12000) n;
SELECT format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t), format('CREATE POLICY p ON %I USING (%s)', t,
	CASE t WHEN 'odd' THEN 'tenant_id % 2 = 0' ELSE 'tenant_id = current_setting(''app.tenant'', true)::int' END)
	FROM unnest('{indexed,small,few,parted,odd}'::text[]) t \gexec
ANALYZE;
