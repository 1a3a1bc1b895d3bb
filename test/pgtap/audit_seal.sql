-- Seals over the audit log: whatever is changed, put in or taken out after it was sealed is found, and nothing else is.
-- Transactions have to be over before they are sealed, so this is not one; it has a database of its own.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS dbeng_audit_seal;
CREATE DATABASE dbeng_audit_seal;
\c dbeng_audit_seal
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION dbeng;
SELECT no_plan();

SELECT results_eq($$SELECT * FROM dbeng.verify_audit()$$, $$VALUES (0::bigint, 0::bigint, NULL::bigint, NULL::timestamptz, 0::bigint, NULL::text, NULL::text)$$,
	'without a log nothing is wrong');
SELECT is(dbeng.seal_audit(), 0::bigint, 'and there is nothing to seal');

CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE u (id int, t text);
SELECT dbeng.enable_audit('t'), dbeng.enable_audit('u', log_query => true);

-- Transactions of all kinds.
SET app.user_id = 'ann';
INSERT INTO t SELECT i, 'value ' || i FROM generate_series(1, 5000) i;
DO $$ BEGIN FOR i IN 1..40 LOOP UPDATE t SET v = v || 'x' WHERE id = i; COMMIT; END LOOP; END $$;
BEGIN;
INSERT INTO u VALUES (1, 'kept');
SAVEPOINT a;
INSERT INTO t SELECT i, 'rolled back' FROM generate_series(10001, 13000) i;
SELECT count(*) FROM dbeng.audit_log WHERE false;
ROLLBACK TO a;
INSERT INTO u VALUES (2, 'kept too');
COMMIT;
BEGIN;
DELETE FROM t;
ROLLBACK;
RESET app.user_id;
DELETE FROM u;
TRUNCATE u;
SELECT is((SELECT unsealed FROM dbeng.verify_audit()), (SELECT count(*) FROM dbeng.audit_log), 'nothing is sealed yet');
SELECT is(dbeng.seal_audit(), (SELECT count(*) FROM dbeng_audit.log), 'all of it can be');
SELECT is(dbeng.seal_audit(), 0::bigint, 'once');
SELECT is((SELECT row(entries, broken, first_broken, unsealed, problem)::text FROM dbeng.verify_audit()),
	(SELECT row(count(*), 0, NULL, 0, NULL)::text FROM dbeng.audit_log), 'all is verified');
SELECT ok(sealed_to BETWEEN now() - interval '1 minute' AND clock_timestamp(), 'with the time of the last seal') FROM dbeng.verify_audit();
SELECT head AS first_head FROM dbeng.verify_audit() \gset
SELECT is(:'first_head', (SELECT encode(digest, 'hex') FROM dbeng_audit.seals ORDER BY seal_id DESC LIMIT 1), 'and its digest');
BEGIN;
INSERT INTO t VALUES (20001, 'now');
SELECT dbeng._audit_flush();
SELECT is(dbeng.seal_audit(), 0::bigint, 'what this transaction writes is not final');
COMMIT;
SELECT is((SELECT row(broken, unsealed)::text FROM dbeng.verify_audit()), '(0,1)', 'it waits');
SELECT is(dbeng.seal_audit(), 1::bigint, 'then it is');
SELECT is((SELECT row(broken, unsealed)::text FROM dbeng.verify_audit()), '(0,0)', 'sealed');
SELECT is((SELECT array_agg(seal_id ORDER BY seal_id) FROM dbeng_audit.seals), '{1,2}'::bigint[], 'seals are numbered');

-- Two more months: entries of long ago, as if they had been written then.
ALTER TABLE dbeng_audit.log_rest DISABLE TRIGGER ALL;
INSERT INTO dbeng_audit.log_rest SELECT log_id + 1000000, timestamptz '2020-01-05 12:00+00' + n * interval '20 days', written_at,
	pg_current_xact_id(), changes, cluster, changed_by, db_user, session_user_name, ip_address, application_name, context, payload
	FROM (SELECT *, row_number() OVER (ORDER BY log_id) - 1 AS n FROM dbeng_audit.log) l WHERE n < 3;
ALTER TABLE dbeng_audit.log_rest ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse";
UPDATE t SET v = 'other month' WHERE id = 7;
SELECT is(dbeng.seal_audit(), 4::bigint, 'a batch of several months');
SELECT is((SELECT array_agg(format('%s %s %s', seal_id, to_char(month AT TIME ZONE 'UTC', 'YYYY-MM'), chunks) ORDER BY seal_id) FROM dbeng_audit.seals WHERE seal_id > 2),
	ARRAY['3 2020-01 2', '4 2020-02 1', '5 ' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ' 1'], 'a seal for each');
