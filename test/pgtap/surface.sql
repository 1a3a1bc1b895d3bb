-- The SQL interface of health, to the letter: names, types, defaults, order of columns, comments, privileges.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.arguments(f regproc, wanted "char"[]) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', a.name, format_type(a.type, NULL),
		'DEFAULT ' || regexp_replace(CASE WHEN a.mode = 'i' THEN pg_get_function_arg_default(p.oid, a.position::int) END, '::[a-z ]+$', '')),
		', ' ORDER BY a.position), '')
	FROM pg_proc p,
		unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]),
			coalesce(p.proargmodes, array_fill('i'::"char", ARRAY[p.pronargs]))) WITH ORDINALITY AS a(name, type, mode, position)
	WHERE p.oid = f AND a.mode = ANY (wanted)
$$;

SELECT is(pg_temp.arguments(('dbeng.' || name)::regproc, '{i}'), takes, name || '() takes')
FROM (VALUES
	('health', ''),
	('findings', 'dimension text DEFAULT NULL, min_severity text DEFAULT ''notice'''),
	('configure_check', 'check_id text, enabled boolean DEFAULT NULL, severity text DEFAULT NULL, thresholds jsonb DEFAULT NULL'),
	('ignore', 'check_id text, object text DEFAULT NULL, reason text DEFAULT NULL, until timestamp with time zone DEFAULT NULL'),
	('unignore', 'check_id text, object text DEFAULT NULL'),
	('attest', 'check_id text, by text, until timestamp with time zone, note text DEFAULT NULL'),
	('help', 'question text DEFAULT NULL'),
	('report', 'from_at timestamp with time zone DEFAULT (now() - ''1 day''::interval), to_at timestamp with time zone DEFAULT now(), format text DEFAULT ''text'''),
	('report_difference', 'from_a timestamp with time zone, to_a timestamp with time zone, from_b timestamp with time zone, to_b timestamp with time zone, format text DEFAULT ''text''')
) AS f(name, takes);

-- More columns may follow those of the contract.
SELECT is(left(pg_temp.arguments(('dbeng.' || name)::regproc, '{o,t}'), length(gives)), gives, name || '() gives')
FROM (VALUES
	('health', 'dimension text, weight integer, score numeric, rating text, coverage_pct numeric, passed integer, failed integer, unknown integer, finding text, fix text, lowest numeric, highest numeric'),
	('findings', 'check_id text, dimension text, severity text, object text, message text, evidence jsonb, fix text'),
	('help', 'topic text, answer text, run text')
) AS f(name, gives);

SELECT is(left(columns, length(gives)), gives, 'view ' || name)
FROM (VALUES
	('check_results', 'check_id text, dimension text, severity text, status text, objects_checked bigint, objects_failed bigint, score numeric, reason text'),
	('checks', 'check_id text, dimension text, severity text, title text, rationale text, thresholds jsonb, enabled boolean, reference text')
) AS v(name, gives),
	LATERAL (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = ('dbeng.' || name)::regclass AND attnum > 0 AND NOT attisdropped) AS a(columns);

SELECT is(provolatile::text, CASE WHEN proname IN ('health', 'findings', 'help') THEN 's' ELSE 'v' END, proname || '() is honest about its volatility')
FROM pg_proc WHERE pronamespace = 'dbeng'::regnamespace AND proname IN ('health', 'findings', 'help', 'configure_check', 'ignore', 'unignore', 'attest');

-- What holds for every object of the extension. Names that begin with _ are for dbeng itself.
CREATE TEMP TABLE member AS
SELECT d.classid, d.objid, i.type, i.name, i.identity
FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND i.schema = 'dbeng'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'dbeng');

SELECT is_empty($$
	SELECT type, identity FROM member
	WHERE type IN ('function', 'procedure', 'table', 'view', 'materialized view') AND identity !~ '^dbeng\._' AND obj_description(objid, classid::regclass::name) IS NULL$$,
	'everything a user sees has a comment');
SELECT is_empty($$
	SELECT p.oid::regprocedure FROM member m JOIN pg_proc p ON p.oid = m.objid JOIN pg_language l ON l.oid = p.prolang
	WHERE m.classid = 'pg_proc'::regclass AND l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL
		AND NOT coalesce(p.proconfig::text LIKE '%search_path=%', false)$$,
	'every SQL and PL/pgSQL function pins its search_path');

