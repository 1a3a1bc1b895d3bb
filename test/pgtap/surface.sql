-- The SQL interface of health and of what goes on, to the letter: names, types, defaults, order of columns, comments, privileges.
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
	('report_difference', 'from_a timestamp with time zone, to_a timestamp with time zone, from_b timestamp with time zone, to_b timestamp with time zone, format text DEFAULT ''text'''),
	('metrics', ''),
	('stop_long_running', 'older_than interval DEFAULT ''00:05:00'', how text DEFAULT ''cancel'', dry_run boolean DEFAULT true'),
	('runbook', 'name text'),
	('estimate_index', 'definition text'),
	('bloat', 'relation regclass, max_blocks integer DEFAULT 1000'),
	('advise_indexes', 'min_improvement_pct numeric DEFAULT 10, max_indexes integer DEFAULT 20, max_bytes bigint DEFAULT NULL, since interval DEFAULT NULL'),
	('advise_index', 'query text, min_improvement_pct numeric DEFAULT 10'),
	('advise_drops', ''),
	('schedule', 'job text, every interval, command text, at time without time zone DEFAULT NULL'),
	('unschedule', 'job text'),
	('run_now', 'job text'),
	('enable_soft_delete', 'relation regclass, column_name name DEFAULT ''deleted_at'', view_name name DEFAULT NULL, cascade boolean DEFAULT true, unique_live boolean DEFAULT NULL, live_indexes boolean DEFAULT false'),
	('disable_soft_delete', 'relation regclass, keep_deleted boolean DEFAULT NULL'),
	('purge', 'relation regclass, older_than interval, archive_to regclass DEFAULT NULL, batch_rows integer DEFAULT 5000, dry_run boolean DEFAULT true'),
	('start_workers', ''),
	('seal_audit', ''),
	('enable_versioning', 'relation regclass, version_column name DEFAULT ''version'', updated_column name DEFAULT ''updated_at'''),
	('disable_versioning', 'relation regclass, drop_columns boolean DEFAULT false'),
	('enable_tenancy', 'relation regclass, column_name name DEFAULT ''tenant_id'', setting text DEFAULT ''app.tenant_id'', column_type regtype DEFAULT ''bigint'', allow_cross_tenant_keys boolean DEFAULT false'),
	('table_ddl', 'table_name text, columns text, soft_delete boolean DEFAULT false, tenant boolean DEFAULT false'),
	('keyset_query', 'relation regclass, order_by text, after jsonb DEFAULT NULL, page_rows integer DEFAULT 50, filter jsonb DEFAULT NULL'),
	('keyset_page', 'relation regclass, order_by text, after jsonb DEFAULT NULL, page_rows integer DEFAULT 50, filter jsonb DEFAULT NULL'),
	('enable_path', 'relation regclass, parent_column name, path_column name DEFAULT ''path'''),
	('disable_path', 'relation regclass, drop_column boolean DEFAULT false'),
	('repair_path', 'relation regclass'),
	('path_errors', 'relation regclass'),
	('disable_tenancy', 'relation regclass, drop_column boolean DEFAULT false'),
	('create_event_store', 'name text, schema_name name DEFAULT "current_schema"()'),
	('append_event', 'store regclass, aggregate_type text, aggregate_id uuid, expected_version integer, event_type text, data jsonb, metadata jsonb DEFAULT ''{}'''),
	('read_events', 'store regclass, after_position bigint DEFAULT 0, max_events integer DEFAULT 1000'),
	('read_aggregate', 'store regclass, aggregate_type text, aggregate_id uuid, after_version integer DEFAULT 0'),
	('drop_event_store', 'store regclass, with_events boolean DEFAULT false'),
	('enable_full_text', 'relation regclass, columns text[], weights text DEFAULT ''ABCD'', config regconfig DEFAULT ''english'', column_name name DEFAULT ''search_vector'', max_bytes bigint DEFAULT 1073741824'),
	('disable_full_text', 'relation regclass'),
	('search', 'relation regclass, query text, max_rows integer DEFAULT 20, skip_rows integer DEFAULT 0, headlines boolean DEFAULT false'),
	('enable_counter_cache', 'child regclass, foreign_key name, parent regclass, counter name, live_column name DEFAULT NULL'),
	('disable_counter_cache', 'child regclass, foreign_key name, parent regclass, counter name, drop_column boolean DEFAULT false'),
	('repair_counter_cache', 'child regclass, foreign_key name, parent regclass, counter name'),
	('verify_audit', 'from_at timestamp with time zone DEFAULT NULL, to_at timestamp with time zone DEFAULT NULL, expected_head text DEFAULT NULL')
) AS f(name, takes);
SELECT results_eq($$SELECT p.oid::regprocedure::text, pg_get_function_arguments(p.oid), prorettype::regtype::text FROM pg_proc p
	WHERE pronamespace = 'dbeng'::regnamespace AND proname = 'approximate_count' ORDER BY 1$$,
	$$VALUES ('dbeng.approximate_count(regclass)', 'relation regclass', 'bigint'), ('dbeng.approximate_count(text)', 'query text', 'bigint')$$, 'approximate_count()');