SELECT is((SELECT row(broken, unsealed, problem)::text FROM dbeng.verify_audit()), '(0,0,)', 'all is verified');
SELECT is((SELECT entries FROM dbeng.verify_audit('2020-02-03', '2020-02-04')), (SELECT sum(changes) FROM dbeng_audit.log WHERE changed_at < '2020-03-01' AND changed_at > '2020-02-01'),
	'of the months asked for');
SELECT is((SELECT entries FROM dbeng.verify_audit('2020-01-31', '2020-02-01')), (SELECT sum(changes) FROM dbeng_audit.log WHERE changed_at < '2020-03-01'), 'of both');
SELECT is((SELECT entries FROM dbeng.verify_audit(to_at => '2019-12-31')), 0::bigint, 'of those before');
SELECT is((SELECT row(broken, problem)::text FROM dbeng.verify_audit(expected_head => :'first_head')), '(0,)', 'a head that was kept is one of the chain');
SELECT is((SELECT problem ~ 'was expected' FROM dbeng.verify_audit(expected_head => repeat('ab', 32))), true, 'another is not');
SELECT throws_ok($$SELECT dbeng.verify_audit(expected_head => 'abc')$$, '22023', NULL, 'and this is none');
SELECT throws_ok($$SELECT dbeng.verify_audit('2020-01-01', '2019-01-01')$$, '22023', NULL, 'nor this a period');

-- However it is stored.
VACUUM FULL dbeng_audit.log_rest;
DO $$ DECLARE p regclass; BEGIN FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass LOOP
	EXECUTE format('ALTER TABLE %s ALTER COLUMN payload SET COMPRESSION pglz, ALTER COLUMN payload SET STORAGE EXTERNAL', p); END LOOP; END $$;
SELECT format('VACUUM FULL %s', inhrelid::regclass) FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass \gexec
SELECT is((SELECT row(broken, unsealed, problem)::text FROM dbeng.verify_audit()), '(0,0,)', 'written anew, all is verified');

-- Tampering, by a superuser without the triggers that refuse it. Each time: broken, first_broken (as expressions: nothing may
-- read the log meanwhile), and words of the problem.
CREATE FUNCTION unlock_log() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'dbeng_audit'::regnamespace AND relkind IN ('r', 'p') LOOP
		EXECUTE format('ALTER TABLE ONLY %s DISABLE TRIGGER ALL', t);
	END LOOP;
