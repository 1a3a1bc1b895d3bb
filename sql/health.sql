-- Health: findings, configuration, ignoring, attesting, errors, help. What is shown is about a few checks by name, so that
-- neither other checks nor the server's settings change it.
\pset null -
SET client_encoding = 'UTF8';
SET dbeng.max_findings = 3;
CREATE SCHEMA fx;
CREATE TABLE fx.good (id bigint PRIMARY KEY);
CREATE TABLE fx.bad1 (a int);
CREATE TABLE fx.bad2 (a int);
CREATE TABLE fx."Bad ""3""" (a int);

-- A failing check: its result, its findings, its score of 10 x (1 - 3/4).
SELECT * FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key';
SELECT check_id, dimension, severity, object, message FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SELECT count(*) AS of_another_dimension FROM dbeng.findings('indexing') WHERE check_id = 'sch-no-primary-key';
SELECT count(*) AS at_least_critical FROM dbeng.findings('schema design', 'critical') WHERE check_id = 'sch-no-primary-key';

-- Rolled up: the others are counted, in a row of the same shape.
SET dbeng.max_findings = 2;
SELECT severity, object, message, evidence, fix FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key' AND object IS NULL;
SET dbeng.max_findings = 0;
SELECT count(*) AS all_of_them FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SET dbeng.max_findings = -1;
RESET dbeng.max_findings;

-- Eight rows in their order, and the score within its bounds.
SELECT dimension, weight, score BETWEEN lowest AND highest AS within FROM dbeng.health() WHERE dimension IN ('schema design', 'overall');
SELECT string_agg(dimension, ', ') AS rows FROM dbeng.health();

-- Severity: of the check and of its findings.
SELECT dbeng.configure_check('sch-no-primary-key', severity => 'critical');
SELECT severity FROM dbeng.checks WHERE check_id = 'sch-no-primary-key';
SELECT DISTINCT severity FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SELECT score <= 4.9 AS capped, left(finding, 3) AS worst FROM dbeng.health() WHERE dimension = 'schema design';
SELECT dbeng.configure_check('sch-no-primary-key', severity => 'default');
SELECT severity FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key';

-- Switched off and on again.
SELECT dbeng.configure_check('sch-no-primary-key', enabled => false);
SELECT enabled, (SELECT count(*) FROM dbeng.check_results r WHERE r.check_id = c.check_id) AS results
  FROM dbeng.checks c WHERE check_id = 'sch-no-primary-key';
SELECT dbeng.configure_check('sch-no-primary-key', enabled => true);
SELECT count(*) FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';

-- Thresholds: merged, in force, and back to the default.
SELECT thresholds FROM dbeng.checks WHERE check_id = 'mon-connections';
SELECT dbeng.configure_check('mon-connections', thresholds => '{"percent": 97.5}');
SELECT dbeng.configure_check('mon-connections', thresholds => '{"critical_percent": 9e1}');
SELECT thresholds FROM dbeng.checks WHERE check_id = 'mon-connections';
SELECT dbeng.configure_check('mon-connections', thresholds => '{"percent": null}');
SELECT thresholds FROM dbeng.checks WHERE check_id = 'mon-connections';
TABLE dbeng.check_setting ORDER BY check_id;

-- An ignored object leaves both sums: 2 of 3 fail now.
SELECT dbeng.ignore('sch-no-primary-key', 'fx."Bad ""3"""', 'a log', now() + interval '1 day');
SELECT objects_checked, objects_failed, score, reason FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key';
SELECT object FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SELECT dbeng.ignore('sch-no-primary-key', 'fx."Bad ""3"""', 'a journal');
SELECT check_id, object, reason, until, by = current_user AS mine FROM dbeng.ignored;
-- What has expired counts again.
UPDATE dbeng.ignored SET until = now() - interval '1 second';
SELECT objects_failed FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key';
SELECT dbeng.unignore('sch-no-primary-key', 'fx."Bad ""3"""');
-- The whole check.
SELECT dbeng.ignore('sch-no-primary-key', reason => 'not ours');
SELECT status, objects_checked, score, regexp_replace(reason, 'by \S+:', 'by ...:') AS reason FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key';
SELECT count(*) FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SELECT dbeng.unignore('sch-no-primary-key');
-- Every failing object: nothing is left to judge, and nobody says that it passed.
DROP TABLE fx.good;
SELECT dbeng.ignore('sch-no-primary-key', object) FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SELECT status, score, reason FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key';
SELECT count(dbeng.unignore(check_id, object)) FROM dbeng.ignored;

