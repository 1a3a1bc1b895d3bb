-- Tenants: who sees and writes what, what is refused, and what becomes of a table that has them and has them no more.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

\ir common/calls.sql
CREATE FUNCTION pg_temp.shape(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', relrowsecurity, relforcerowsecurity,
		(SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)), ', ' ORDER BY attnum)
			FROM pg_attribute a LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped),
		(SELECT string_agg(pg_get_indexdef(indexrelid), ', ' ORDER BY 1) FROM pg_index WHERE indrelid = relation),
		(SELECT string_agg(concat_ws(' ', polname, polpermissive, pg_get_expr(polqual, polrelid)), ', ' ORDER BY 1) FROM pg_policy WHERE polrelid = relation))
	FROM pg_class WHERE oid = relation
$$;

CREATE ROLE tenancy_app;
CREATE ROLE tenancy_owner;
CREATE SCHEMA saas AUTHORIZATION tenancy_owner;
GRANT USAGE ON SCHEMA saas TO tenancy_app;
SET LOCAL ROLE tenancy_owner;
CREATE TABLE saas.accounts (id bigint PRIMARY KEY, tenant_id bigint, name text);
INSERT INTO saas.accounts VALUES (1, 10, 'ten'), (2, 20, 'twenty'), (3, NULL, 'nobody''s');
GRANT SELECT, INSERT, UPDATE, DELETE ON saas.accounts TO tenancy_app;
CREATE TEMP TABLE before AS SELECT pg_temp.shape('saas.accounts') AS shape;

-- Whose rows are nobody's has to be said first.
SELECT is(code || E'\n' || message || E'\n' || detail || E'\n' || hint, E'55000\nsaas.accounts cannot have tenants\nColumn tenant_id is NULL in 1 rows: UPDATE saas.accounts SET tenant_id = ... WHERE tenant_id IS NULL;\nNothing was changed. Mend what is listed, and call again.', 'rows of nobody')
FROM pg_temp.failure($$SELECT dbeng.enable_tenancy('saas.accounts')$$);
SELECT is(pg_temp.shape('saas.accounts'), shape, 'nothing was changed') FROM before;
DELETE FROM saas.accounts WHERE tenant_id IS NULL;
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.accounts')$$, 'enabled by an owner who is no superuser');
SELECT is(array_agg(t::text), '{"(saas.accounts,tenant_id,app.tenant_id,on,,{})"}', 'tenant_tables') FROM dbeng.tenant_tables t;
SELECT col_not_null('saas', 'accounts', 'tenant_id', 'each row is somebody''s');
SELECT has_index('saas', 'accounts', 'accounts_tenant_id_idx', 'tenant_id', 'an index');
SELECT is(array_agg(concat_ws(' ', polname, polpermissive, pg_get_expr(polqual, polrelid), polwithcheck IS NOT NULL) ORDER BY polname), ARRAY[
	'dbeng_tenant f (tenant_id = ( SELECT (NULLIF(current_setting(''app.tenant_id''::text, true), ''''::text))::bigint AS "nullif")) t',
	'dbeng_tenant_rows t true t'], 'the policies') FROM pg_policy WHERE polrelid = 'saas.accounts'::regclass;

-- Nobody's session, and the owner's.
SELECT is(count(*), 0::bigint, 'the setting is not there: the owner sees no row') FROM saas.accounts;
RESET ROLE;
SET LOCAL ROLE tenancy_app;
SELECT is(count(*), 0::bigint, 'neither does the application') FROM saas.accounts;
SELECT is(pg_temp.code('INSERT INTO saas.accounts VALUES (4, 10, ''x'')'), '42501', 'nor can it write one');
SELECT is(pg_temp.code('INSERT INTO saas.accounts (id) VALUES (4)'), '42501', 'nor one without a tenant');
SET LOCAL app.tenant_id = '';
SELECT is(count(*), 0::bigint, 'an empty setting shows none either') FROM saas.accounts;
SELECT is(pg_temp.code('INSERT INTO saas.accounts VALUES (4, 10, ''x'')'), '42501', 'and lets none be written');
SET LOCAL app.tenant_id = 'ten';
SELECT is(pg_temp.code('SELECT count(*) FROM saas.accounts'), '22P02', 'nonsense is an error');

-- A tenant's session.
SET LOCAL app.tenant_id = '10';
SELECT results_eq('SELECT id FROM saas.accounts', 'VALUES (1::bigint)', 'its own rows');
INSERT INTO saas.accounts (id, name) VALUES (5, 'mine');
SELECT is(tenant_id, 10::bigint, 'what it writes is its own') FROM saas.accounts WHERE id = 5;
SELECT is(pg_temp.code('INSERT INTO saas.accounts VALUES (6, 20, ''x'')'), '42501', 'another''s it cannot write');
SELECT is(pg_temp.code('UPDATE saas.accounts SET tenant_id = 20'), '42501', 'nor give away');
UPDATE saas.accounts SET name = 'changed';
DELETE FROM saas.accounts WHERE id = 2;
SELECT is(pg_temp.code('INSERT INTO saas.accounts VALUES (2, 10, ''x'') ON CONFLICT (id) DO UPDATE SET name = ''taken'''), '42501', 'nor by ON CONFLICT');
MERGE INTO saas.accounts a USING (VALUES (1), (2), (7)) v(id) ON a.id = v.id WHEN MATCHED THEN UPDATE SET name = 'merged' WHEN NOT MATCHED AND v.id > 2 THEN INSERT (id, name) VALUES (v.id, 'merged');
SELECT results_eq('SELECT id, name FROM saas.accounts ORDER BY id', $$VALUES (1::bigint, 'merged'), (5, 'changed'), (7, 'merged')$$, 'MERGE');
SELECT is(pg_temp.code('TRUNCATE saas.accounts'), '42501', 'TRUNCATE needs a privilege of its own');
SET LOCAL app.tenant_id = '20';
SELECT results_eq('SELECT id, name FROM saas.accounts', $$VALUES (2::bigint, 'twenty')$$, 'the other tenant''s row is untouched');
RESET ROLE;
SELECT is(count(*), 4::bigint, 'a superuser sees all') FROM saas.accounts;