END $$;
CREATE FUNCTION found(what text, statement text, broken text, first_broken text, words text, head text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	r record;
	expected text;
BEGIN
	EXECUTE format('SELECT format(''%%s %%s'', (%s)::bigint, (%s)::bigint)', broken, first_broken) INTO expected;
	BEGIN
		PERFORM unlock_log();
		EXECUTE statement;
		SELECT * INTO r FROM dbeng.verify_audit(expected_head => head);
		RAISE EXCEPTION USING ERRCODE = 'TA000';
	EXCEPTION WHEN SQLSTATE 'TA000' THEN NULL;
	END;
	RETURN NEXT is(format('%s %s', r.broken, r.first_broken), expected, what);
	RETURN NEXT ok(r.problem ~ words, format('%s: %s', what, r.problem));
END $$;
-- Two chunks of the big statement, one of a single row; three seals.
SELECT min(log_id) AS a FROM dbeng_audit.log WHERE changes > 500 AND log_id < 1000000 \gset
SELECT min(log_id) AS b FROM dbeng_audit.log WHERE changes > 500 AND log_id > :a \gset
SELECT max(log_id) AS s FROM dbeng_audit.log WHERE changes = 1 AND log_id < 1000000 AND log_id < (SELECT to_log_id FROM dbeng_audit.seals WHERE seal_id = 1) AND changed_by = 'ann' \gset
SELECT changes AS n FROM dbeng_audit.log WHERE log_id = :a \gset
SELECT changes AS m FROM dbeng_audit.log WHERE log_id = :b \gset
SELECT coalesce(:'n' <> '' AND :'m' <> '' AND :'s' <> '', false) AS chosen \gset
SELECT ok(:'chosen'::boolean, 'chunks to tamper with');
SELECT found('who', format('UPDATE dbeng_audit.log SET changed_by = %L WHERE log_id = %s', 'eve', :s), '1', :'s', 'changed');
SELECT found('nobody', format('UPDATE dbeng_audit.log SET changed_by = NULL WHERE log_id = %s', :s), '1', :'s', 'changed');
SELECT found('a user', format('UPDATE dbeng_audit.log SET db_user = %L WHERE log_id = %s', 'eve', :s), '1', :'s', 'changed');
SELECT found('an empty text for none', format('UPDATE dbeng_audit.log SET context = %L WHERE log_id = %s', '', :s), '1', :'s', 'changed');
SELECT found('an address', format('UPDATE dbeng_audit.log SET ip_address = %L WHERE log_id = %s', '10.0.0.1', :s), '1', :'s', 'changed');
SELECT found('when', format('UPDATE dbeng_audit.log SET changed_at = changed_at + interval ''1 microsecond'' WHERE log_id = %s', :s), '1', :'s', 'changed');
SELECT found('when it was written', format('UPDATE dbeng_audit.log SET written_at = written_at + interval ''1 microsecond'' WHERE log_id = %s', :s), '1', :'s', 'changed');
SELECT found('another month', format('UPDATE dbeng_audit.log SET changed_at = ''2020-01-20'' WHERE log_id = %s', :s), '2', :'s', 'inserted|missing');
SELECT found('infinitely', format('UPDATE dbeng_audit.log SET changed_at = ''infinity'' WHERE log_id = %s', :s), '2', :'s', 'inserted|missing');
SELECT found('another transaction', format('UPDATE dbeng_audit.log SET transaction_id = ''9999999999'' WHERE log_id = %s', :s), '1', :'s', 'missing');
SELECT found('another cluster', format('UPDATE dbeng_audit.log SET cluster = 1 WHERE log_id = %s', :s), '2', :'s', 'inserted|missing');
SELECT found('another number', format('UPDATE dbeng_audit.log SET log_id = 900000 WHERE log_id = %s', :s), '2', :'s', 'inserted|missing');
SELECT found('how many', format('UPDATE dbeng_audit.log SET changes = 7 WHERE log_id = %s', :s), '1', :'s', 'changed');
SELECT found('a byte of the payload', format('UPDATE dbeng_audit.log SET payload = set_byte(payload, 100, 255 - get_byte(payload, 100)) WHERE log_id = %s', :a), :'n', :'a', 'changed');
SELECT found('a byte more', format('UPDATE dbeng_audit.log SET payload = payload || %L WHERE log_id = %s', '\x00', :a), :'n', :'a', 'changed');
SELECT found('garbage', format('UPDATE dbeng_audit.log SET payload = %L WHERE log_id = %s', '\xffffffffffffffffffffffffffffffffff', :a), :'n', :'a', 'changed');
SELECT found('no payload', format('UPDATE dbeng_audit.log SET payload = %L WHERE log_id = %s', '', :a), :'n', :'a', 'changed');
SELECT found('a chunk less', format('DELETE FROM dbeng_audit.log WHERE log_id = %s', :a), :'n', :'a', format('entry %s is missing', :a));
SELECT found('two less', format('DELETE FROM dbeng_audit.log WHERE log_id IN (%s, %s)', :a, :b), concat(:'n', '+', :'m'), :'a', 'missing');
SELECT found('all', 'DELETE FROM dbeng_audit.log', '(SELECT sum(changes) FROM dbeng_audit.log)', '(SELECT min(log_id) FROM dbeng_audit.log)', 'missing');
SELECT found('no log', 'TRUNCATE dbeng_audit.log', '(SELECT sum(changes) FROM dbeng_audit.log)', '(SELECT min(log_id) FROM dbeng_audit.log)', 'missing');
SELECT found('a month less', 'DELETE FROM dbeng_audit.log WHERE changed_at < ''2020-02-01''', '(SELECT sum(changes) FROM dbeng_audit.log WHERE changed_at < ''2020-02-01'')',
	'(SELECT min(log_id) FROM dbeng_audit.log WHERE changed_at < ''2020-02-01'')', 'missing');
SELECT found('a copy', format('INSERT INTO dbeng_audit.log SELECT * FROM dbeng_audit.log WHERE log_id = %s', :a), :'n', :'a', 'inserted');
\set columns 'changes, cluster, changed_by, db_user, session_user_name, ip_address, application_name, context, payload FROM dbeng_audit.log WHERE log_id ='
SELECT found('a chunk more', format('INSERT INTO dbeng_audit.log SELECT 800000, changed_at, written_at, transaction_id, %s %s', :'columns', :s), '1', '800000', 'inserted');
SELECT found('one in a past month', format('INSERT INTO dbeng_audit.log SELECT 800000, ''2020-02-01'', written_at, transaction_id, %s %s', :'columns', :s), '1', '800000', 'inserted');
SELECT found('one in a month of its own', format('INSERT INTO dbeng_audit.log SELECT 800000, ''2019-02-01'', written_at, transaction_id, %s %s', :'columns', :s), '1', '800000', 'inserted');
SELECT found('one of another cluster', format('INSERT INTO dbeng_audit.log SELECT 9000000, changed_at, written_at, ''9999999999'', changes, 1, changed_by, db_user, session_user_name, ip_address, application_name, context, payload FROM dbeng_audit.log WHERE log_id = %s', :s),
	'1', '9000000', 'another cluster');
SELECT found('two swapped', format('UPDATE dbeng_audit.log l SET payload = o.payload FROM dbeng_audit.log o WHERE (l.log_id, o.log_id) IN ((%1$s, %2$s), (%2$s, %1$s))', :a, :b),
	concat(:'n', '+', :'m'), :'a', 'changed');
SELECT found('two numbers swapped', format('UPDATE dbeng_audit.log SET log_id = CASE log_id WHEN %1$s THEN %2$s ELSE %1$s END WHERE log_id IN (%1$s, %2$s)', :a, :b),
	concat(:'n', '+', :'m'), :'a', 'changed');
SELECT found('a payload that looks the same to the checks', format('UPDATE dbeng_audit.log SET payload = set_byte(payload, 100, 255 - get_byte(payload, 100)) WHERE log_id = %s; UPDATE dbeng_audit.seals SET checks = '''' WHERE seal_id = 1', :a),
	'(SELECT changes FROM dbeng_audit.seals WHERE seal_id = 1)', '(SELECT min(log_id) FROM dbeng_audit.log)', 'not those that were sealed');

-- Shapes.
SELECT hash AS shape_of_t FROM dbeng_audit.shapes WHERE table_name = 't' \gset
SELECT sum(changes) AS of_t FROM dbeng_audit.log l WHERE position(int8send(:shape_of_t) IN payload) > 0 OR position((SELECT string_agg(substr(int8send(:shape_of_t), i, 1), '' ORDER BY i DESC) FROM generate_series(1, 8) i) IN payload) > 0 \gset
SELECT found('a column''s name', 'UPDATE dbeng_audit.shapes SET names = ''{id,w}'' WHERE table_name = ''t''', :'of_t', '(SELECT min(log_id) FROM dbeng_audit.log)', 'shape');
SELECT found('a shape less', 'DELETE FROM dbeng_audit.shapes WHERE table_name = ''t''', :'of_t', '(SELECT min(log_id) FROM dbeng_audit.log)', 'shape');
SELECT found('another of the same hash', 'INSERT INTO dbeng_audit.shapes SELECT table_id, hash, recorded_at, schema_name, ''other'', numbers, names, type_names, types, typmods, lengths, aligns, by_values, codings, keys, redacted, generated, has_key, encoding FROM dbeng_audit.shapes WHERE table_name = ''t''',
	:'of_t', '(SELECT min(log_id) FROM dbeng_audit.log)', 'shape');
BEGIN;
SELECT unlock_log();
INSERT INTO dbeng_audit.shapes SELECT * FROM dbeng_audit.shapes;
SELECT row(broken, problem)::text AS result FROM dbeng.verify_audit() \gset
ROLLBACK;
SELECT is(:'result'::text, '(0,)', 'recorded by two sessions at once it is still the same');

-- Seals.
SELECT changes AS in_1 FROM dbeng_audit.seals WHERE seal_id = 1 \gset
SELECT changes AS in_3 FROM dbeng_audit.seals WHERE seal_id = 3 \gset
SELECT found('the root of a seal', 'UPDATE dbeng_audit.seals SET root = sha256('''') WHERE seal_id = 1', :'in_1', '(SELECT min(log_id) FROM dbeng_audit.log)', 'seal 1 is not what it was');
SELECT found('its digest', 'UPDATE dbeng_audit.seals SET digest = sha256('''') WHERE seal_id = 1', '0', 'NULL', 'seal 1 is not what it was');
SELECT found('no digest', 'UPDATE dbeng_audit.seals SET digest = '''' WHERE seal_id = 1', '0', 'NULL', 'seal 1 is not what it was');
SELECT found('when it was made', 'UPDATE dbeng_audit.seals SET sealed_at = sealed_at - interval ''1 day'' WHERE seal_id = 2', '0', 'NULL', 'seal 2 is not what it was');
SELECT found('its checks', 'UPDATE dbeng_audit.seals SET checks = set_byte(checks, 10, 255 - get_byte(checks, 10)) WHERE seal_id = 1', '0', 'NULL', 'checks of seal 1');
SELECT found('no checks', 'UPDATE dbeng_audit.seals SET checks = '''' WHERE seal_id = 1', '0', 'NULL', 'checks of seal 1');
SELECT found('checks that are none', 'UPDATE dbeng_audit.seals SET checks = ''\xffffff'' WHERE seal_id = 1', '0', 'NULL', 'checks of seal 1');
SELECT found('the first seal less', 'DELETE FROM dbeng_audit.seals WHERE seal_id = 1', :'in_1', '(SELECT min(log_id) FROM dbeng_audit.log)', 'seal 1 is missing');
SELECT found('one in the middle less', 'DELETE FROM dbeng_audit.seals WHERE seal_id = 3', :'in_3', '(SELECT min(log_id) FROM dbeng_audit.log WHERE changed_at < ''2020-02-01'')', 'seal 3 is missing');
SELECT found('one more', 'INSERT INTO dbeng_audit.seals SELECT 6, kind, month, cluster, from_transaction, from_log_id, to_transaction, to_log_id, chunks, changes, sealed_at, log, root, digest, checks FROM dbeng_audit.seals WHERE seal_id = 5',
	'1', '(SELECT max(log_id) FROM dbeng_audit.log WHERE log_id < 1000000)', 'seal 6 is not what it was');
SELECT head AS last_head FROM dbeng.verify_audit() \gset
SELECT found('the last seal less', 'DELETE FROM dbeng_audit.seals WHERE seal_id = 5', '1', '(SELECT max(log_id) FROM dbeng_audit.log WHERE log_id < 1000000)', 'inserted where all was sealed');
SELECT found('the last batch of seals less', 'DELETE FROM dbeng_audit.seals WHERE seal_id > 2', '0', 'NULL', 'was expected', :'last_head');
SELECT found('all seals less', 'DELETE FROM dbeng_audit.seals', '0', 'NULL', 'was expected', :'first_head');
SELECT found('all seals made anew', 'DELETE FROM dbeng_audit.seals; SELECT dbeng.seal_audit()', '0', 'NULL', 'was expected', :'last_head');
SELECT found('as if retention had dropped it', 'INSERT INTO dbeng_audit.seals SELECT 6, ''d'', month, cluster, from_transaction, from_log_id, to_transaction, to_log_id, chunks, changes, sealed_at, log, root, digest, '''' FROM dbeng_audit.seals WHERE seal_id = 3; DELETE FROM dbeng_audit.log WHERE changed_at < ''2020-02-01''',
	'0', 'NULL', 'seal 6 is not what it was');

-- All that was tried has left no trace, and sealing goes on.
UPDATE t SET v = 'the end' WHERE id = 8;
SELECT is(dbeng.seal_audit(), 1::bigint, 'sealing goes on');
SELECT is((SELECT row(broken, unsealed, problem)::text FROM dbeng.verify_audit()), '(0,0,)', 'all is verified');

-- Who may.
CREATE ROLE dbeng_seal_reader;
GRANT SELECT ON dbeng.audit_log TO dbeng_seal_reader;
CREATE ROLE dbeng_seal_nobody;
SET ROLE dbeng_seal_nobody;
SELECT throws_ok('SELECT dbeng.verify_audit()', '42501', NULL, 'who may not read the log may not verify it');
SELECT throws_ok('SELECT dbeng.seal_audit()', '42501', NULL, 'nor seal it');
SET ROLE dbeng_seal_reader;
SELECT is((SELECT broken FROM dbeng.verify_audit()), 0::bigint, 'who may read it, may verify it');
SELECT throws_ok('SELECT dbeng.seal_audit()', '42501', NULL, 'but not seal it');
RESET ROLE;
GRANT EXECUTE ON FUNCTION dbeng.seal_audit() TO dbeng_seal_nobody;
SET ROLE dbeng_seal_nobody;
SELECT throws_ok('SELECT dbeng.seal_audit()', '42501', NULL, 'even where the function was granted');
RESET ROLE;
REVOKE ALL ON FUNCTION dbeng.seal_audit() FROM dbeng_seal_nobody;
SELECT throws_ok('DELETE FROM dbeng_audit.seals', '42501', NULL, 'seals are not deleted by SQL');
SET default_transaction_read_only = on;
SELECT throws_ok('SELECT dbeng.seal_audit()', '25006', NULL, 'nothing is sealed in a transaction that only reads');
SELECT is((SELECT broken FROM dbeng.verify_audit()), 0::bigint, 'verifying only reads');
RESET default_transaction_read_only;

SELECT * FROM finish();
\c :home
SET client_min_messages = warning;
DROP DATABASE dbeng_audit_seal;
DROP ROLE dbeng_seal_reader, dbeng_seal_nobody;
