-- Audit's features: who, in whose name, which columns, which tables; and that what is refused is refused.
\set database dbeng_audit_features
\ir audit/begin.sql
CREATE TABLE t (id int PRIMARY KEY, n int);
SELECT dbeng.enable_audit('t', log_query => true);

-- The application's user: whatever the setting is, it is no error.
INSERT INTO t VALUES (1, 1);
BEGIN;
SET LOCAL app.user_id = '42';
UPDATE t SET n = 2;
COMMIT;
SELECT is(current_setting('app.user_id', true), '', 'SET LOCAL leaves an empty setting behind');
UPDATE t SET n = 3;
SET app.user_id = 'no number, "quoted", ünï';
UPDATE t SET n = 4;
SELECT set_config('app.user_id', repeat('ü', 100000), false) IS NULL AS x \gset
UPDATE t SET n = 5;
SET app.user_id = E'\x01\n';
UPDATE t SET n = 6;
RESET app.user_id;
UPDATE t SET n = 7;
SELECT is(array_agg(left(changed_by, 30) ORDER BY audit_id), ARRAY[NULL, '42', NULL, 'no number, "quoted", ünï', repeat('ü', 30), E'\x01\n', NULL], 'app.user_id unset, a number, empty, text, very long, odd, reset') FROM dbeng.audit_log;
SELECT cmp_ok(max(octet_length(changed_by)), '<=', 200000, 'kept') FROM dbeng.audit_log;
SET dbeng.audit_user_setting = 'other.person';
SET other.person = 'other';
UPDATE t SET n = 8;
RESET dbeng.audit_user_setting;
SELECT is(changed_by, 'other', 'another setting') FROM dbeng.audit_log ORDER BY audit_id DESC LIMIT 1;
BEGIN;
SET LOCAL app.context = '{"request": 7}';
UPDATE t SET n = 9;
SET LOCAL application_name = 'a name';
UPDATE t SET n = 10;
COMMIT;
SELECT is(array_agg(concat_ws(' ', context, application_name, ip_address, query) ORDER BY audit_id), ARRAY['{"request": 7} psql UPDATE t SET n = 9;', '{"request": 7} a name UPDATE t SET n = 10;'], 'context, application and query')
	FROM dbeng.audit_log WHERE transaction_id = told.transaction('t');

-- Roles.
CREATE ROLE dbeng_told_a;
CREATE ROLE dbeng_told_b;
GRANT SELECT, INSERT, UPDATE ON t TO dbeng_told_a, dbeng_told_b;
CREATE FUNCTION as_b(v int) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ UPDATE t SET n = v $$;
ALTER FUNCTION as_b OWNER TO dbeng_told_b;
BEGIN;
SET LOCAL ROLE dbeng_told_a;
UPDATE t SET n = 11;
SELECT as_b(12);
RESET ROLE;
UPDATE t SET n = 13;
SET LOCAL SESSION AUTHORIZATION dbeng_told_b;
UPDATE t SET n = 14;
COMMIT;
SELECT is(string_agg(replace(concat_ws(' ', new_data ->> 'n', db_user, session_user_name), current_user, 'me'), ', ' ORDER BY audit_id), '11 dbeng_told_a me, 12 dbeng_told_b me, 13 me me, 14 dbeng_told_b dbeng_told_b', 'SET ROLE, SECURITY DEFINER, SESSION AUTHORIZATION')
	FROM dbeng.audit_log WHERE transaction_id = told.transaction('t');

-- Excluded and redacted columns, under new names, and no more.
CREATE TABLE secrets (id int PRIMARY KEY, seen int, password text, "Big" text, n int);
ALTER TABLE secrets ALTER "Big" SET STORAGE EXTERNAL;
SELECT dbeng.enable_audit('secrets', exclude => '{seen,Big}', redact => '{password}');
INSERT INTO secrets VALUES (1, 1, 'pa55word', repeat('x', 10000), 1), (2, 1, NULL, NULL, 2);
SELECT clock_timestamp() AS at \gset
UPDATE secrets SET seen = 2, "Big" = "Big" || 'y';
UPDATE secrets SET password = 'pa55word2' WHERE id = 1;
UPDATE secrets SET password = NULL WHERE id = 1;
UPDATE secrets SET n = 10, seen = 3 WHERE id = 1;
SELECT is(string_agg(concat_ws(' ', action, old_data, new_data, changed_columns), ', ' ORDER BY audit_id), 'INSERT {"n": 1, "id": 1}, INSERT {"n": 2, "id": 2}, UPDATE {"id": 1} {} {password}, UPDATE {"id": 1} {} {password}, UPDATE {"n": 1, "id": 1} {"n": 10} {n}', 'excluded and redacted')
	FROM dbeng.audit_log WHERE relation = 'secrets'::regclass;
