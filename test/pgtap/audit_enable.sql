-- Switching audit on and off: who may, on what, what it makes, what it leaves behind; and that nobody writes the log.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

\ir common/calls.sql
CREATE FUNCTION pg_temp.triggers(of regclass) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(tgname || ' ' || tgenabled::text, ', ' ORDER BY tgname COLLATE "C"), '') FROM pg_trigger WHERE tgrelid = of AND tgname ~ '^!dbeng'
$$;

-- Before the first table is audited there is nothing.
SAVEPOINT undone;
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes');
ROLLBACK TO undone;
SELECT is(to_regnamespace('dbeng_audit'), NULL, 'no schema before, and what is rolled back leaves none');
SELECT is_empty('TABLE dbeng.audited_tables', 'no audited tables before');

CREATE ROLE fx_owner;
CREATE ROLE fx_other;
CREATE ROLE fx_reader IN ROLE pg_read_all_data;
GRANT CREATE ON DATABASE pgtap TO fx_other;
CREATE SCHEMA "My Schema" AUTHORIZATION fx_owner;
GRANT USAGE ON SCHEMA "My Schema" TO PUBLIC;

-- Who makes the schema beforehand gets no log into his hands.
SAVEPOINT squatted;
SET ROLE fx_other;
CREATE SCHEMA dbeng_audit;
CREATE TABLE dbeng_audit.log (log_id bigint);
RESET ROLE;
CREATE TABLE notes (id int PRIMARY KEY);
SELECT pg_temp.refused($$SELECT dbeng.enable_audit('notes')$$, '42501', 'schema dbeng_audit belongs to role "fx_other"');
ALTER SCHEMA dbeng_audit OWNER TO CURRENT_USER;
SELECT pg_temp.refused($$SELECT dbeng.enable_audit('notes')$$, '42501', 'table dbeng_audit.log belongs to role "fx_other"');
ROLLBACK TO squatted;

-- As an owner who is no superuser, whatever his search_path; privileges given away by default are none of the log's.
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO fx_other, PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO fx_other;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO fx_other;
SET ROLE fx_owner;
SET search_path = "My Schema";
CREATE TABLE "Order s" (id int PRIMARY KEY, "Total" numeric, photo bytea, secret text);
SELECT dbeng.enable_audit('"Order s"');
RESET search_path;
SELECT is(pg_temp.triggers('"My Schema"."Order s"'), '!dbeng_audit O, !dbeng_audit_replica R, !dbeng_audit_truncate A', 'its triggers');
RESET ROLE;
SELECT is((SELECT relowner::regrole::text FROM pg_class WHERE oid = 'dbeng_audit.log'::regclass), (SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'dbeng'), 'the log is the extension owner''s');
SELECT is_empty($$SELECT FROM pg_class WHERE relnamespace = 'dbeng_audit'::regnamespace AND relkind IN ('r', 'p', 'S') AND EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee <> relowner)$$, 'and nobody else has a right on it');
SELECT is(has_schema_privilege('fx_other', 'dbeng_audit', 'USAGE'), false, 'nor on its schema');
SELECT is(has_table_privilege('fx_reader', 'dbeng_audit.log', 'SELECT') AND has_schema_privilege('fx_reader', 'dbeng_audit', 'USAGE'), true, 'but pg_read_all_data');
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM fx_other, PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM fx_other;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM fx_other;
SELECT is_empty($$SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = 'dbeng_audit.log'::regclass AND deptype = 'e'$$, 'the log is no member of the extension');
SELECT is((SELECT count(*) FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass), 5::bigint, 'this month, three more, and a default partition');
SELECT is((SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = ('dbeng_audit.log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'))::regclass),
	format('FOR VALUES FROM (%L) TO (%L)', date_trunc('month', now(), 'UTC'), date_trunc('month', now(), 'UTC') + interval '1 month'), 'this month');
SELECT is_empty($$SELECT FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'dbeng_audit.log'::regclass AND NOT reloptions @> '{toast_tuple_target=8160}'$$, 'a chunk stays on one page');