-- More columns may follow those of the contract.
SELECT is(left(pg_temp.arguments(('dbeng.' || name)::regproc, '{o,t}'), length(gives)), gives, name || '() gives')
FROM (VALUES
	('health', 'dimension text, weight integer, score numeric, rating text, coverage_pct numeric, passed integer, failed integer, unknown integer, finding text, fix text, lowest numeric, highest numeric'),
	('findings', 'check_id text, dimension text, severity text, object text, message text, evidence jsonb, fix text'),
	('help', 'topic text, answer text, run text'),
	('metrics', 'metric text, value numeric, unit text, status text, warning numeric, critical numeric, detail text'),
	('stop_long_running', 'pid integer, user_name text, state text, duration interval, action text, outcome text, query text'),
	('runbook', 'step integer, question text, answer text, action text'),
	('estimate_index', 'method text, estimated_bytes bigint, tree_height integer, rows bigint'),
	('advise_indexes', 'rank integer, relation regclass, method text, columns text, estimated_bytes bigint, cost_before double precision, cost_after double precision, improvement_pct numeric, statements bigint, queryids bigint[], write_cost_pct numeric, rationale text, fix text'),
	('advise_index', 'rank integer, relation regclass, method text, columns text, estimated_bytes bigint, cost_before double precision, cost_after double precision, improvement_pct numeric, statements bigint, queryids bigint[], write_cost_pct numeric, rationale text, fix text'),
	('advise_drops', 'index regclass, index_bytes bigint, statements_worse bigint, worst_pct numeric, fix text, undo text, reason text'),
	('keyset_query', 'query text, full_order text, index regclass, create_index text'),
	('keyset_page', 'rows jsonb, next_cursor jsonb'),
	('path_errors', 'key text, path text, expected text'),
	('read_events', 'position bigint, aggregate_type text, aggregate_id uuid, version integer, event_type text, data jsonb, metadata jsonb, created_at timestamp with time zone'),
	('read_aggregate', 'version integer, position bigint, event_type text, data jsonb, metadata jsonb, created_at timestamp with time zone'),
	('search', 'rank real, key jsonb, headline text, data jsonb'),
	('verify_audit', 'entries bigint, broken bigint, first_broken bigint, sealed_to timestamp with time zone, unsealed bigint, head text, problem text')
) AS f(name, gives);