SELECT is((SELECT array_agg(s::text ORDER BY id) FROM dbeng.table_as_of(NULL::secrets, :'at') s), '{"(1,,,,1)","(2,,,,2)"}', 'the past does not make up what it does not know');
SELECT is(dbeng.row_as_of('secrets', '1', :'at'), '{"id": 1, "n": 1}', 'nor a row');
ALTER TABLE secrets RENAME seen TO looked;
ALTER TABLE secrets RENAME password TO "Secret";
UPDATE secrets SET looked = 5;
UPDATE secrets SET "Secret" = 'pa55word3' WHERE id = 1;
SELECT is(told.last('secrets') || (SELECT exclude::text || redact::text FROM dbeng.audited_tables WHERE relation = 'secrets'::regclass), 'update 1 {"id": 1} -> {}{looked,Big}{Secret}', 'under new names, too');
SELECT is(state, 'on', 'without another call') FROM dbeng.audited_tables WHERE relation = 'secrets'::regclass;
ALTER TABLE secrets DROP looked;
UPDATE secrets SET "Big" = 'z';
SELECT is(told.count('secrets'), 6::bigint, 'one that is dropped takes nothing along');
ALTER TABLE secrets ADD looked int;
UPDATE secrets SET looked = 1 WHERE id = 1;
SELECT is(told.last('secrets'), 'update 1 {"id": 1, "looked": null} -> {"looked": 1}', 'one of its name is another one');
SELECT is(count(*), 0::bigint, 'a redacted value is nowhere') FROM dbeng.audit_log l WHERE l::text ~ 'pa55word';
SELECT dbeng.enable_audit('secrets', redact => '{Secret}');
SELECT clock_timestamp() AS at \gset
UPDATE secrets SET "Big" = 'known' WHERE id = 1;
SELECT is(told.last('secrets'), 'update 1 {"id": 1, "Big": "z"} -> {"Big": "known"}', 'no longer excluded');
SELECT is(dbeng.row_as_of('secrets', '1', :'at') ->> 'Big', 'z', 'and its past is known from then on');
SELECT clock_timestamp() AS before_pause \gset
SELECT dbeng.enable_audit('secrets', exclude => '{Big}', redact => '{Secret}');
UPDATE secrets SET "Big" = 'not known';
SELECT dbeng.enable_audit('secrets', redact => '{Secret}');
SELECT clock_timestamp() AS after_pause \gset
UPDATE secrets SET "Big" = 'known again';
SELECT is(dbeng.row_as_of('secrets', '1', :'at') -> 'Big', NULL, 'excluded for a time, a column''s past before is not made up');
SELECT is(dbeng.row_as_of('secrets', '1', :'before_pause') -> 'Big', NULL, 'right before, too');
SELECT is(dbeng.row_as_of('secrets', '1', :'after_pause') ->> 'Big', 'not known', 'and since is told');
DELETE FROM secrets WHERE id = 1;
SELECT told.refused(format('SELECT dbeng.undo(%L)', told.transaction('secrets')), '55000', 'Secret.*redacted');

-- Large values that were left alone are not read: no page of TOAST is touched.
CREATE TABLE large (id int PRIMARY KEY, n int, big text, bigger jsonb);
ALTER TABLE large ALTER big SET STORAGE EXTERNAL;
SELECT dbeng.enable_audit('large');
INSERT INTO large SELECT n, n, repeat(md5(n::text), 5000), jsonb_build_object('k', (SELECT string_agg(md5(n::text || m), '') FROM generate_series(1, 1000) m)) FROM generate_series(1, 20) n;
CREATE FUNCTION told.toast_blocks() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_stat_force_next_flush();
	PERFORM pg_stat_clear_snapshot();
	RETURN (SELECT toast_blks_read + toast_blks_hit + tidx_blks_read + tidx_blks_hit FROM pg_statio_user_tables WHERE relname = 'large');
END $$;
SELECT pg_stat_force_next_flush();
SELECT told.toast_blocks() AS blocks \gset
UPDATE large SET n = n + 1;
UPDATE large SET n = n + 1, big = big;
DELETE FROM large WHERE id > 1000;
SELECT pg_stat_force_next_flush();
SELECT is(told.toast_blocks(), :blocks::bigint, 'updates of other columns do not read TOAST');
SELECT cmp_ok(sum(pg_column_size(payload)), '<', 3000::bigint, 'nor write it') FROM dbeng_audit.log WHERE transaction_id = told.transaction('large');
SELECT clock_timestamp() AS at \gset
DELETE FROM large WHERE id <= 10;
SELECT is((SELECT count(*) FROM dbeng.table_as_of(NULL::large, :'at') l WHERE big = repeat(md5(l.id::text), 5000)), 20::bigint, 'but a deleted row has its values');
SELECT is((SELECT count(*) FROM dbeng.undo(told.transaction('large'), false)), 10::bigint, 'large values undone');
SELECT is((SELECT count(*) FROM large WHERE big = repeat(md5(id::text), 5000) AND length(bigger ->> 'k') = 32000), 20::bigint, 'are as they were');