-- Nobody writes it.
SELECT pg_temp.refused(format(sql, t), '42501', 'on audit log table "dbeng_audit\.' || t)
FROM unnest('{log,log_rest,tables,shapes,gaps}'::text[]) t,
	unnest('{INSERT INTO dbeng_audit.%s DEFAULT VALUES,UPDATE dbeng_audit.%s SET ctid = ctid,DELETE FROM dbeng_audit.%s,TRUNCATE dbeng_audit.%s}'::text[]) sql
WHERE sql !~ 'ctid';
SELECT pg_temp.refused(format('UPDATE dbeng_audit.%s SET %I = %I', t, c, c), '42501', 'UPDATE on audit log table "dbeng_audit\.' || t)
FROM (VALUES ('log', 'payload'), ('log_rest', 'payload'), ('tables', 'exclude'), ('shapes', 'names'), ('gaps', 'kind')) AS u(t, c);
SELECT pg_temp.refused('MERGE INTO dbeng_audit.gaps g USING dbeng_audit.gaps h ON true WHEN MATCHED THEN DELETE', '42501', 'DELETE on audit log table');
SELECT pg_temp.refused('DELETE FROM ' || inhrelid::regclass, '42501', 'DELETE on audit log table') FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass;
SET session_replication_role = replica;
SELECT pg_temp.refused('DELETE FROM dbeng_audit.log', '42501', 'DELETE on audit log table');
RESET session_replication_role;
SELECT throws_matching('DROP EXTENSION dbeng', 'other objects depend on it', 'DROP EXTENSION is refused while anything is audited');

-- Other options, the same number.
SET ROLE fx_owner;
SELECT dbeng.enable_audit('"My Schema"."Order s"', exclude => '{photo}', redact => '{secret}', log_query => true, on_replica => true);
SELECT is(pg_temp.triggers('"My Schema"."Order s"'), '!dbeng_audit A, !dbeng_audit_truncate A, !dbeng_audit_update A', 'with other options other triggers');
RESET ROLE;
SELECT results_eq('SELECT table_id, relation::text, exclude, redact, log_query, on_replica, enabled_by, state FROM dbeng.audited_tables',
	$$VALUES (1, '"My Schema"."Order s"', '{photo}'::name[], '{secret}'::name[], true, true, 'fx_owner'::name, 'on')$$, 'audited_tables shows it');
SET ROLE fx_owner;
ALTER TABLE "My Schema"."Order s" RENAME photo TO "Picture";
ALTER TABLE "My Schema"."Order s" RENAME TO "Orders";
ALTER TABLE "My Schema"."Orders" DISABLE TRIGGER USER;
RESET ROLE;
SELECT results_eq('SELECT table_id, relation::text, exclude, state FROM dbeng.audited_tables',
	$$VALUES (1, '"My Schema"."Orders"', '{Picture}'::name[], 'incomplete')$$, 'a renamed column stays excluded, a trigger switched off shows');
SET ROLE fx_owner;
SELECT dbeng.enable_audit('"My Schema"."Orders"');
SELECT is(pg_temp.triggers('"My Schema"."Orders"'), '!dbeng_audit O, !dbeng_audit_replica R, !dbeng_audit_truncate A', 'enable_audit() mends');
RESET ROLE;
SELECT is((SELECT count(*) FROM dbeng_audit.tables), 1::bigint, 'still one');

-- Off, and on again: the same number, and it is known since when it was off.
SET ROLE fx_owner;
SELECT dbeng.disable_audit('"My Schema"."Orders"');
SELECT is(pg_temp.triggers('"My Schema"."Orders"'), '', 'disable_audit() leaves no trigger');
SELECT pg_temp.refused($$SELECT dbeng.disable_audit('"My Schema"."Orders"')$$, '55000', 'is not audited');
RESET ROLE;
SELECT results_eq('SELECT table_id, state, disabled_at = now() FROM dbeng.audited_tables', $$VALUES (1, 'off', true)$$, 'it is off');
SELECT dbeng.enable_audit('"My Schema"."Orders"');
SELECT results_eq('SELECT table_id, state FROM dbeng.audited_tables', $$VALUES (1, 'on')$$, 'on again under the same number');
SELECT results_eq($$SELECT table_id, kind, ended_at = now() FROM dbeng_audit.gaps ORDER BY kind DESC$$, $$VALUES (1, 'u'::"char", true), (1, 'd', true)$$, 'what it missed is on record');