-- Other policies narrow and never widen; those that were there keep their say.
SET LOCAL ROLE tenancy_owner;
CREATE POLICY everybody ON saas.accounts USING (true);
RESET ROLE;
SET LOCAL ROLE tenancy_app;
SELECT is(count(*), 1::bigint, 'a policy for all does not widen it') FROM saas.accounts;
RESET ROLE;
DROP POLICY everybody ON saas.accounts;
SET LOCAL ROLE tenancy_owner;
CREATE TABLE saas.mine (id int PRIMARY KEY, tenant_id int NOT NULL DEFAULT 7, who name NOT NULL DEFAULT current_user);
CREATE POLICY mine ON saas.mine USING (who = current_user);
ALTER TABLE saas.mine ENABLE ROW LEVEL SECURITY;
CREATE TEMP TABLE before_mine AS SELECT pg_temp.shape('saas.mine') AS shape;
SET LOCAL app.tenant_id = '1';
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.mine')$$, 'a table with a policy');
INSERT INTO saas.mine (id) VALUES (1);
SELECT is(pg_temp.code($$INSERT INTO saas.mine (id, who) VALUES (2, 'x')$$), '42501', 'which keeps its say');
SELECT is(tenant_id, 1, 'the default is the session''s tenant') FROM saas.mine;
SELECT lives_ok($$SELECT dbeng.disable_tenancy('saas.mine')$$, 'disabled');
SELECT is(pg_temp.shape('saas.mine'), shape, 'the default and row security of before') FROM before_mine;

