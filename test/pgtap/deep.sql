-- Statements and functions nested deeper than the stack of the session that asks: the server executed them, and nobody
-- who looks into the workload may fail for them.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL max_stack_depth = '7MB';
SELECT no_plan();
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;
SET LOCAL pg_stat_statements.track = 'all';
SET LOCAL compute_query_id = on;

CREATE TABLE deep (a int, b int);
INSERT INTO deep SELECT n, n FROM generate_series(1, 20000) n;
ANALYZE deep;
SELECT set_config('deep.sum', '1' || repeat(' + 1', 6000), true) \gset
SET LOCAL check_function_bodies = off;
DO $$BEGIN
	EXECUTE format('CREATE FUNCTION deep_sum() RETURNS bigint LANGUAGE sql IMMUTABLE AS %L', 'SELECT count(*) FROM deep WHERE a = ' || current_setting('deep.sum'));
	PERFORM public.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);
	-- Enough of a load to be judged.
	FOR i IN 1 .. 1000 LOOP
		PERFORM count(*) FROM deep WHERE b = 5;
	END LOOP;
	EXECUTE 'SELECT count(*) AS deep FROM deep WHERE a = ' || current_setting('deep.sum');
END$$;
SELECT is((SELECT calls FROM public.pg_stat_statements WHERE query ~ '^SELECT count\(\*\) AS deep'), 1::bigint, 'a deep statement was executed');

SET LOCAL max_stack_depth = '300kB';
SELECT throws_ok('SELECT 1 FROM deep WHERE a = ' || current_setting('deep.sum'), '54001', NULL, 'now it would be too deep');
SELECT isnt_empty('SELECT * FROM dbeng.health()', 'health()');
SELECT isnt_empty('SELECT * FROM dbeng.findings()', 'findings()');
SELECT isnt_empty('SELECT * FROM dbeng.top_queries', 'top_queries');
SELECT results_eq($$SELECT relation::text, columns FROM dbeng.advise_indexes() WHERE relation = 'deep'::regclass$$, $$VALUES ('deep', 'b')$$,
	'advice on the other statements');
SELECT isnt_empty($$SELECT 1 FROM dbeng.advisor_skipped WHERE query ~ '^SELECT count\(\*\) AS deep'$$, 'the deep one is said to be skipped');
SELECT lives_ok('SELECT * FROM dbeng.missing_indexes', 'missing_indexes');
SELECT lives_ok('SELECT * FROM dbeng.advise_drops()', 'advise_drops()');
SELECT throws_ok(format('SELECT * FROM dbeng.advise_index(%L)', 'SELECT b FROM deep WHERE a = ' || current_setting('deep.sum')), '54001', NULL,
	'advice on the deep one');

SELECT finish();
ROLLBACK;