-- A table dropped and made again goes on under its number.
DROP TABLE "My Schema"."Orders";
SELECT results_eq('SELECT table_id, relation, state, name FROM dbeng.audited_tables', $$VALUES (1, NULL::regclass, 'dropped', '"My Schema"."Orders"')$$, 'dropped');
CREATE TABLE "My Schema"."Orders" (id int);
SELECT dbeng.enable_audit('"My Schema"."Orders"');
SELECT results_eq('SELECT table_id, relation::text, state FROM dbeng.audited_tables', $$VALUES (1, '"My Schema"."Orders"', 'on')$$, 'and made again');

-- Who may not.
CREATE TABLE notes (id int, a int, b int, PRIMARY KEY (id));
GRANT ALL ON notes TO fx_other;
SET ROLE fx_other;
SELECT pg_temp.refused($$SELECT dbeng.enable_audit('notes')$$, '42501', 'must be owner');
SELECT pg_temp.refused($$SELECT dbeng.disable_audit('notes')$$, '42501', 'must be owner');
SELECT pg_temp.refused('TABLE dbeng.audited_tables', '42501', 'pg_monitor');
RESET ROLE;

-- On what it is not possible.
CREATE VIEW v AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
CREATE TEMP TABLE t (a int);
CREATE FOREIGN DATA WRAPPER fx_wrapper;
CREATE SERVER fx_server FOREIGN DATA WRAPPER fx_wrapper;
CREATE FOREIGN TABLE f (a int) SERVER fx_server;
CREATE SEQUENCE s;
CREATE TYPE c AS (a int);
SELECT pg_temp.refused(format('SELECT dbeng.enable_audit(%L)', r), code, words) FROM (VALUES
	('v', '42809', 'a view'), ('m', '42809', 'a materialized view'), ('f', '42809', 'a foreign table'), ('s', '42809', 'a sequence'), ('c', '42809', 'a type'),
	('notes_pkey', '42809', 'an index'), ('t', '0A000', 'temporary'), ('pg_class', '42501', 'system catalog'), ('information_schema.sql_features', '42501', 'system catalog'),
	('dbeng.ignored', '0A000', 'dbeng''s own'), ('dbeng_audit.tables', '0A000', 'dbeng''s own'), ('123456789', '42P01', 'does not exist')) AS n(r, code, words);
SELECT pg_temp.refused('SELECT dbeng.enable_audit(NULL)', '22004', 'must not be NULL');
SELECT pg_temp.refused(format('SELECT dbeng.enable_audit(''notes'', %s)', arguments), code, words) FROM (VALUES
	('exclude => ''{nothing}''', '42703', 'column "nothing" .*exclude'), ('redact => ''{ctid}''', '42703', 'column "ctid" .*redact'), ('exclude => ''{id}''', '22023', 'part of the key'),
	('redact => ''{id}''', '22023', 'part of the key'), ('exclude => ''{a,a}''', '22023', 'named twice'), ('exclude => ''{a}'', redact => ''{a}''', '22023', 'named twice'),
	('exclude => ''{a,NULL}''', '22004', 'exclude must not contain NULL')) AS n(arguments, code, words);
CREATE TABLE keyless (a int);
SELECT pg_temp.refused($$SELECT dbeng.enable_audit('keyless', exclude => '{a}')$$, '22023', 'nothing to be logged');
SELECT is(pg_temp.triggers('notes') || pg_temp.triggers('keyless'), '', 'a refusal leaves nothing');
SAVEPOINT read_only;
SET LOCAL transaction_read_only = on;
SELECT throws_ok($$SELECT dbeng.enable_audit('notes')$$, '25006');
SELECT throws_ok($$SELECT dbeng.disable_audit('notes')$$, '25006');
ROLLBACK TO read_only;