-- Off, and as it was.
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.accounts')$$, 'enabled a second time');
SELECT lives_ok($$SELECT dbeng.disable_tenancy('saas.accounts', drop_column => true)$$, 'disabled');
SELECT is(pg_temp.shape('saas.accounts'), shape, 'as it was: a column that was there stays') FROM before;
SELECT is_empty('SELECT * FROM dbeng.tenant_tables', 'no table has tenants');
SELECT is(pg_temp.code($$SELECT dbeng.disable_tenancy('saas.accounts')$$), '55000', 'not a second time');
CREATE TABLE saas.empty (id int PRIMARY KEY);
CREATE TEMP TABLE before_empty AS SELECT pg_temp.shape('saas.empty') AS shape;
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.empty', 'owner_id', 'my.owner', 'uuid')$$, 'an empty table gets its column');
SELECT col_type_is('saas', 'empty', 'owner_id', 'uuid', 'of the type asked for');
SET LOCAL my.owner = 'd8f1e6c0-0000-4000-8000-000000000001';
INSERT INTO saas.empty VALUES (1);
SELECT is(owner_id, 'd8f1e6c0-0000-4000-8000-000000000001'::uuid, 'and the default') FROM saas.empty;
SELECT lives_ok($$SELECT dbeng.disable_tenancy('saas.empty', drop_column => true)$$, 'disabled, column and all');
SELECT is(pg_temp.shape('saas.empty'), shape, 'as it was') FROM before_empty;

-- Columns of other types, and an index that is there.
CREATE DOMAIN saas.code AS varchar(4);
CREATE TYPE saas.plan AS ENUM ('free', 'paid');
SELECT lives_ok(format('CREATE TABLE saas.of_type_%s (id int, tenant_id %s NOT NULL); CREATE INDEX one ON saas.of_type_%1$s (tenant_id, id); SELECT dbeng.enable_tenancy(''saas.of_type_%1$s''); DROP INDEX saas.one', n, t), t)
FROM (VALUES ('a', 'text'), ('b', 'varchar(3)'), ('c', 'char(3)'), ('d', 'uuid'), ('e', 'smallint'), ('f', 'numeric'), ('g', 'saas.code'), ('h', 'saas.plan'), ('i', 'inet')) v(n, t);
SELECT is(count(*), 0::bigint, 'an index that begins with the column is enough') FROM pg_index WHERE indrelid::regclass::text LIKE 'saas.of_type%';
SET LOCAL app.tenant_id = 'abcd';
SELECT is(pg_temp.code('INSERT INTO saas.of_type_b (id) VALUES (1)'), '22001', 'a setting that is too long is not cut');
SELECT is(detail, 'Values of type ' || t || ' cannot be had from text, compared and sorted.', 'not ' || t)
FROM unnest('{json,point,xml}'::text[]) t, pg_temp.failure(format('CREATE TABLE saas.bad_%s (tenant_id %1$s NOT NULL); SELECT dbeng.enable_tenancy(''saas.bad_%1$s'')', t));
RESET ROLE;
CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
GRANT USAGE ON SCHEMA ext TO tenancy_owner;
SET LOCAL ROLE tenancy_owner;
CREATE TABLE saas.ci (id int, tenant_id ext.citext NOT NULL);
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.ci')$$, 'a type of an extension');
SET LOCAL app.tenant_id = 'Acme';
INSERT INTO saas.ci (id) VALUES (1);
SET LOCAL app.tenant_id = 'ACME';
SELECT is(count(*), 1::bigint, 'compares as it does') FROM saas.ci;