-- Rows about checks that are no more, or made by hand, do no harm.
INSERT INTO dbeng.check_setting VALUES ('gone', false, 'critical', '{"x": 1}'), ('idx-too-many', NULL, NULL, '{"indexes": "many", "y": 2, "z": null}');
INSERT INTO dbeng.ignored (check_id, object) VALUES ('gone', NULL);
INSERT INTO dbeng.attestation (check_id, by, until) VALUES ('gone', 'x', 'infinity');
SELECT thresholds FROM dbeng.checks WHERE check_id = 'idx-too-many';
SELECT count(*) FROM dbeng.check_results WHERE check_id = 'gone';
SELECT dbeng.unignore('gone');
TABLE dbeng.ignored;
DELETE FROM dbeng.check_setting;
DELETE FROM dbeng.attestation;

-- Bad input.
CREATE FUNCTION pg_temp.error(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	-- How many checks there are, which resemble a wrong id, and what time it is, is no matter of this test.
	detail = regexp_replace(regexp_replace(detail, '^\d+ checks', 'N checks'), 'It is \S+ \S+ now', 'It is ... now');
	hint = regexp_replace(hint, '^(Closest|Checks that can be): .*', '\1: ...');
END $$;
\x on
SELECT * FROM pg_temp.error($$SELECT dbeng.findings('indices')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.findings(min_severity => 'error')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('no-primary-key')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check(NULL)$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('mon-connections', severity => 'fatal')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('mon-connections', thresholds => '[1, 2]')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('mon-connections', thresholds => '"percent"')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('mon-connections', thresholds => '{"percentage": 1}')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('mon-connections', thresholds => '{"percent": "95"}')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('mon-connections', thresholds => '{"percent": [95]}')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('mon-connections', enabled => false, thresholds => '{"percent": 1e999}')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('idx-duplicate', thresholds => '{"percent": 1}')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.ignore('unheard-of')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.ignore('idx-duplicate', until => '2020-01-01 00:00:00+00')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.unignore('idx-duplicate', 'public.x')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.unignore('unheard-of')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.attest('idx-duplicate', 'me', now() + interval '1 day')$$);
\x off
SELECT count(*) AS stored FROM (SELECT check_id FROM dbeng.check_setting UNION ALL SELECT check_id FROM dbeng.ignored) AS s;
DO $$
DECLARE hint text;
BEGIN
	PERFORM dbeng.configure_check('idx_duplicate');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RAISE NOTICE '%', split_part(hint, ',', 1);
END $$;

-- Attesting: a check that nobody but people can vouch for passes until the attestation ends.
SELECT status FROM dbeng.check_results WHERE check_id = 'bak-off-site';
SELECT dbeng.attest('bak-off-site', 'the office', now() + interval '1 day', 'seen on tape');
SELECT status, score, regexp_replace(reason, 'until .*:', 'until ...:') AS reason FROM dbeng.check_results WHERE check_id = 'bak-off-site';
UPDATE dbeng.attestation SET until = now() - interval '1 second';
SELECT status FROM dbeng.check_results WHERE check_id = 'bak-off-site';
SELECT * FROM pg_temp.error($$SELECT dbeng.attest('bak-off-site', ' ', now() + interval '1 day')$$);
SELECT * FROM pg_temp.error($$SELECT dbeng.attest('bak-off-site', 'me', '2020-01-01 00:00:00+00')$$);
SELECT code FROM pg_temp.error($$SELECT dbeng.attest('bak-off-site', 'me', 'infinity')$$);
SELECT code FROM pg_temp.error($$SELECT dbeng.attest('bak-off-site', 'me', NULL)$$);
DELETE FROM dbeng.attestation;

-- In a read-only transaction everything that looks works, and nothing that writes begins.
BEGIN READ ONLY;
SELECT count(*) FROM dbeng.health();
SELECT count(*) FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SELECT code, message FROM pg_temp.error($$SELECT dbeng.configure_check('unheard-of')$$);
SELECT code, message FROM pg_temp.error($$SELECT dbeng.ignore(NULL)$$);
SELECT code, message FROM pg_temp.error($$SELECT dbeng.unignore(NULL)$$);
SELECT code, message FROM pg_temp.error($$SELECT dbeng.attest(NULL, NULL, NULL)$$);
COMMIT;

-- Privileges.
CREATE ROLE fx_nobody;
CREATE ROLE fx_monitor IN ROLE pg_monitor;
SET ROLE fx_nobody;
\x on
SELECT * FROM pg_temp.error('SELECT dbeng.health()');
SELECT * FROM pg_temp.error('SELECT dbeng.findings(''no such dimension'')');
SELECT code, message FROM pg_temp.error('TABLE dbeng.check_results');
SELECT code, message FROM pg_temp.error('TABLE dbeng.checks');
SELECT code FROM pg_temp.error('TABLE dbeng.check_setting');
SELECT * FROM pg_temp.error($$SELECT dbeng.configure_check('unheard-of')$$);
SELECT hint FROM pg_temp.error('SELECT dbeng.unignore(NULL)');
SELECT hint FROM pg_temp.error('SELECT dbeng.attest(NULL, NULL, NULL)');
SET ROLE fx_monitor;
\x off
SELECT count(*) FROM dbeng.health();
SELECT count(*) FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SELECT count(*) FROM dbeng.check_setting;
SELECT detail, hint FROM pg_temp.error($$SELECT dbeng.ignore('idx-duplicate')$$);
RESET ROLE;
GRANT SELECT, INSERT, UPDATE ON dbeng.ignored TO fx_monitor;
SET ROLE fx_monitor;
SELECT dbeng.ignore('idx-duplicate', 'x');
SELECT object, by FROM dbeng.ignored;
RESET ROLE;
DELETE FROM dbeng.ignored;
REVOKE ALL ON dbeng.ignored FROM fx_monitor;
DROP ROLE fx_nobody, fx_monitor;

-- Whatever the session has set, texts are the same.
SET quote_all_identifiers = on;
SET search_path = fx;
SELECT object FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key';
SHOW quote_all_identifiers;
SHOW search_path;
RESET quote_all_identifiers;
RESET search_path;

-- Help answers every question with something that runs.
SELECT topic, run FROM dbeng.help();
SELECT question, string_agg(topic, ', ') AS topics
  FROM unnest(ARRAY['audit this database', 'optimize this query', 'add an index for orders', 'write a migration to split a column',
	'design a schema for a shop', 'set up monitoring', 'review this schema', 'troubleshoot slow queries', 'plan a backup strategy',
	'make this table multi-tenant', 'convert this to use partitioning', 'Indexing', 'BACKUP & RECOVERY']) WITH ORDINALITY AS q(question, n),
	dbeng.help(question)
 GROUP BY n, question ORDER BY n;
SELECT count(*) = (SELECT count(*) FROM dbeng.help()) AS every_topic FROM dbeng.help('where is my umbrella?');
-- What looks back needs something to look back at.
SELECT dbeng.snapshot() > 0 AS taken;
-- And advice something to advise on.
CREATE EXTENSION pg_stat_statements;
DO $$
DECLARE r record;
BEGIN
	FOR r IN SELECT * FROM dbeng.help() LOOP
		EXECUTE r.run;
	END LOOP;
END $$;
DROP EXTENSION pg_stat_statements;
DROP SCHEMA fx CASCADE;
DROP EXTENSION dbeng;
CREATE EXTENSION dbeng;