-- Partitioned tables: parts that are there and parts that come; no change is logged twice.
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01') PARTITION BY LIST (id);
CREATE TABLE parted_1_1 PARTITION OF parted_1 FOR VALUES IN (1);
SELECT dbeng.enable_audit('parted_1_1');
SELECT pg_temp.refused($$SELECT dbeng.enable_audit('parted')$$, '55000', 'partition parted_1_1 is audited on its own|partition public.parted_1_1 is audited on its own');
SELECT dbeng.disable_audit('parted_1_1');
SELECT dbeng.enable_audit('parted', on_replica => true);
SELECT dbeng.enable_audit('parted');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SELECT is(pg_temp.triggers('parted_1'), '!dbeng_audit O, !dbeng_audit_replica R, !dbeng_audit_truncate A', 'a part that is itself divided');
SELECT is(pg_temp.triggers('parted_1_1'), '!dbeng_audit O, !dbeng_audit_replica R, !dbeng_audit_truncate A', 'a part of it');
SELECT is(pg_temp.triggers('parted_2'), '!dbeng_audit O, !dbeng_audit_replica R', 'a new part has the row triggers at once');
SELECT is((SELECT state FROM dbeng.audited_tables WHERE relation = 'parted'::regclass), 'incomplete', 'but nothing that sees it truncated yet');
SELECT dbeng.enable_audit('parted');
SELECT is(pg_temp.triggers('parted_2'), '!dbeng_audit O, !dbeng_audit_replica R, !dbeng_audit_truncate A', 'until it is enabled again, or the worker has run');
SELECT pg_temp.refused($$SELECT dbeng.enable_audit('parted_2')$$, '55000', 'It is a partition of public.parted');
SELECT pg_temp.refused($$SELECT dbeng.disable_audit('parted_1_1')$$, '55000', 'audited as a partition');
CREATE TABLE apart (id int, at date NOT NULL, PRIMARY KEY (id, at));
SELECT dbeng.enable_audit('apart');
SELECT throws_matching($$ALTER TABLE parted ATTACH PARTITION apart FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')$$, 'trigger "!dbeng_audit" .*already exists', 'a table that is audited on its own is not attached');
SELECT dbeng.disable_audit('parted');
SELECT is(concat_ws('', pg_temp.triggers('parted'), pg_temp.triggers('parted_1'), pg_temp.triggers('parted_1_1'), pg_temp.triggers('parted_2')), '', 'disable_audit() leaves no trigger on any part');

-- An update of nothing but excluded columns queues no event; dropping, renaming and retyping columns goes on as before.
CREATE TABLE documents (id int PRIMARY KEY, title text, body text, seen int);
ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
SELECT dbeng.enable_audit('documents', exclude => '{seen}');
SELECT table_id AS documents FROM dbeng.audited_tables WHERE relation = 'documents'::regclass \gset
INSERT INTO documents VALUES (1, 'one', repeat('x', 10000), 0), (2, 'two', 'short', 0);
SELECT pg_temp.refused(format($$SELECT dbeng._audit_differs(%s, 'documents'::regclass, a.ctid, b.ctid) FROM documents a, documents b$$, :documents), '39P01', 'called by triggers only');
UPDATE documents SET seen = seen + 1;
UPDATE documents SET seen = seen + 1, title = 'zwei' WHERE id = 2;
SELECT results_eq($$SELECT entries, first_at = now(), last_at = now() FROM dbeng.audited_tables WHERE relation = 'documents'::regclass$$, 'VALUES (3::bigint, true, true)', 'how much is logged of it, in this transaction too');
SELECT results_eq($$SELECT entries, first_at FROM dbeng.audited_tables WHERE relation = 'apart'::regclass$$, 'VALUES (0::bigint, NULL::timestamptz)', 'nothing of another');
ALTER TABLE documents DROP seen;
ALTER TABLE documents RENAME title TO heading;
ALTER TABLE documents ALTER body TYPE varchar;
SELECT is((SELECT exclude FROM dbeng.audited_tables WHERE relation = 'documents'::regclass), '{}'::name[], 'an excluded column that is dropped is excluded no more');
SELECT dbeng.enable_audit('documents');

-- A schema.
CREATE SCHEMA app;
CREATE TABLE app.a (id int PRIMARY KEY, password text);
CREATE TABLE app.b (id int PRIMARY KEY);
CREATE TABLE app.c (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.c_1 PARTITION OF app.c DEFAULT;
CREATE TABLE app.d (password text PRIMARY KEY);
CREATE VIEW app.e AS SELECT 1;
SELECT dbeng.enable_audit('app.b');
SELECT results_eq($$SELECT relation::text, audited, reason FROM dbeng.enable_audit_schema('app', redact => '{password}')$$,
	$$VALUES ('app.a', true, NULL), ('app.b', true, 'was audited already'), ('app.c', true, NULL), ('app.d', false, 'column "password" is part of the key of app.d: Without it nobody could tell whose change it was.')$$, 'enable_audit_schema()');
SELECT is((SELECT redact FROM dbeng.audited_tables WHERE relation = 'app.a'::regclass), '{password}'::name[], 'with what is to be redacted where it is');
SELECT pg_temp.refused($$SELECT dbeng.enable_audit_schema('nowhere')$$, '3F000', 'does not exist');
SELECT pg_temp.refused($$SELECT dbeng.enable_audit_schema('app', redact => '{pasword}')$$, '42703', 'no table of schema app has a column pasword');

-- A trigger argument names a table that is registered: nobody writes in another's name.
SET ROLE fx_owner;
CREATE TABLE "My Schema".forged (id int PRIMARY KEY);
CREATE TRIGGER "!dbeng_audit" AFTER INSERT ON "My Schema".forged FOR EACH ROW EXECUTE FUNCTION dbeng._audit_row('1');
SELECT throws_ok($$INSERT INTO "My Schema".forged VALUES (1)$$);
SELECT throws_matching('SELECT dbeng._audit_differs(1, ''dbeng_audit.tables''::regclass, ''(0,1)'', ''(0,2)'')', 'permission denied|called by triggers only', 'the condition answers nobody else');
SELECT throws_matching('SELECT dbeng._audit_refuse()', 'called by triggers only', 'nor is the refusal called');
RESET ROLE;

-- Inheritance: each table on its own.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child () INHERITS (parent);
SELECT dbeng.enable_audit('parent');
SELECT dbeng.enable_audit('child');
SELECT is(pg_temp.triggers('child'), '!dbeng_audit O, !dbeng_audit_replica R, !dbeng_audit_truncate A', 'a child of inheritance is audited on its own');

-- DROP EXTENSION … CASCADE leaves the log; it is found again, protected again, and goes on.
CREATE TEMP TABLE before AS SELECT table_id, table_name FROM dbeng_audit.tables;
DROP EXTENSION dbeng CASCADE;
SELECT is(pg_temp.triggers('notes') || pg_temp.triggers('apart'), '', 'no trigger is left');
SELECT isnt(to_regclass('dbeng_audit.log'), NULL, 'the log is');
CREATE EXTENSION dbeng;
SELECT dbeng.enable_audit('apart');
SELECT is_empty('(TABLE before EXCEPT SELECT table_id, table_name FROM dbeng_audit.tables) UNION ALL (SELECT table_id, table_name FROM dbeng_audit.tables EXCEPT TABLE before)', 'every table has its number');
SELECT pg_temp.refused('DELETE FROM ' || t, '42501', 'DELETE on audit log table')
FROM (SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass UNION ALL SELECT unnest('{dbeng_audit.log,dbeng_audit.tables,dbeng_audit.shapes,dbeng_audit.gaps}'::text[])) AS n(t);
SELECT is((SELECT state FROM dbeng.audited_tables WHERE relation = 'apart'::regclass), 'on', 'audited again');
SELECT is((SELECT state FROM dbeng.audited_tables WHERE relation = 'documents'::regclass), 'incomplete', 'another one waits to be enabled');

SELECT finish();
ROLLBACK;
