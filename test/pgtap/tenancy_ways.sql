-- Tenants, by each way in which rows are read and written: what docs/tenancy.md says that holds, and what it says that does not.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

\ir common/calls.sql
CREATE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || statement INTO plan;
	RETURN plan;
END $$;

CREATE ROLE ways_owner;
CREATE ROLE ways_app;
CREATE ROLE ways_other;
CREATE ROLE ways_above BYPASSRLS;
GRANT pg_read_server_files, pg_write_server_files TO ways_app;
CREATE SCHEMA saas AUTHORIZATION ways_owner;
CREATE SCHEMA others AUTHORIZATION ways_other;
GRANT USAGE ON SCHEMA saas TO ways_app, ways_above, ways_other;
SET LOCAL ROLE ways_owner;
CREATE TABLE saas.accounts (id int PRIMARY KEY, tenant_id bigint NOT NULL, code text UNIQUE, UNIQUE (tenant_id, id));
CREATE TABLE saas.orders (id int PRIMARY KEY, tenant_id bigint NOT NULL, account_id int, FOREIGN KEY (tenant_id, account_id) REFERENCES saas.accounts (tenant_id, id));
INSERT INTO saas.accounts VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 2, 'three');
INSERT INTO saas.orders VALUES (1, 1, 1), (2, 2, 2), (3, 2, 3);
SELECT dbeng.enable_tenancy('saas.accounts');
SELECT dbeng.enable_tenancy('saas.orders');
GRANT SELECT, INSERT, UPDATE, DELETE ON saas.accounts, saas.orders TO ways_app, ways_above;

-- Reading, in whatever form.
RESET ROLE;
SET LOCAL ROLE ways_app;
SET LOCAL app.tenant_id = '2';
SELECT results_eq('SELECT * FROM (WITH a AS (SELECT id FROM saas.accounts) SELECT id FROM a) x ORDER BY 1', 'VALUES (2), (3)', 'WITH');
SELECT results_eq('WITH a AS MATERIALIZED (SELECT id FROM saas.accounts) SELECT id FROM a ORDER BY 1', 'VALUES (2), (3)', 'WITH ... AS MATERIALIZED');
SELECT results_eq('SELECT v.n, a.id FROM (VALUES (1), (2)) v(n) LEFT JOIN LATERAL (SELECT id FROM saas.accounts a WHERE a.id = v.n) a ON true ORDER BY 1', 'VALUES (1, NULL), (2, 2)', 'LATERAL');
SELECT results_eq('SELECT a.id, o.id FROM saas.accounts a JOIN saas.orders o ON o.account_id = a.id ORDER BY 1', 'VALUES (2, 2), (3, 3)', 'a join');
SELECT results_eq('SELECT EXISTS (SELECT FROM saas.accounts WHERE id = 1), (SELECT count(*) FROM saas.accounts)', 'VALUES (false, 2::bigint)', 'sub-selects');
SELECT results_eq('SELECT id FROM saas.accounts WHERE id < 4 ORDER BY id FOR UPDATE', 'VALUES (2), (3)', 'FOR UPDATE');
SELECT is(pg_temp.touched('SELECT FROM saas.accounts WHERE id = 1 FOR KEY SHARE'), 0::bigint, 'no row of another''s is locked');
SELECT is(pg_temp.touched('TABLE saas.accounts'), 2::bigint, 'TABLE');
SELECT is(pg_temp.touched('SELECT * FROM saas.accounts TABLESAMPLE BERNOULLI (100)'), 2::bigint, 'TABLESAMPLE');
SELECT is((xpath('count(/table/row)', query_to_xml('SELECT * FROM saas.accounts', true, false, '')))[1]::text, '2', 'a function of the server that is given a statement');
SELECT is(pg_temp.touched('SELECT * FROM saas.accounts WHERE ctid = ''(0,1)'''), 0::bigint, 'another''s row by its place');
SELECT is(pg_temp.touched('COPY saas.accounts TO ''/dev/null'''), 2::bigint, 'COPY TO');
SELECT is(pg_temp.touched('COPY (SELECT * FROM saas.accounts) TO ''/dev/null'''), 2::bigint, 'COPY of a query');