-- Foreign keys hold rows to their tenant, or are refused with what mends them.
CREATE TABLE saas.customers (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, email text UNIQUE);
CREATE TABLE saas.orders (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, customer_id bigint CONSTRAINT order_customer REFERENCES saas.customers ON DELETE SET NULL DEFERRABLE, parent_id bigint CONSTRAINT order_parent REFERENCES saas.orders);
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.customers')$$, 'one table of two');
SELECT is(code || ' ' || detail, '55000 '
	'By foreign key order_customer a row of saas.orders may refer to another tenant''s of saas.customers: ALTER TABLE saas.customers ADD UNIQUE (tenant_id, id); ALTER TABLE saas.orders DROP CONSTRAINT order_customer, '
	'ADD CONSTRAINT order_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES saas.customers (tenant_id, id) ON DELETE SET NULL (customer_id) DEFERRABLE;' || E'\n'
	'By foreign key order_parent a row of saas.orders may refer to another tenant''s of saas.orders: ALTER TABLE saas.orders ADD UNIQUE (tenant_id, id); ALTER TABLE saas.orders DROP CONSTRAINT order_parent, '
	'ADD CONSTRAINT order_parent FOREIGN KEY (tenant_id, parent_id) REFERENCES saas.orders (tenant_id, id);', 'the other is refused') FROM pg_temp.failure($$SELECT dbeng.enable_tenancy('saas.orders')$$);
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.orders', allow_cross_tenant_keys => true)$$, 'unless that is wanted');
SELECT is(cross_tenant_keys, '{order_customer,order_parent}'::name[], 'and told') FROM dbeng.tenant_tables WHERE relation = 'saas.orders'::regclass;
SELECT lives_ok($$SELECT dbeng.disable_tenancy('saas.orders')$$, 'disabled');
SELECT lives_ok(statement, statement) FROM pg_temp.failure($$SELECT dbeng.enable_tenancy('saas.orders')$$) f, regexp_matches(detail, ': (ALTER [^\n]*)', 'g') m(m), LATERAL (SELECT m[1]) s(statement);
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.orders')$$, 'after those statements it is not refused');
SELECT is(cross_tenant_keys, '{}', 'no key crosses') FROM dbeng.tenant_tables WHERE relation = 'saas.orders'::regclass;
SET LOCAL app.tenant_id = '1';
INSERT INTO saas.customers (id) VALUES (1);
SET LOCAL app.tenant_id = '2';
SELECT is(pg_temp.code('INSERT INTO saas.orders (id, customer_id) VALUES (1, 1); SET CONSTRAINTS ALL IMMEDIATE'), '23503', 'another tenant''s row is not there to refer to');