SELECT is(left(columns, length(gives)), gives, 'view ' || name)
FROM (VALUES
	('check_results', 'check_id text, dimension text, severity text, status text, objects_checked bigint, objects_failed bigint, score numeric, reason text'),
	('checks', 'check_id text, dimension text, severity text, title text, rationale text, thresholds jsonb, enabled boolean, reference text'),
	('connections', 'state text, connections bigint, max_connections integer, used_pct numeric, oldest interval'),
	('blocking', 'root_pid integer, depth integer, pid integer, blocked_by integer[], waiting interval, lock_type text, lock_mode text, relation regclass, user_name text, application_name text, state text, query text, tree text'),
	('long_running', 'pid integer, duration interval, state text, wait_event text, xmin_age integer, user_name text, query text'),
	('advisor_skipped', 'queryid bigint, "user" name, calls bigint, total_ms double precision, reason text, query text'),
	('advisor_progress', 'pid integer, database name, phase text, done bigint, total bigint'),
	('table_sizes', 'relation regclass, rows bigint, total_bytes bigint, table_bytes bigint, index_bytes bigint, toast_bytes bigint, total_size text'),
	('sampled_constants', 'queryid bigint, role regrole, example text, parameters text[], seen_at timestamp with time zone'),
	('unused_indexes', 'relation regclass, index regclass, index_bytes bigint, scans bigint, last_scan timestamp with time zone, rows_written bigint, observed interval, plans_using bigint, safe_to_drop boolean, reason text, fix text, undo text'),
	('redundant_indexes', 'relation regclass, index regclass, covered_by regclass, kind text, index_bytes bigint, fix text, undo text'),
	('invalid_indexes', 'relation regclass, index regclass, problem text, fix text'),
	('unindexed_foreign_keys', 'relation regclass, constraint_name name, columns name[], referenced regclass, rows bigint, fix text'),
	('missing_indexes', 'relation regclass, rows bigint, seq_scans bigint, rows_per_scan bigint, idx_scans bigint, cached_statements bigint, fix text'),
	('table_bloat', 'relation regclass, table_bytes bigint, bloat_bytes bigint, bloat_pct numeric, free_bytes bigint, dead_bytes bigint, method text, confidence text, fix text'),
	('index_bloat', 'relation regclass, index regclass, index_bytes bigint, bloat_bytes bigint, bloat_pct numeric, method text, confidence text, fix text'),
	('top_queries', 'queryid bigint, calls bigint, total_ms double precision, mean_ms double precision, share_pct numeric, rows_per_call numeric, hit_pct numeric, temp_bytes bigint, wal_bytes bigint, problems text[], query text'),
	('jobs', 'job text, kind text, every interval, next_run timestamp with time zone, last_run timestamp with time zone, last_status text, last_error text, enabled boolean'),
	('job_runs', 'job text, started_at timestamp with time zone, finished_at timestamp with time zone, status text, rows bigint, message text'),
	('relation_bloat', 'relation regclass, kind text, total_bytes bigint, bloat_bytes bigint, bloat_pct numeric, error_pct numeric, free_bytes bigint, dead_bytes bigint, blocks_read bigint, method text, fix text'),
	('deletions', 'deletion_id bigint, relation regclass, key jsonb, deleted_at timestamp with time zone, deleted_by name, rows bigint, restored_at timestamp with time zone'),
	('versioned_tables', 'relation regclass, version_column name, updated_column name, state text, added_columns name[]'),
	('path_tables', 'relation regclass, key_column name, parent_column name, path_column name, state text'),
	('event_stores', 'relation regclass, state text'),
	('full_text_tables', 'relation regclass, column_name name, weights text, config text, columns name[], state text'),
	('counter_caches', 'child regclass, foreign_key name, parent regclass, counter name, live_column name, state text, open_partitions regclass[]'),
	('tenant_tables', 'relation regclass, column_name name, setting text, state text, open_children regclass[], cross_tenant_keys name[]'),
	('workers', 'pid integer, database name, state text, current_job text, started_at timestamp with time zone, restarts integer')
) AS v(name, gives),
	LATERAL (SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = ('dbeng.' || name)::regclass AND attnum > 0 AND NOT attisdropped) AS a(columns);

SELECT is(provolatile::text, CASE WHEN proname IN ('health', 'findings', 'help', 'metrics') THEN 's' ELSE 'v' END, proname || '() is honest about its volatility')
FROM pg_proc WHERE pronamespace = 'dbeng'::regnamespace AND proname IN ('health', 'findings', 'help', 'configure_check', 'ignore', 'unignore', 'attest',
	'metrics', 'stop_long_running', 'runbook', 'approximate_count', 'estimate_index', 'bloat', 'advise_indexes', 'advise_index', 'advise_drops');

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
FROM unnest(ARRAY['health()', 'findings()', 'check_results', 'metrics()', 'connections', 'blocking', 'long_running', 'stop_long_running()', 'table_sizes', 'runbook(''weekly'')', 'workers', 'advisor_skipped', 'advisor_progress', 'advise_index(''SELECT 1'')',
	'unused_indexes', 'redundant_indexes', 'invalid_indexes', 'unindexed_foreign_keys', 'missing_indexes', 'top_queries', 'table_bloat', 'index_bloat', 'bloat(''dbeng.ignored'')']) name;