-- pg_monitor may look and nobody else; neither may change anything.
CREATE ROLE surface_nobody;
CREATE ROLE surface_monitor IN ROLE pg_monitor;
CREATE FUNCTION pg_temp.outcome(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement;
	RESET ROLE;
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is(pg_temp.outcome('surface_nobody', 'SELECT * FROM dbeng.' || name), '42501', 'nobody: ' || name)
FROM unnest(ARRAY['health()', 'findings()', 'check_results']) name;
SELECT is(pg_temp.outcome('surface_monitor', 'SELECT * FROM dbeng.' || name), '00000', 'pg_monitor: ' || name)
FROM unnest(ARRAY['health()', 'findings()', 'check_results', 'checks', 'help()']) name;
SELECT is(pg_temp.outcome(role::name, format('SELECT dbeng.%s FROM dbeng.checks', call)), '42501', role || ': ' || call)
FROM unnest(ARRAY['surface_nobody', 'surface_monitor']) role,
	unnest(ARRAY['configure_check(min(check_id), enabled => false)', 'ignore(min(check_id))', 'unignore(min(check_id))', 'attest(min(check_id), ''me'', ''2099-01-01'')']) call;
SELECT is_empty($$
	SELECT identity FROM member WHERE type = 'table' AND has_table_privilege('public', objid, 'INSERT,UPDATE,DELETE,TRUNCATE')$$,
	'PUBLIC may write to no table');

-- Values.
SELECT results_eq('SELECT dimension, weight FROM dbeng.health()', $$VALUES ('schema design', 20), ('indexing', 15), ('query quality', 20),
	('migration safety', 10), ('security', 15), ('monitoring', 10), ('backup & recovery', 10), ('overall', 100)$$, 'the dimensions and their weights, in order');
SELECT is_empty($$SELECT * FROM dbeng.health() WHERE score NOT BETWEEN 0 AND CASE dimension WHEN 'overall' THEN 100 ELSE 10 END
	OR coverage_pct NOT BETWEEN 0 AND 100 OR NOT lowest <= score OR NOT score <= highest
	OR rating NOT IN ('critical risk', 'needs work', 'solid', 'professional', 'expert') OR (score IS NULL) <> (rating IS NULL)$$,
	'scores, coverage and ratings lie where they must');
SELECT is_empty($$SELECT * FROM dbeng.check_results WHERE severity NOT IN ('critical', 'warning', 'notice')
	OR status NOT IN ('passed', 'failed', 'unknown', 'ignored', 'not applicable') OR (status = 'unknown' AND reason IS NULL)
	OR objects_failed > objects_checked OR score NOT BETWEEN 0 AND 10$$, 'check_results');
SELECT results_eq('SELECT check_id FROM dbeng.check_results ORDER BY 1', 'SELECT check_id FROM dbeng.checks WHERE enabled ORDER BY 1', 'every enabled check has a result');
SELECT is_empty($$SELECT check_id FROM dbeng.checks WHERE check_id !~ '^[a-z][a-z0-9]*(-[a-z0-9]+)+$' OR title IS NULL OR rationale IS NULL
	OR dimension NOT IN (SELECT dimension FROM dbeng.health() WHERE weight < 100)$$, 'checks tell what they are');
SELECT is_empty($$SELECT * FROM dbeng.findings() WHERE message IS NULL OR message LIKE '%.' OR evidence IS NULL$$, 'findings tell what they found');

-- Bad input names the value and changes nothing.
SELECT throws_like('SELECT * FROM dbeng.findings(''no such dimension'')', '%no such dimension%', 'findings() of an unknown dimension');
SELECT throws_like('SELECT * FROM dbeng.findings(min_severity => ''loud'')', '%loud%', 'findings() of an unknown severity');
SELECT throws_like(format('SELECT dbeng.%s', call), '%no-such-check%', call)
FROM unnest(ARRAY['configure_check(''no-such-check'', enabled => true)', 'ignore(''no-such-check'')', 'attest(''no-such-check'', ''me'', ''2099-01-01'')']) call;
SELECT is((SELECT count(*) FROM dbeng.check_setting) + (SELECT count(*) FROM dbeng.ignored) + (SELECT count(*) FROM dbeng.attestation), 0::bigint, 'nothing was stored');

SELECT * FROM finish();
ROLLBACK;