-- Partitions and children, read directly; those that come later.
CREATE TABLE saas.parted (id int, tenant_id int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE saas.sub PARTITION OF saas.parted FOR VALUES FROM (1) TO (10) PARTITION BY RANGE (id);
CREATE TABLE saas.leaf PARTITION OF saas.sub FOR VALUES FROM (1) TO (10);
CREATE TABLE saas.base (id int, tenant_id int NOT NULL);
CREATE TABLE saas.heir () INHERITS (saas.base);
INSERT INTO saas.parted VALUES (1, 1), (2, 2);
INSERT INTO saas.heir VALUES (1, 1), (2, 2);
CREATE TEMP TABLE before_parts AS SELECT t, pg_temp.shape(('saas.' || t)::regclass) AS shape FROM unnest('{parted,sub,leaf,base,heir}'::text[]) t;
SELECT is(detail, 'It is a partition: SELECT dbeng.enable_tenancy(''saas.parted'');', 'not a partition alone') FROM pg_temp.failure($$SELECT dbeng.enable_tenancy('saas.leaf')$$);
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.parted'); SELECT dbeng.enable_tenancy('saas.base')$$, 'enabled with what is below');
SELECT is((xpath('//row/c/text()', query_to_xml('SELECT count(*) AS c FROM saas.' || t, true, true, '')))[1]::text, '1', 'one row by ' || t) FROM unnest('{parted,sub,leaf,base,heir}'::text[]) t;
SELECT is(detail, 'It is a partition or child of a table that has tenants, and is with it.', 'part of it') FROM pg_temp.failure($$SELECT dbeng.enable_tenancy('saas.leaf')$$);
SELECT is(detail, 'It is a partition or child of a table that has, and is with it.', 'for good') FROM pg_temp.failure($$SELECT dbeng.disable_tenancy('saas.leaf')$$);
CREATE TABLE saas.later PARTITION OF saas.parted FOR VALUES FROM (10) TO (20);
SELECT is(state || ' ' || open_children::text, 'children open {saas.later}', 'a partition that came later') FROM dbeng.tenant_tables WHERE relation = 'saas.parted'::regclass;
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.parted')$$, 'is taken in by another call');
SELECT is(state, 'on', 'all is well') FROM dbeng.tenant_tables WHERE relation = 'saas.parted'::regclass;
ALTER TABLE saas.parted NO FORCE ROW LEVEL SECURITY;
SELECT is(state, 'not forced', 'not forced') FROM dbeng.tenant_tables WHERE relation = 'saas.parted'::regclass;
ALTER TABLE saas.parted DISABLE ROW LEVEL SECURITY;
SELECT is(state, 'off', 'off') FROM dbeng.tenant_tables WHERE relation = 'saas.parted'::regclass;
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas.parted')$$, 'mended');
DROP TABLE saas.later;
SELECT lives_ok($$SELECT dbeng.disable_tenancy('saas.parted'); SELECT dbeng.disable_tenancy('saas.base')$$, 'disabled with what is below');
SELECT is(pg_temp.shape(('saas.' || t)::regclass), shape, t || ' is as it was') FROM before_parts;

-- Refused.
CREATE TABLE saas.rows (id int);
INSERT INTO saas.rows VALUES (1);
CREATE TABLE saas.generated (id int, tenant_id int GENERATED ALWAYS AS (id / 10) STORED);
CREATE TABLE saas.taken (tenant_id bigint NOT NULL);
CREATE POLICY dbeng_tenant ON saas.taken USING (false);
SELECT is(detail, why, t || ' is refused') FROM (VALUES
	('saas.rows', 'It has rows, and no column tenant_id that says whose they are: ALTER TABLE saas.rows ADD COLUMN tenant_id bigint; then UPDATE saas.rows SET tenant_id = ... .'),
	('saas.generated', 'Column tenant_id is generated: it cannot have the tenant of the session as its default.'),
	('saas.taken', 'A policy on it has the name dbeng_tenant or dbeng_tenant_rows, and is not of dbeng.enable_tenancy().')) v(t, why), pg_temp.failure(format('SELECT dbeng.enable_tenancy(%L)', t));
SELECT is(detail, 'It has tenants already, by column tenant_id and setting app.tenant_id: SELECT dbeng.disable_tenancy(''saas.orders'');', 'not in two ways')
FROM pg_temp.failure($$SELECT dbeng.enable_tenancy('saas.orders', setting => 'app.other')$$);
SELECT is(code, '22023', 'setting ' || coalesce(s, 'NULL')) FROM unnest('{tenant,"app.","a b.c",dbeng.enabled,app.x;y,NULL}'::text[]) s, pg_temp.failure(format('SELECT dbeng.enable_tenancy(''saas.empty'', setting => %L)', s));
CREATE VIEW saas.v AS SELECT 1 AS x;
SELECT is(pg_temp.code($$SELECT dbeng.enable_tenancy('saas.v')$$), '42809', 'not a view');
CREATE TABLE saas."Odd ""one" ("Ten ant" bigint NOT NULL);
SELECT lives_ok($$SELECT dbeng.enable_tenancy('saas."Odd ""one"', 'Ten ant')$$, 'odd names');
ALTER TABLE saas."Odd ""one" RENAME COLUMN "Ten ant" TO whose;
SELECT is(column_name, 'whose', 'a renamed column is followed') FROM dbeng.tenant_tables WHERE relation = 'saas."Odd ""one"'::regclass;
SELECT lives_ok($$SELECT dbeng.disable_tenancy('saas."Odd ""one"')$$, 'and disabled');
RESET ROLE;
SET LOCAL ROLE tenancy_app;
SELECT is(pg_temp.code($$SELECT dbeng.enable_tenancy('saas.empty')$$), '42501', 'not by somebody else');
RESET ROLE;
SET LOCAL transaction_read_only = on;
SELECT is(pg_temp.code($$SELECT dbeng.enable_tenancy('saas.empty')$$), '25006', 'not where nothing may be written');

SELECT * FROM finish();
ROLLBACK;