SELECT is(pg_temp.outcome('surface_monitor', 'SELECT * FROM dbeng.' || name), '00000', 'pg_monitor: ' || name)
FROM unnest(ARRAY['health()', 'findings()', 'check_results', 'checks', 'help()', 'metrics()', 'connections', 'blocking', 'long_running', 'stop_long_running()', 'table_sizes', 'runbook(''weekly'')', 'jobs', 'job_runs', 'workers', 'advisor_skipped', 'advisor_progress', 'advise_index(''SELECT 1'')',
	'unused_indexes', 'redundant_indexes', 'invalid_indexes', 'unindexed_foreign_keys', 'missing_indexes', 'top_queries', 'table_bloat', 'index_bloat', 'bloat(''dbeng.ignored'')']) name;
SELECT is(pg_temp.outcome(role::name, 'SELECT dbeng.' || call), '42501', role || ': ' || call)
FROM unnest(ARRAY['surface_nobody', 'surface_monitor']) role,
	unnest(ARRAY['schedule(''x'', ''1 day'', ''SELECT 1'')', 'run_now(''retention'')', 'start_workers()', 'seal_audit()', 'verify_audit()']) call;
SELECT is_empty('SELECT * FROM dbeng.jobs WHERE kind NOT IN (''built-in'', ''user'') OR job IS NULL OR enabled IS NULL', 'jobs tell what they are');
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

SELECT results_eq('SELECT metric FROM dbeng.metrics() LIMIT 19', $$SELECT unnest('{connections_used,idle_in_transaction,oldest_transaction_age,cache_hit_ratio,
	index_hit_ratio,dead_tuples,replication_lag,replication_slot_retained_wal,xid_age,multixact_age,lock_waits,deadlocks,temp_spill,checkpoints_requested,
	wal_archive_failures,wal_archive_age,autovacuum_backlog,stats_age,database_bytes}'::text[])$$, 'the metrics, in order');
SELECT is_empty($$SELECT * FROM dbeng.metrics() WHERE detail IS NULL OR detail LIKE '%.' OR unit IS NULL OR status NOT IN ('ok', 'warning', 'critical', 'unknown')$$, 'metrics tell what they are');
SELECT is_empty($$SELECT * FROM unnest('{overloaded,disk full,replication lag,wraparound,lock pile-up,weekly}'::text[]) n, dbeng.runbook(n) WHERE question IS NULL OR answer IS NULL$$, 'runbooks answer');

-- Bad input names the value and changes nothing.
SELECT throws_like('SELECT * FROM dbeng.findings(''no such dimension'')', '%no such dimension%', 'findings() of an unknown dimension');
SELECT throws_like('SELECT * FROM dbeng.findings(min_severity => ''loud'')', '%loud%', 'findings() of an unknown severity');
SELECT throws_like('SELECT * FROM dbeng.runbook(''no such runbook'')', '%no such runbook%', 'runbook() of an unknown name');
SELECT throws_like('SELECT * FROM dbeng.stop_long_running(how => ''politely'')', '%politely%', 'stop_long_running() in an unknown way');
SELECT throws_like(format('SELECT dbeng.%s', call), '%no-such-check%', call)
FROM unnest(ARRAY['configure_check(''no-such-check'', enabled => true)', 'ignore(''no-such-check'')', 'attest(''no-such-check'', ''me'', ''2099-01-01'')']) call;
SELECT is((SELECT count(*) FROM dbeng.check_setting) + (SELECT count(*) FROM dbeng.ignored) + (SELECT count(*) FROM dbeng.attestation), 0::bigint, 'nothing was stored');

SELECT * FROM finish();
ROLLBACK;