-- The order in which a condition of one's own is asked gives nothing away.
CREATE FUNCTION pg_temp.peep(id int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN IF id = 1 THEN RAISE 'seen'; END IF; RETURN true; END$$;
SELECT is(pg_temp.code('SELECT * FROM saas.accounts WHERE pg_temp.peep(id)'), '00000', 'a function sees no row of another''s');

-- Writing.
SELECT is(pg_temp.touched('UPDATE saas.accounts SET code = ''mine'' WHERE id = 1'), 0::bigint, 'UPDATE of another''s');
SELECT is(pg_temp.touched('DELETE FROM saas.orders WHERE id = 1'), 0::bigint, 'DELETE of another''s');
SELECT is(pg_temp.touched('UPDATE saas.orders o SET account_id = a.id FROM saas.accounts a WHERE a.id = o.account_id'), 2::bigint, 'UPDATE ... FROM');
SELECT is(pg_temp.touched('DELETE FROM saas.orders o USING saas.accounts a WHERE a.id = o.account_id AND a.id = 1'), 0::bigint, 'DELETE ... USING');
SELECT is(pg_temp.touched('WITH u AS (UPDATE saas.accounts SET code = code RETURNING id) SELECT * FROM u'), 2::bigint, 'UPDATE in WITH');
SELECT is(pg_temp.code('WITH i AS (INSERT INTO saas.accounts VALUES (9, 1, ''x'') RETURNING id) SELECT * FROM i'), '42501', 'INSERT in WITH');
SELECT is(pg_temp.code('INSERT INTO saas.accounts SELECT 9, 1, ''x'''), '42501', 'INSERT ... SELECT');
SELECT is(pg_temp.touched('INSERT INTO saas.accounts (id, code) VALUES (2, ''x'') ON CONFLICT (id) DO UPDATE SET code = ''again'''), 1::bigint, 'ON CONFLICT of one''s own');
SELECT is(pg_temp.touched('INSERT INTO saas.accounts (id, code) VALUES (1, ''x'') ON CONFLICT DO NOTHING'), 0::bigint, 'ON CONFLICT DO NOTHING of another''s');
SELECT is(pg_temp.code('INSERT INTO saas.accounts (id, code) VALUES (1, ''x'') ON CONFLICT (id) DO UPDATE SET code = ''taken'''), '42501', 'ON CONFLICT DO UPDATE of another''s');
SELECT is(pg_temp.touched('MERGE INTO saas.accounts a USING (VALUES (1), (2)) v(id) ON a.id = v.id WHEN MATCHED THEN UPDATE SET code = ''merged'''), 1::bigint, 'MERGE');
SELECT is(pg_temp.code('MERGE INTO saas.accounts a USING (VALUES (2)) v(id) ON a.id = v.id WHEN MATCHED THEN UPDATE SET tenant_id = 1'), '42501', 'MERGE gives nothing away');
SELECT is(pg_temp.code('MERGE INTO saas.accounts a USING (VALUES (9)) v(id) ON a.id = v.id WHEN NOT MATCHED THEN INSERT VALUES (9, 1, ''x'')'), '42501', 'nor brings in');
SELECT is(message, 'COPY FROM not supported with row-level security', 'COPY FROM') FROM pg_temp.failure('COPY saas.accounts FROM ''/dev/null''');
SELECT is(pg_temp.code('TRUNCATE saas.orders'), '42501', 'TRUNCATE without its privilege');
RESET ROLE;
SELECT results_eq('SELECT id, code FROM saas.accounts WHERE tenant_id = 1', $$VALUES (1, 'one')$$, 'the other''s row is what it was');

-- Who is held back: the owner as well, nobody above policies.
SET LOCAL ROLE ways_owner;
SELECT is(pg_temp.touched('TABLE saas.accounts'), 2::bigint, 'the owner');
RESET ROLE;
SET LOCAL ROLE ways_above;
SELECT is(pg_temp.touched('TABLE saas.accounts'), 3::bigint, 'BYPASSRLS sees all');
SELECT is(pg_temp.code('INSERT INTO saas.accounts VALUES (4, 1, ''four'')'), '00000', 'and writes all');
RESET ROLE;
SELECT is(pg_temp.touched('TABLE saas.accounts'), 4::bigint, 'so does a superuser');
DELETE FROM saas.accounts WHERE id = 4;
SET LOCAL ROLE ways_app;
SET LOCAL row_security = off;
SELECT is(pg_temp.code('TABLE saas.accounts'), '42501', 'row_security = off is an error, not a way around');
SET LOCAL row_security = on;
SET LOCAL app.tenant_id = '1';
SELECT is(pg_temp.touched('TABLE saas.accounts'), 1::bigint, 'who may write any SQL sets the setting to whatever he likes');
SET LOCAL app.tenant_id = '2';

-- Plans that are kept.
PREPARE kept AS SELECT count(*) FROM saas.accounts;
CREATE FUNCTION pg_temp.kept() RETURNS bigint LANGUAGE plpgsql AS $$BEGIN RETURN (SELECT count(*) FROM saas.accounts); END$$;
CREATE FUNCTION pg_temp.inlined() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT count(*) FROM saas.accounts$$;
CREATE FUNCTION pg_temp.counts() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a bigint;
	b bigint;
BEGIN
	EXECUTE 'EXECUTE kept' INTO a;
	EXECUTE 'SELECT pg_temp.inlined()' INTO b;
	RETURN concat_ws(' ', a, pg_temp.kept(), b);
END $$;
SELECT is(pg_temp.counts(), '2 2 2', 'kept plans: once') FROM generate_series(1, 7);
SET LOCAL app.tenant_id = '1';
SELECT is(pg_temp.counts(), '1 1 1', 'for another tenant');
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT is(pg_temp.counts(), '1 1 1', 'made for all of them');
SET LOCAL app.tenant_id = '2';
SELECT is(pg_temp.counts(), '2 2 2', 'and executed for one');
RESET ROLE;
SELECT is(pg_temp.counts(), '3 3 3', 'for a role that sees all');
SET LOCAL ROLE ways_app;
SELECT is(pg_temp.counts(), '2 2 2', 'and again for one that does not');
SET LOCAL app.tenant_id = '';
SELECT is(pg_temp.counts(), '0 0 0', 'and for nobody');
RESET plan_cache_mode;
SET LOCAL app.tenant_id = '2';

-- A cursor has the tenant of its first row.
DECLARE c CURSOR FOR SELECT id FROM saas.accounts ORDER BY id;
FETCH 1 FROM c;
SET LOCAL app.tenant_id = '1';
SELECT is(pg_temp.touched('FETCH ALL FROM c'), 1::bigint, 'a cursor goes on with the tenant it began with');
CLOSE c;
DECLARE c CURSOR FOR SELECT id FROM saas.accounts ORDER BY id;
SET LOCAL app.tenant_id = '2';
SELECT is(pg_temp.touched('FETCH ALL FROM c'), 2::bigint, 'which is that of its first row, not of its declaration');
CLOSE c;

-- The setting is asked for once a statement, and an index serves it.
RESET ROLE;
CREATE TABLE saas.many (id int PRIMARY KEY, tenant_id bigint NOT NULL, kind text);
INSERT INTO saas.many SELECT g, g % 100, CASE WHEN g % 100 < 50 THEN 'common' ELSE 'rare' || g END FROM generate_series(1, 10000) g;
ALTER TABLE saas.many OWNER TO ways_owner;
SELECT dbeng.enable_tenancy('saas.many');
GRANT SELECT ON saas.many TO ways_app;
ANALYZE saas.many;
SET LOCAL ROLE ways_app;
SET LOCAL app.tenant_id = '77';
SELECT matches(pg_temp.plan('SELECT * FROM saas.many'), '"Index Cond": "\(tenant_id = \$0\)"|"Index Cond": "\(tenant_id = \(InitPlan 1\)\.col1\)"', 'an index');
SELECT is((pg_temp.plan('SELECT * FROM saas.many')::jsonb)::text ~ '"Subplan Name": "InitPlan 1', true, 'asked for once');
-- Estimates come from the rows of all.
SELECT is_empty($$SELECT * FROM pg_stats WHERE schemaname = 'saas' AND tablename = 'many'$$, 'statistics are not shown');
SELECT cmp_ok((pg_temp.plan('SELECT * FROM saas.many WHERE kind = ''common''')::jsonb #>> '{0,Plan,Plan Rows}')::int, '>', (pg_temp.plan('SELECT * FROM saas.many WHERE kind = ''rare''')::jsonb #>> '{0,Plan,Plan Rows}')::int,
	'but what the planner expects tells of rows that are not shown');

-- Views, functions and what is stored of them.
RESET ROLE;
CREATE VIEW saas.by_superuser AS SELECT * FROM saas.accounts;
CREATE VIEW saas.by_invoker WITH (security_invoker) AS SELECT * FROM saas.accounts;
CREATE FUNCTION saas.superusers() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$SELECT count(*) FROM saas.accounts$$;
SET LOCAL ROLE ways_owner;
SET LOCAL app.tenant_id = '2';
CREATE VIEW saas.by_owner AS SELECT * FROM saas.accounts;
CREATE FUNCTION saas.owners() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$SELECT count(*) FROM saas.accounts$$;
CREATE MATERIALIZED VIEW saas.stored AS SELECT * FROM saas.accounts;
RESET ROLE;
GRANT SELECT, INSERT, UPDATE ON saas.by_superuser, saas.by_invoker, saas.by_owner, saas.stored TO ways_app;
SET LOCAL ROLE ways_app;
SET LOCAL app.tenant_id = '1';
SELECT is(pg_temp.touched('TABLE saas.by_owner'), 1::bigint, 'a view of the owner''s is held to the tenant');
SELECT is(pg_temp.touched('TABLE saas.by_invoker'), 1::bigint, 'so is one that reads as its caller, whoever owns it');
SELECT is(pg_temp.touched('TABLE saas.by_superuser'), 3::bigint, 'one of a superuser''s shows all');
SELECT is(pg_temp.code('INSERT INTO saas.by_owner VALUES (9, 2, ''x'')'), '42501', 'writing by the owner''s view is held to it, too');
SELECT is(pg_temp.code('INSERT INTO saas.by_superuser VALUES (9, 2, ''x'')'), '00000', 'by a superuser''s it is not');
SELECT is(saas.owners(), 1::bigint, 'a SECURITY DEFINER function of the owner''s is held');
SELECT is(saas.superusers(), 4::bigint, 'one of a superuser''s is not');
SELECT is(pg_temp.touched('TABLE saas.stored'), 2::bigint, 'a materialized view holds what its owner saw');
RESET ROLE;
DELETE FROM saas.accounts WHERE id = 9;

-- Keys look past policies.
SET LOCAL ROLE ways_app;
SELECT is(pg_temp.code('INSERT INTO saas.orders (id, account_id) VALUES (9, 2)'), '23503', 'a key with the tenant in it finds no row of another''s');
SELECT is(pg_temp.code('INSERT INTO saas.accounts (id, code) VALUES (9, ''three'')'), '23505', 'a unique key without it tells that another has the value');
SELECT is(pg_temp.code('INSERT INTO saas.accounts (id, code) VALUES (2, ''new'')'), '23505', 'the primary key, too');
RESET ROLE;
SET LOCAL ROLE ways_owner;
CREATE TABLE saas.loose (id int PRIMARY KEY, tenant_id bigint NOT NULL, account_id int REFERENCES saas.accounts);
SELECT is(pg_temp.code($$SELECT dbeng.enable_tenancy('saas.loose')$$), '55000', 'a key without it is refused');
SELECT dbeng.enable_tenancy('saas.loose', allow_cross_tenant_keys => true);
SELECT is(pg_temp.code('INSERT INTO saas.loose (id, account_id) VALUES (1, 2)'), '00000', 'or taken: then a row refers to one that is not shown');
GRANT REFERENCES (id) ON saas.accounts TO ways_other;
RESET ROLE;
SET LOCAL ROLE ways_other;
CREATE TABLE others.probe (id int REFERENCES saas.accounts (id));
SELECT results_eq('SELECT n, pg_temp.code(''INSERT INTO others.probe VALUES ('' || n || '')'') FROM generate_series(3, 4) n', $$VALUES (3, '00000'), (4, '23503')$$, 'who may refer to a table learns which keys are there');
RESET ROLE;
DROP TABLE others.probe, saas.loose;
GRANT TRUNCATE ON saas.orders TO ways_app;
SET LOCAL ROLE ways_app;
SAVEPOINT emptied;
TRUNCATE saas.orders;
RESET ROLE;
SELECT is(pg_temp.touched('TABLE saas.orders'), 0::bigint, 'who may TRUNCATE empties it for all');
ROLLBACK TO emptied;

-- Partitions and children, read and written directly by who has a privilege on them.
RESET ROLE;
SET LOCAL ROLE ways_owner;
CREATE TABLE saas.parted (id int, tenant_id bigint NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE saas.parted_1 PARTITION OF saas.parted FOR VALUES FROM (1) TO (100);
CREATE TABLE saas.base (id int, tenant_id bigint NOT NULL);
CREATE TABLE saas.heir () INHERITS (saas.base);
INSERT INTO saas.parted VALUES (1, 1), (2, 2);
INSERT INTO saas.heir VALUES (1, 1), (2, 2);
SELECT dbeng.enable_tenancy('saas.parted');
SELECT dbeng.enable_tenancy('saas.base');
CREATE TABLE saas.later PARTITION OF saas.parted FOR VALUES FROM (100) TO (200);
CREATE TABLE saas.later_heir () INHERITS (saas.base);
GRANT SELECT, INSERT, UPDATE ON saas.parted, saas.parted_1, saas.base, saas.heir, saas.later, saas.later_heir TO ways_app;
RESET ROLE;
INSERT INTO saas.later VALUES (101, 1), (102, 2);
INSERT INTO saas.later_heir VALUES (101, 1), (102, 2);
SET LOCAL ROLE ways_app;
SET LOCAL app.tenant_id = '2';
SELECT is(pg_temp.touched('TABLE saas.' || t), n, t) FROM (VALUES ('parted', 2::bigint), ('parted_1', 1), ('base', 2), ('heir', 1)) v(t, n);
SELECT is(pg_temp.code('INSERT INTO saas.' || t || ' VALUES (9, 1)'), '42501', 'another''s row into ' || t) FROM unnest('{parted,parted_1,base,heir}'::text[]) t;
SELECT is(pg_temp.touched('UPDATE saas.' || t || ' SET id = id'), n, 'UPDATE of ' || t) FROM (VALUES ('parted', 2::bigint), ('parted_1', 1), ('base', 2), ('heir', 1)) v(t, n);
SELECT is(pg_temp.touched('TABLE saas.' || t), 2::bigint, t || ' came later and shows all') FROM unnest('{later,later_heir}'::text[]) t;
RESET ROLE;
SELECT results_eq('SELECT format(''%s'', relation), state, open_children::text FROM dbeng.tenant_tables WHERE open_children IS NOT NULL ORDER BY 1', $$VALUES ('saas.base', 'children open', '{saas.later_heir}'), ('saas.parted', 'children open', '{saas.later}')$$, 'which is told');
SET LOCAL ROLE ways_owner;
SELECT dbeng.enable_tenancy('saas.parted');
SELECT dbeng.enable_tenancy('saas.base');
RESET ROLE;
SET LOCAL ROLE ways_app;
SELECT is(pg_temp.touched('TABLE saas.' || t), 1::bigint, t || ' is closed by another call') FROM unnest('{later,later_heir}'::text[]) t;
RESET ROLE;

-- Policies narrow, whoever they are for.
CREATE POLICY app_reads ON saas.accounts FOR SELECT TO ways_app USING (true);
CREATE POLICY few ON saas.accounts AS RESTRICTIVE FOR SELECT USING (id <> 3);
SET LOCAL ROLE ways_app;
SELECT results_eq('SELECT id FROM saas.accounts', 'VALUES (2)', 'one more restrictive policy');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
