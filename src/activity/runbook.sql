-- What to look at when something is wrong, in the order to look at it.

CREATE OR REPLACE FUNCTION dbeng._duration(length interval) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'dbeng_duration';
COMMENT ON FUNCTION dbeng._duration(interval) IS 'an interval in one unit: 5 minutes';

CREATE OR REPLACE FUNCTION dbeng._excerpt(whole text, characters int) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'dbeng_excerpt';
COMMENT ON FUNCTION dbeng._excerpt(text, int) IS 'a text on one line, cut where it is too long';

-- The question of a step, and the query that gives its answer and action. $1 in it is an object of metrics().
CREATE OR REPLACE FUNCTION dbeng._runbook_steps()
RETURNS TABLE (runbook text, step int, question text, evidence text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 40
SET search_path = pg_catalog, pg_temp
AS $steps$
WITH shared (name, evidence) AS (VALUES
	('roots', $q$
		SELECT coalesce(string_agg(format('%s, %s behind it', tree, blocks), E'\n' ORDER BY blocks DESC, tree), 'nobody: no session waits for a lock'),
			string_agg(CASE WHEN pid = 0 THEN format('ROLLBACK PREPARED %s;', substr(query, 21))
				WHEN state = 'active' THEN format('SELECT pg_cancel_backend(%s);', pid)
				ELSE format('SELECT pg_terminate_backend(%s);', pid) END, E'\n' ORDER BY blocks DESC, tree)
		FROM (SELECT * FROM dbeng.blocking WHERE depth = 0 ORDER BY blocks DESC LIMIT 3) b$q$),
	('longest', $q$
		SELECT coalesce(string_agg(format('pid %s, %s, %s for %s: %s', pid, user_name, state, dbeng._duration(duration), dbeng._excerpt(query, 60)), E'\n' ORDER BY duration DESC),
				'nothing runs for more than 10 seconds'),
			CASE WHEN count(*) > 0 THEN 'SELECT * FROM dbeng.stop_long_running(''5 minutes'', ''cancel'', dry_run => true);' END
		FROM (SELECT * FROM dbeng.long_running WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND duration > interval '10 seconds' ORDER BY duration DESC LIMIT 3) l$q$),
	('idle', $q$
		SELECT $1 #>> '{idle_in_transaction,detail}',
			CASE WHEN $1 #>> '{idle_in_transaction,status}' <> 'ok' THEN 'SELECT * FROM dbeng.stop_long_running(''5 minutes'', ''terminate'', dry_run => true);' END$q$),
	('slots', $q$
		SELECT $1 #>> '{replication_slot_retained_wal,detail}',
			CASE WHEN $1 #>> '{replication_slot_retained_wal,status}' <> 'ok' THEN
				(SELECT format(E'-- Only if its reader never comes back:\nSELECT pg_drop_replication_slot(%L);', slot_name) FROM pg_replication_slots
				WHERE NOT active ORDER BY pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn) DESC NULLS FIRST LIMIT 1) END$q$),
	('archiving', $q$
		SELECT $1 #>> '{wal_archive_failures,detail}',
			CASE WHEN $1 #>> '{wal_archive_failures,status}' <> 'ok' THEN E'-- The server''s log has the reason; the command is\nSHOW archive_command;' END$q$),
	('tables', $q$
		SELECT coalesce(string_agg(format('%s: %s in %s rows', relation, total_size, coalesce(to_char(rows, 'FM999,999,999,999,999'), '?')), E'\n' ORDER BY total_bytes DESC, relation::text), 'there is no table'), NULL
		FROM (SELECT * FROM dbeng.table_sizes LIMIT 5) t$q$),
	('holder', $q$
		SELECT $1 #>> '{oldest_xmin_age,detail}' || CASE WHEN h.action IS NULL THEN '' ELSE format(' (%s transactions ago)', to_char(h.age, 'FM999,999,999,999')) END,
			CASE WHEN h.age > 1000000 THEN h.action END
		FROM (SELECT) one LEFT JOIN LATERAL (
			SELECT greatest(age(backend_xmin), age(backend_xid)) AS age, format('SELECT pg_terminate_backend(%s);', pid) AS action FROM pg_stat_activity
				WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
			UNION ALL SELECT age(transaction), format('ROLLBACK PREPARED %L;', gid) FROM pg_prepared_xacts
			UNION ALL SELECT greatest(age(xmin), age(catalog_xmin)), format(E'-- Only if its reader never comes back:\nSELECT pg_drop_replication_slot(%L);', slot_name) FROM pg_replication_slots
				WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
			UNION ALL SELECT age(backend_xmin), format(E'-- A standby''s hot_standby_feedback; on the standby %s:\nSELECT * FROM dbeng.long_running;', application_name) FROM pg_stat_replication WHERE backend_xmin IS NOT NULL
			ORDER BY 1 DESC LIMIT 1) h ON true$q$),
	('statements', $q$
		SELECT dbeng._top_statements(), CASE WHEN NOT pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
			THEN E'-- It has to be in shared_preload_libraries, too:\nCREATE EXTENSION pg_stat_statements;' END$q$),
	('xids', $q$
		SELECT string_agg(format('%s: %s transactions old, %s left', datname, to_char(age, 'FM999,999,999,999'), to_char(2144483647 - age, 'FM999,999,999,999')), E'\n' ORDER BY age DESC, datname), NULL
		FROM (SELECT datname, age(datfrozenxid) AS age FROM pg_database ORDER BY 2 DESC LIMIT 5) d$q$)),
steps (place, runbook, question, shared, evidence) AS (VALUES
	(1, 'overloaded', 'Are the connections used up?', NULL, $q$
		SELECT $1 #>> '{connections_used,detail}',
			CASE WHEN $1 #>> '{connections_used,status}' <> 'ok' THEN E'-- Ends what has been idle for ten minutes; applications connect anew:\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = ''client backend'' AND state = ''idle'' AND state_change < now() - interval ''10 minutes'';' END$q$),
	(2, 'overloaded', 'What do the active sessions wait for?', NULL, $q$
		SELECT coalesce(format('%s active: ', sum(sessions)) || string_agg(format('%s %s', sessions, what), ', ' ORDER BY sessions DESC, what), 'no other session is active'),
			CASE WHEN bool_or(what LIKE 'Lock:%') THEN 'SELECT tree FROM dbeng.blocking;' END
		FROM (SELECT coalesce(wait_event_type || ':' || wait_event, 'on CPU') AS what, count(*) AS sessions FROM pg_stat_activity
			WHERE state = 'active' AND backend_type IN ('client backend', 'parallel worker') AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 2 DESC LIMIT 6) w$q$),
	(3, 'overloaded', 'Who blocks others?', 'roots', NULL),
	(4, 'overloaded', 'What runs longest?', 'longest', NULL),
	(5, 'overloaded', 'Who is idle in a transaction?', 'idle', NULL),
	(6, 'overloaded', 'Which statements take the time?', 'statements', NULL),
	(7, 'overloaded', 'Do reads come from memory, and what goes to temporary files?', NULL, $q$
		SELECT format(E'%s %% of blocks: %s\n%s', coalesce($1 #>> '{cache_hit_ratio,value}', '?'), $1 #>> '{cache_hit_ratio,detail}', $1 #>> '{temp_spill,detail}'),
			CASE WHEN 'warning' IN ($1 #>> '{cache_hit_ratio,status}', $1 #>> '{temp_spill,status}') THEN 'SELECT * FROM dbeng.findings(''query quality'');' END$q$),
	(8, 'overloaded', 'Are autovacuum or checkpoints a part of it?', NULL, $q$
		SELECT format(E'%s\ncheckpoints: %s', coalesce((SELECT string_agg(format('vacuum of %s, %s, %s %%', relid::regclass, phase, 100 * heap_blks_scanned / greatest(heap_blks_total, 1)), E'\n') FROM pg_stat_progress_vacuum), 'no vacuum runs'),
			$1 #>> '{checkpoints_requested,detail}'),
			CASE WHEN $1 #>> '{checkpoints_requested,status}' = 'warning' THEN (SELECT fix FROM dbeng.findings('monitoring') WHERE check_id = 'mon-checkpoints-requested' LIMIT 1) END$q$),

	(1, 'disk full', 'How full is the disk?', NULL, $q$
		SELECT $1 #>> '{disk_free,detail}', NULL$q$),
	(2, 'disk full', 'Is it WAL?', NULL, $q$
		SELECT format('%s files with %s in pg_wal; max_wal_size is %s', count(*), pg_size_pretty(sum(size)), current_setting('max_wal_size')),
			CASE WHEN sum(size) > 2 * pg_size_bytes(current_setting('max_wal_size')) THEN E'-- Never remove a file by hand. Something below keeps it; then:\nCHECKPOINT;' END
		FROM pg_ls_waldir()$q$),
	(3, 'disk full', 'Does a replication slot keep WAL?', 'slots', NULL),
	(4, 'disk full', 'Does archiving fail?', 'archiving', NULL),
	(5, 'disk full', 'Is it temporary files?', NULL, $q$
		SELECT CASE WHEN count(*) = 0 THEN 'there is none' ELSE format('%s with %s', count(*), pg_size_pretty(sum(size))) ||
				coalesce((SELECT format('; the largest is of pid %s, %s: %s', pid, usename, dbeng._excerpt(query, 60)) FROM pg_stat_activity WHERE pid = (array_agg(owner ORDER BY size DESC))[1]), '') END,
			CASE WHEN sum(size) > 1073741824 THEN format('SELECT pg_cancel_backend(%s);', (array_agg(owner ORDER BY size DESC))[1]) END
		FROM (SELECT size, substring(name FROM 'pgsql_tmp([0-9]+)')::int AS owner FROM pg_ls_tmpdir()) t$q$),
	(6, 'disk full', 'Which database is it?', NULL, $q$
		SELECT string_agg(format('%s: %s', datname, pg_size_pretty(bytes)), E'\n' ORDER BY bytes DESC, datname), NULL
		FROM (SELECT datname, pg_database_size(oid) AS bytes FROM pg_database WHERE datallowconn ORDER BY 2 DESC LIMIT 5) d$q$),
	(7, 'disk full', 'Which tables are the largest here?', 'tables', NULL),
	(8, 'disk full', 'What could be dropped at once?', NULL, $q$
		SELECT coalesce(string_agg(format('%s: %s, %s', object, pg_size_pretty(bytes), message), E'\n' ORDER BY bytes DESC, object), 'no unused or duplicate index of more than 1 MB is known'), string_agg(fix, E'\n' ORDER BY bytes DESC, object)
		FROM (SELECT *, (evidence ->> 'bytes')::numeric AS bytes FROM dbeng.findings('indexing') WHERE check_id IN ('idx-unused', 'idx-duplicate') AND fix IS NOT NULL ORDER BY bytes DESC NULLS LAST LIMIT 3) f
		WHERE bytes > 1048576$q$),

	(1, 'replication lag', 'What is this server?', NULL, $q$
		SELECT CASE WHEN NOT pg_is_in_recovery() THEN format('a primary with %s connected', (SELECT count(*) FROM pg_stat_replication))
			WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) THEN format('a standby of %s, %s', (SELECT coalesce(sender_host, 'a socket') FROM pg_stat_wal_receiver), (SELECT status FROM pg_stat_wal_receiver))
			ELSE 'a standby that receives no stream: it reads the archive or has lost its primary' END,
			CASE WHEN pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver) THEN E'-- The server''s log says why; it connects to\nSHOW primary_conninfo;' END$q$),
	(2, 'replication lag', 'How far behind is who?', NULL, $q$
		SELECT $1 #>> '{replication_lag,detail}' || coalesce(E'\n' || (SELECT string_agg(format('%s (%s, %s): replay lag %s', coalesce(nullif(application_name, ''), '?'), state, sync_state, coalesce(dbeng._duration(replay_lag), 'none')), E'\n')
			FROM pg_stat_replication), ''), NULL$q$),
	(3, 'replication lag', 'Where is it: on the way, on the standby''s disk, or in replay?', NULL, $q$
		SELECT coalesce(string_agg(format('%s: %s not sent, %s sent and not flushed, %s flushed and not replayed', coalesce(nullif(application_name, ''), '?'),
			pg_size_pretty(pg_wal_lsn_diff(here, sent_lsn)), pg_size_pretty(pg_wal_lsn_diff(sent_lsn, flush_lsn)), pg_size_pretty(pg_wal_lsn_diff(flush_lsn, replay_lsn))), E'\n'),
			CASE WHEN pg_is_in_recovery() THEN format('%s received and not replayed', pg_size_pretty(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()))) ELSE 'nobody is connected' END), NULL
		FROM pg_stat_replication, (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END) h(here)$q$),
	(4, 'replication lag', 'Is replay paused, or held up by queries?', NULL, $q$
		SELECT CASE WHEN NOT pg_is_in_recovery() THEN 'to be asked on the standby: SELECT * FROM dbeng.runbook(''replication lag'');'
			WHEN pg_is_wal_replay_paused() THEN 'it is paused'
			ELSE format('not paused; max_standby_streaming_delay is %s, the longest query here runs for %s', current_setting('max_standby_streaming_delay'),
				coalesce((SELECT dbeng._duration(max(duration)) FROM dbeng.long_running WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'), 'no time')) END,
			CASE WHEN pg_is_in_recovery() THEN CASE WHEN pg_is_wal_replay_paused() THEN 'SELECT pg_wal_replay_resume();'
				WHEN $1 #>> '{replication_lag,status}' = 'warning' THEN 'SELECT * FROM dbeng.stop_long_running(''1 minute'', ''cancel'', dry_run => true);' END END$q$),
	(5, 'replication lag', 'Do commits wait for a standby that is not there?', NULL, $q$
		SELECT CASE WHEN current_setting('synchronous_standby_names') = '' THEN 'no: no standby is synchronous'
			ELSE format('synchronous_standby_names is %s; %s synchronous connected, %s sessions wait in SyncRep', quote_literal(current_setting('synchronous_standby_names')),
				(SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')), (SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep')) END,
			CASE WHEN EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND state_change < now() - interval '10 seconds')
				AND NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))
				THEN E'-- Commits go on without a copy elsewhere:\nALTER SYSTEM SET synchronous_standby_names = '''';\nSELECT pg_reload_conf();' END$q$),
	(6, 'replication lag', 'Does a slot keep WAL for somebody gone?', 'slots', NULL),
	(7, 'replication lag', 'Which transactions write much at once?', NULL, $q$
		SELECT coalesce(string_agg(format('pid %s, %s, writing for %s: %s', pid, usename, dbeng._duration(clock_timestamp() - xact_start), dbeng._excerpt(query, 60)), E'\n' ORDER BY xact_start), 'no open transaction has written anything'), NULL
		FROM (SELECT * FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 3) a$q$),

	(1, 'wraparound', 'How many transaction IDs are left?', 'xids', NULL),
	(2, 'wraparound', 'And multixact IDs?', NULL, $q$
		SELECT $1 #>> '{multixact_age,detail}', NULL$q$),
	(3, 'wraparound', 'What keeps old rows from being frozen?', 'holder', NULL),
	(4, 'wraparound', 'Which tables of this database are the oldest?', NULL, $q$
		SELECT string_agg(format('%s: %s', relation, to_char(age, 'FM999,999,999,999')), E'\n' ORDER BY age DESC, relation::text),
			CASE WHEN NOT pg_is_in_recovery() THEN string_agg(format('VACUUM (FREEZE, VERBOSE) %s;', relation), E'\n' ORDER BY age DESC, relation::text)
				FILTER (WHERE age > current_setting('autovacuum_freeze_max_age')::int) END
		FROM (SELECT c.oid::regclass AS relation, greatest(age(c.relfrozenxid), age(t.relfrozenxid)) AS age FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
			WHERE c.relkind IN ('r', 'm') ORDER BY 2 DESC LIMIT 5) c$q$),
	(5, 'wraparound', 'Is somebody freezing them already?', NULL, $q$
		SELECT coalesce(string_agg(format('pid %s: %s in database %s, %s, %s %%', pid, relid::regclass, datname, phase, 100 * heap_blks_scanned / greatest(heap_blks_total, 1)), E'\n'), 'no vacuum runs'), NULL
		FROM pg_stat_progress_vacuum$q$),
	(6, 'wraparound', 'May autovacuum work as hard as it could?', NULL, $q$
		SELECT format('autovacuum is %s, %s workers, autovacuum_vacuum_cost_delay %s, cost limit %s, maintenance_work_mem %s', current_setting('autovacuum'), current_setting('autovacuum_max_workers'),
			current_setting('autovacuum_vacuum_cost_delay'), replace(current_setting('autovacuum_vacuum_cost_limit'), '-1', current_setting('vacuum_cost_limit')), current_setting('maintenance_work_mem')),
			CASE WHEN current_setting('autovacuum') = 'off' THEN E'ALTER SYSTEM SET autovacuum = on;\nSELECT pg_reload_conf();'
				WHEN $1 #>> '{xid_age,status}' <> 'ok' AND current_setting('autovacuum_vacuum_cost_delay') <> '0' THEN E'ALTER SYSTEM SET autovacuum_vacuum_cost_delay = 0;\nSELECT pg_reload_conf();' END$q$),

	(1, 'lock pile-up', 'How many wait, and how long?', NULL, $q$
		SELECT $1 #>> '{lock_waits,detail}', NULL$q$),
	(2, 'lock pile-up', 'Who is at the root of it?', 'roots', NULL),
	(3, 'lock pile-up', 'Does a change of a table wait, with everybody behind it?', NULL, $q$
		SELECT coalesce(string_agg(format('pid %s waits %s for %s on %s, %s behind it: %s', pid, coalesce(dbeng._duration(waiting), '0 seconds'), lock_mode, lock_object, blocks, dbeng._excerpt(query, 60)), E'\n' ORDER BY blocks DESC, pid), 'no'),
			string_agg(format('SELECT pg_cancel_backend(%s);', pid), E'\n' ORDER BY blocks DESC, pid) FILTER (WHERE blocks > 0)
		FROM (SELECT * FROM dbeng.blocking WHERE lock_type = 'relation' AND lock_mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock') ORDER BY blocks DESC LIMIT 3) b$q$),
	(4, 'lock pile-up', 'What do they wait for?', NULL, $q$
		SELECT coalesce(string_agg(format('%s for %s', sessions, what), E'\n' ORDER BY sessions DESC, what), 'nothing'), NULL
		FROM (SELECT format('%s on %s', lock_mode, coalesce(relation::text, lock_object)) AS what, count(*) AS sessions FROM dbeng.blocking WHERE depth > 0 GROUP BY 1 ORDER BY 2 DESC LIMIT 5) w$q$),
	(5, 'lock pile-up', 'Who is idle in a transaction?', 'idle', NULL),
	(6, 'lock pile-up', 'What keeps it from happening again?', NULL, $q$
		SELECT format('lock_timeout %s, idle_in_transaction_session_timeout %s, deadlock_timeout %s; %s', current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
			current_setting('deadlock_timeout'), $1 #>> '{deadlocks,detail}'),
			concat_ws(E'\n', CASE WHEN current_setting('idle_in_transaction_session_timeout') = '0' THEN E'ALTER SYSTEM SET idle_in_transaction_session_timeout = ''5min'';\nSELECT pg_reload_conf();' END,
				CASE WHEN current_setting('lock_timeout') = '0' THEN E'-- At the top of each migration:\nSET lock_timeout = ''3s'';' END)$q$),

	(1, 'weekly', 'How good is this database?', NULL, $q$
		SELECT format('%s of 100, %s; the worst: %s', coalesce(score::text, '?'), coalesce(rating, 'unknown'), coalesce(finding, 'nothing')), fix FROM dbeng.health() WHERE dimension = 'overall'$q$),
	(2, 'weekly', 'What is beyond its limits?', NULL, $q$
		SELECT coalesce(string_agg(format('%s %s %s: %s', m.value ->> 'status', m.key, coalesce(m.value ->> 'value', '?'), m.value ->> 'detail'), E'\n' ORDER BY m.value ->> 'status', m.key), 'nothing'), NULL
		FROM jsonb_each($1) m WHERE m.value ->> 'status' IN ('warning', 'critical')$q$),
	(3, 'weekly', 'Could it be restored?', NULL, $q$
		SELECT format('%s of 10; %s', coalesce(score::text, '?'), coalesce(finding, 'nothing is found')), fix FROM dbeng.health() WHERE dimension = 'backup & recovery'$q$),
	(4, 'weekly', 'Which tables are the largest?', 'tables', NULL),
	(5, 'weekly', 'Which statements take the time?', 'statements', NULL),
	(6, 'weekly', 'Which indexes could go, which are missing?', NULL, $q$
		SELECT coalesce(string_agg(format('%s: %s', object, message), E'\n'), 'none'), string_agg(fix, E'\n')
		FROM (SELECT * FROM dbeng.findings('indexing', 'warning') WHERE object IS NOT NULL LIMIT 3) f$q$),
	(7, 'weekly', 'How many transaction IDs are left?', 'xids', NULL),
	(8, 'weekly', 'Do settings wait for a restart?', NULL, $q$
		SELECT coalesce(string_agg(name, ', ' ORDER BY name), 'none'), NULL FROM pg_settings WHERE pending_restart$q$))
SELECT s.runbook, s.place, s.question, coalesce(s.evidence, h.evidence)
  FROM steps s LEFT JOIN shared h ON h.name = s.shared
$steps$;
COMMENT ON FUNCTION dbeng._runbook_steps() IS 'behind dbeng.runbook()';

CREATE OR REPLACE FUNCTION dbeng._top_statements() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	place text;
	answer text;
BEGIN
	SELECT quote_ident(nspname) INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_stat_statements';
	IF place IS NULL THEN
		RETURN 'pg_stat_statements is not installed in this database: nobody knows';
	END IF;
	EXECUTE format($q$
		SELECT string_agg(format('%%s %%%% of the time, %%s calls of %%s ms: %%s', share, calls, mean, dbeng._excerpt(query, 60)), E'\n' ORDER BY share DESC, query)
		FROM (SELECT round((100 * total_exec_time / nullif(sum(total_exec_time) OVER (), 0))::numeric, 1) AS share, calls, round(mean_exec_time::numeric, 2) AS mean, query
			FROM %s.pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY total_exec_time DESC LIMIT 3) s$q$, place) INTO answer;
	RETURN coalesce(answer, 'none was seen yet');
END
$$;
COMMENT ON FUNCTION dbeng._top_statements() IS 'behind dbeng.runbook()';

CREATE OR REPLACE FUNCTION dbeng.runbook(name text)
RETURNS TABLE (step int, question text, answer text, action text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 8
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted CONSTANT text := lower(btrim(name));
	known CONSTANT text := 'overloaded, disk full, replication lag, wraparound, lock pile-up, weekly';
	metrics jsonb;
	evidence text;
BEGIN
	PERFORM dbeng._may_look('dbeng.runbook()');
	IF wanted IS NULL OR wanted <> ALL (string_to_array(known, ', ')) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no runbook %s', coalesce('"' || name || '"', 'NULL')),
			DETAIL = 'A runbook is a list of questions with what this server answers.', HINT = format('Runbooks are %s.', known);
	END IF;
	SELECT jsonb_object_agg(m.metric, to_jsonb(m)) INTO metrics FROM dbeng.metrics() m;
	FOR step, question, evidence IN SELECT s.step, s.question, s.evidence FROM dbeng._runbook_steps() s WHERE s.runbook = wanted ORDER BY s.step LOOP
		-- What cannot be seen, for want of a privilege or on this kind of server, stops nobody from seeing the rest.
		BEGIN
			EXECUTE evidence INTO answer, action USING metrics;
			answer := coalesce(answer, 'nothing is known');
			action := nullif(action, '');
		EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state OR undefined_file OR undefined_object OR undefined_table THEN
			answer := format('it cannot be seen here: %s', SQLERRM);
			action := NULL;
		END;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng.runbook(text) IS 'what to look at when the server is ''overloaded'', at ''disk full'', ''replication lag'', ''wraparound'', a ''lock pile-up'', or ''weekly'': each question with what is seen now, and SQL for a person to run';