-- Names.
CREATE SCHEMA "Odd.Schema";
SELECT format('"%s"', repeat('n', 59) || '"".x') AS long \gset
CREATE TABLE "Odd.Schema".:long ("Id" int, "a,b" text, "quote""" text, "ünï" int, :long int, PRIMARY KEY ("Id", "a,b"));
SELECT format('"Odd.Schema".%s', :'long') AS odd \gset
SELECT dbeng.enable_audit(:'odd', exclude => '{ünï}', redact => ARRAY['quote"']);
INSERT INTO :odd VALUES (1, 'x', 'y', 1, 2);
UPDATE :odd SET :long = 3, "Id" = 2;
UPDATE :odd SET "ünï" = 3;
SELECT is(string_agg(concat_ws(' ', action, record_id, changed_columns), ', ' ORDER BY audit_id), 'INSERT 1,x, UPDATE 2,x ' || ARRAY['Id', repeat('n', 59) || '".x']::text, 'names of all kinds') FROM dbeng.audit_log WHERE relation = :'odd'::regclass;
SELECT is(count(*), 1::bigint, 'history by odd names') FROM dbeng.row_history(:'odd', '{"Id": 1, "a,b": "x"}') WHERE action = 'UPDATE';
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', told.transaction(:'odd')), 'undone');

-- Wide, narrow and empty tables.
SELECT 'CREATE TABLE wide (id int PRIMARY KEY, ' || string_agg(format('c%s int', n), ', ') || ')' FROM generate_series(1, 1598) n
\gexec
SELECT dbeng.enable_audit('wide');
INSERT INTO wide (id) VALUES (1);
SELECT told.remember('wide');
UPDATE wide SET c1 = 1, c1598 = 2;
SELECT is(told.last('wide'), 'update 1 {"c1": null, "id": 1, "c1598": null} -> {"c1": 1, "c1598": 2}', '1,599 columns');
CREATE TABLE none ();
CREATE TABLE nothing (id int PRIMARY KEY);
SELECT dbeng.enable_audit('none'), dbeng.enable_audit('nothing');
INSERT INTO none DEFAULT VALUES;
DELETE FROM none;
SELECT is(told.log('none'), 'insert, delete', 'a table without columns');
SELECT told.remember('nothing', 'none');
INSERT INTO none DEFAULT VALUES;
INSERT INTO nothing VALUES (1);
TRUNCATE nothing;
DELETE FROM told.moments WHERE relation = 'nothing'::regclass;
SELECT told.remember('nothing');
SELECT told.past_is_right('wide, narrow and empty tables');

-- Generated and identity columns.
CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED, u uuid DEFAULT gen_random_uuid());
SELECT dbeng.enable_audit('made');
INSERT INTO made (n) VALUES (1), (2);
SELECT told.remember('made');
UPDATE made SET n = 5 WHERE id = 1;
SELECT is(told.last('made'), 'update 1 {"n": 1, "id": 1, "twice": 2} -> {"n": 5, "twice": 10}', 'generated columns');
UPDATE made SET id = DEFAULT WHERE id = 2;
SELECT told.remember('made');
SELECT told.rows('made') AS rows_made \gset
DELETE FROM made;
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', told.transaction('made')), 'identity columns are put back');
SELECT is(told.rows('made'), :'rows_made', 'as they were');
SELECT told.remember('made');
SELECT told.past_is_right('generated columns');
SELECT current_setting('server_version_num')::int >= 180000 AS virtual \gset
\if :virtual
CREATE TABLE computed (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL);
SELECT dbeng.enable_audit('computed');
INSERT INTO computed VALUES (1, 1);
SELECT told.remember('computed');
UPDATE computed SET n = 2;
SELECT is(told.last('computed'), 'update 1 {"n": 1, "id": 1} -> {"n": 2}', 'virtual columns are not stored, so not logged');
DELETE FROM computed;
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', told.transaction('computed')), 'but computed anew');
SELECT is(told.rows('computed'), '{"(1,2,4)"}', 'when undone');
DELETE FROM told.moments;
\endif

-- What cannot be audited.
CREATE TEMP TABLE temporary (id int);
CREATE VIEW a_view AS SELECT 1 AS x;
CREATE MATERIALIZED VIEW a_matview AS SELECT 1 AS x;
CREATE SEQUENCE a_sequence;
SELECT told.refused(format('SELECT dbeng.enable_audit(%L)', name), code, words) FROM (VALUES ('temporary', '0A000', 'temporary'), ('a_view', '42809', 'view'), ('a_matview', '42809', 'view'), ('a_sequence', '42809', 'sequence'),
	('pg_class', '42501', 'system'), ('dbeng_audit.log', '0A000', 'dbeng')) v (name, code, words);
-- UNLOGGED tables are emptied by a crash without a word, but audited.
CREATE UNLOGGED TABLE light (id int PRIMARY KEY);
SELECT dbeng.enable_audit('light');
INSERT INTO light VALUES (1);
SELECT is(told.log('light'), 'insert {"id": 1}', 'an unlogged table');
DROP OWNED BY dbeng_told_a, dbeng_told_b;
\ir audit/end.sql
DROP ROLE dbeng_told_a, dbeng_told_b;
