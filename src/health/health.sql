-- What users say of the checks. pg_dump takes the rows along.

CREATE TABLE dbeng.check_setting (
	check_id text PRIMARY KEY,
	enabled boolean,
	severity text CHECK (severity IN ('critical', 'warning', 'notice')),
	thresholds jsonb CHECK (jsonb_typeof(thresholds) = 'object')
);
COMMENT ON TABLE dbeng.check_setting IS 'what dbeng.configure_check() changed; NULL: the check''s own';
COMMENT ON COLUMN dbeng.check_setting.check_id IS 'the check';
COMMENT ON COLUMN dbeng.check_setting.enabled IS 'is it judged';
COMMENT ON COLUMN dbeng.check_setting.severity IS 'severity of the check and all its findings';
COMMENT ON COLUMN dbeng.check_setting.thresholds IS 'the thresholds that differ from the check''s own';

CREATE TABLE dbeng.ignored (
	check_id text NOT NULL,
	object text,
	reason text,
	until timestamptz,
	by text NOT NULL DEFAULT CURRENT_USER,
	at timestamptz NOT NULL DEFAULT now(),
	UNIQUE NULLS NOT DISTINCT (check_id, object)
);
COMMENT ON TABLE dbeng.ignored IS 'findings that dbeng.ignore() leaves out';
COMMENT ON COLUMN dbeng.ignored.check_id IS 'the check';
COMMENT ON COLUMN dbeng.ignored.object IS 'the object as dbeng.findings() writes it; NULL: the whole check';
COMMENT ON COLUMN dbeng.ignored.reason IS 'why';
COMMENT ON COLUMN dbeng.ignored.until IS 'from when on it counts again; NULL: never';
COMMENT ON COLUMN dbeng.ignored.by IS 'who ignores it';
COMMENT ON COLUMN dbeng.ignored.at IS 'since when';

CREATE TABLE dbeng.attestation (
	check_id text PRIMARY KEY,
	by text NOT NULL,
	until timestamptz NOT NULL,
	note text,
	at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dbeng.attestation IS 'what dbeng.attest() states because no server can see it';
COMMENT ON COLUMN dbeng.attestation.check_id IS 'the check that passes';
COMMENT ON COLUMN dbeng.attestation.by IS 'who stands for it';
COMMENT ON COLUMN dbeng.attestation.until IS 'when it has to be renewed';
COMMENT ON COLUMN dbeng.attestation.note IS 'what was seen';
COMMENT ON COLUMN dbeng.attestation.at IS 'since when';

SELECT pg_catalog.pg_extension_config_dump('dbeng.check_setting', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.ignored', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.attestation', '');
GRANT SELECT ON dbeng.check_setting, dbeng.ignored, dbeng.attestation TO pg_monitor;

-- Looking. The functions themselves ask for the privileges of pg_monitor, hence everybody may try.

CREATE OR REPLACE FUNCTION dbeng.health()
RETURNS TABLE (dimension text, weight int, score numeric, rating text, coverage_pct numeric,
	passed int, failed int, unknown int, finding text, fix text, lowest numeric, highest numeric)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 8
AS 'MODULE_PATHNAME', 'dbeng_health';
COMMENT ON FUNCTION dbeng.health() IS 'the health of this database: seven dimensions and overall, each with its worst finding and the fix';

CREATE OR REPLACE FUNCTION dbeng.findings(dimension text DEFAULT NULL, min_severity text DEFAULT 'notice')
RETURNS TABLE (check_id text, dimension text, severity text, object text, message text, evidence jsonb, fix text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_findings';
COMMENT ON FUNCTION dbeng.findings(text, text) IS 'every finding with its evidence and the SQL that fixes it, the worst first';

CREATE OR REPLACE FUNCTION dbeng._check_results()
RETURNS TABLE (check_id text, dimension text, severity text, status text,
	objects_checked bigint, objects_failed bigint, score numeric, reason text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_check_results';
COMMENT ON FUNCTION dbeng._check_results() IS 'behind dbeng.check_results';

CREATE OR REPLACE VIEW dbeng.check_results AS
SELECT check_id, dimension, severity, status, objects_checked, objects_failed, score, reason
  FROM dbeng._check_results();
COMMENT ON VIEW dbeng.check_results IS 'each enabled check that had something to judge, and how it ended';
COMMENT ON COLUMN dbeng.check_results.check_id IS 'the check';
COMMENT ON COLUMN dbeng.check_results.dimension IS 'the part of the health score it belongs to';
COMMENT ON COLUMN dbeng.check_results.severity IS 'critical, warning or notice: it weighs 9, 3 or 1';
COMMENT ON COLUMN dbeng.check_results.status IS 'passed, failed, unknown (reason says why), not applicable (there is nothing to judge) or ignored';
COMMENT ON COLUMN dbeng.check_results.objects_checked IS 'how many objects it judged, without ignored ones; NULL unless passed or failed';
COMMENT ON COLUMN dbeng.check_results.objects_failed IS 'how many of them failed';
COMMENT ON COLUMN dbeng.check_results.score IS '0 to 10: 10 x (1 - failed share, by weight)';
COMMENT ON COLUMN dbeng.check_results.reason IS 'why it is unknown or ignored, or passes by attestation';
GRANT SELECT ON dbeng.check_results TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._checks()
RETURNS TABLE (check_id text, dimension text, severity text, title text, rationale text,
	thresholds jsonb, enabled boolean, reference text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_checks';
COMMENT ON FUNCTION dbeng._checks() IS 'behind dbeng.checks';

CREATE OR REPLACE VIEW dbeng.checks AS
SELECT check_id, dimension, severity, title, rationale, thresholds, enabled, reference
  FROM dbeng._checks();
COMMENT ON VIEW dbeng.checks IS 'every check, as configured';
COMMENT ON COLUMN dbeng.checks.check_id IS 'the check';
COMMENT ON COLUMN dbeng.checks.dimension IS 'the part of the health score it belongs to';
COMMENT ON COLUMN dbeng.checks.severity IS 'critical, warning or notice, as configured';
COMMENT ON COLUMN dbeng.checks.title IS 'what a finding of it is';
COMMENT ON COLUMN dbeng.checks.rationale IS 'why it matters and when it is judged';
COMMENT ON COLUMN dbeng.checks.thresholds IS 'the limits it judges by, as configured';
COMMENT ON COLUMN dbeng.checks.enabled IS 'is it judged';
COMMENT ON COLUMN dbeng.checks.reference IS 'where to read on';
GRANT SELECT ON dbeng.checks TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._checks_markdown() RETURNS text
LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_checks_markdown';
COMMENT ON FUNCTION dbeng._checks_markdown() IS 'docs/checks.md';

-- Changing. These ask for the privileges on the tables above.

CREATE OR REPLACE FUNCTION dbeng.configure_check(check_id text, enabled boolean DEFAULT NULL, severity text DEFAULT NULL, thresholds jsonb DEFAULT NULL)
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_configure_check';
COMMENT ON FUNCTION dbeng.configure_check(text, boolean, text, jsonb) IS 'switches a check on or off, sets its severity and thresholds; NULL leaves as is, severity ''default'' and a threshold of null bring back the check''s own';

CREATE OR REPLACE FUNCTION dbeng.ignore(check_id text, object text DEFAULT NULL, reason text DEFAULT NULL, until timestamptz DEFAULT NULL)
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_ignore';
COMMENT ON FUNCTION dbeng.ignore(text, text, text, timestamptz) IS 'leaves an object, as dbeng.findings() writes it, or the whole check out of findings and score';

CREATE OR REPLACE FUNCTION dbeng.unignore(check_id text, object text DEFAULT NULL)
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_unignore';
COMMENT ON FUNCTION dbeng.unignore(text, text) IS 'undoes dbeng.ignore()';

CREATE OR REPLACE FUNCTION dbeng.attest(check_id text, by text, until timestamptz, note text DEFAULT NULL)
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_attest';
COMMENT ON FUNCTION dbeng.attest(text, text, timestamptz, text) IS 'states what no server can see, such as an off-site copy; the check passes until then';

-- Each topic answers questions that its pattern matches; a question that none matches gets them all.
CREATE OR REPLACE FUNCTION dbeng.help(question text DEFAULT NULL)
RETURNS TABLE (topic text, answer text, run text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
SET search_path = pg_catalog, pg_temp
AS $help$
WITH topics (place, topic, pattern, answer, run) AS (VALUES
	(1, 'health', 'audit|health|score|rating|check.?up|overview|\mstart|how good|state of',
		'Scores this database over seven dimensions, each with its worst finding and the SQL that fixes it.',
		'SELECT * FROM dbeng.health();'),
	(2, 'findings', 'finding|problem|issue|what is wrong|improve|\mfix|advice|\madvise',
		'Everything found, the worst first, with the evidence and the SQL that fixes it; by dimension or by least severity.',
		$$SELECT * FROM dbeng.findings(min_severity => 'warning');$$),
	(3, 'schema design', 'schema|design|data.?model|review|primary key|foreign key|constraint|column|\mtypes?\M|naming|convention',
		'Judges keys, data types, constraints and names. For a new design: create the tables, then ask what is wrong with them.',
		$$SELECT * FROM dbeng.findings('schema design');$$),
	(4, 'partitioning', 'partition|large table|big table|shard|retention',
		'CALL dbeng.partition_table(relation, column, step) makes a live table partitioned; dbeng.manage_partitions(parent, step, retention => …) has partitions made ahead and old ones put out, dbeng.partition_plan() shows what is due. What is found about large and partitioned tables is part of schema design. The sets that there are:',
		'SELECT * FROM dbeng.partition_sets;'),
	(5, 'multi-tenancy', 'tenant|row.level|\mrls\M|polic(y|ies)',
		'dbeng.enable_tenancy(relation) shows each session only the rows of the tenant that a setting names; dbeng.disable_tenancy() takes it back. What is found about row-level security and its policies is part of security. The tables that have tenants:',
		'SELECT * FROM dbeng.tenant_tables;'),
	(6, 'indexing', 'index',
		'Indexes that are missing, unused, duplicate or invalid, with the statement that adds or drops each. As views: dbeng.unused_indexes, redundant_indexes, invalid_indexes, unindexed_foreign_keys, missing_indexes.',
		$$SELECT * FROM dbeng.findings('indexing');$$),
	(7, 'index advice', 'index|slow|workload|optimi[sz]e|perform|speed',
		'Which new indexes would serve the statements in pg_stat_statements, planned with them imagined: what each saves, its size, what writers pay. Nothing is built or executed.',
		'SELECT rank, relation, columns, improvement_pct, estimated_bytes, write_cost_pct, fix FROM dbeng.advise_indexes();'),
	(8, 'advice on one query', '\mquery\M|\mstatement\M|explain|optimi[sz]e|index for|\mselect\M|query plan',
		'Which new indexes would serve one statement: dbeng.advise_index($$SELECT …$$). It is planned, never executed. Put yours in:',
		$$SELECT columns, cost_before, cost_after, fix FROM dbeng.advise_index('SELECT * FROM pg_class WHERE relpages > 1000');$$),
	(9, 'query quality', 'quer(y|ies)|slow|optimi[sz]e|perform|statement|explain|tun(e|ing)|n\+1|latency|\mselect\M',
		'What the workload in pg_stat_statements says of this database''s statements; without that extension it is unknown.',
		$$SELECT * FROM dbeng.findings('query quality');$$),
	(10, 'migration safety', 'migrat|\mddl\M|alter table|deploy|roll.?out|zero.?downtime',
		'What earlier migrations left behind, and what would make the next one dangerous.',
		$$SELECT * FROM dbeng.findings('migration safety');$$),
	(11, 'security', 'secur|hba|password|roles?\M|grant|privilege|permission|access|\mssl\M|\mtls\M|injection|superuser',
		'Who can log in, how, and what they can reach.',
		$$SELECT * FROM dbeng.findings('security');$$),
	(12, 'monitoring', 'monitor|alert|metric|vacuum|bloat|wraparound|cache|connection|checkpoint|setting|config|\mlocks?\M|disk',
		'The state of the server and what it should be watched for.',
		$$SELECT * FROM dbeng.findings('monitoring');$$),
	(13, 'backup & recovery', 'back.?up|recover|restor|archiv|\mpitr\M|disaster|\mrpo\M|\mrto\M|replica|standby|failover',
		'Whether this database could be brought back, and to which moment.',
		$$SELECT * FROM dbeng.findings('backup & recovery');$$),
	(14, 'metrics', 'metric|monitor|alert|watch|grafana|prometheus|dashboard|nagios|zabbix|check_',
		'The numbers to watch, each with its limits and what is behind it; ok, warning, critical or unknown. One row is one alert.',
		'SELECT * FROM dbeng.metrics();'),
	(15, 'troubleshooting', 'troubleshoot|overload|slow|hang|stuck|incident|outage|emergency|on.?call|runbook|3 a\.?m|disk full|wraparound|replication lag|pile.?up|weekly',
		'Runbooks: overloaded, disk full, replication lag, wraparound, lock pile-up, weekly. Each question with what is seen now, and SQL for a person to run.',
		$$SELECT * FROM dbeng.runbook('overloaded');$$),
	(16, 'locks', '\mlock|block(s|ed|ing)?\M|wait|deadlock',
		'Who waits for whose lock, drawn as trees; who is at the root holds them all up.',
		'SELECT tree FROM dbeng.blocking;'),
	(17, 'sessions', 'session|connection|long.?running|idle in trans|\mkill|cancel|terminat|pg_stat_activity|who is',
		'dbeng.connections counts sessions by state, dbeng.long_running lists the longest; dbeng.stop_long_running(older_than, how, dry_run) stops them, and only shows what it would do unless dry_run => false.',
		'SELECT * FROM dbeng.long_running;'),
	(18, 'table sizes', '\msizes?\M|large|big(gest)?\M|disk|space|storage|grow',
		'Tables with their indexes and TOAST, partitions as one, the largest first; cheap with any number of tables.',
		'SELECT * FROM dbeng.table_sizes LIMIT 20;'),
	(19, 'bloat', 'bloat|vacuum|dead (row|tuple)|reindex|rewrite|repack|wasted|shrink|free space|give back',
		'What a rewrite or REINDEX would give back, without reading a table; dbeng.index_bloat tells of indexes. For one table and its indexes, measured from a sample of their pages: dbeng.bloat(''a_table'').',
		'SELECT * FROM dbeng.table_bloat LIMIT 20;'),
	(20, 'counting', '\mcount|how many rows|approximate|row count',
		'About how many rows a table has, or a query would give, without reading one: dbeng.approximate_count(''SELECT … WHERE …'').',
		$$SELECT dbeng.approximate_count('pg_class');$$),
	(21, 'report', 'report|yesterday|last night|last week|what (has )?(changed|happened)|since|histor|compar|before and after|regression',
		'What happened between two moments and what changed against the time before: text, ''markdown'' or ''html''. dbeng.report_difference() compares any two intervals.',
		'SELECT dbeng.report();'),
	(22, 'trends', 'trend|grow|forecast|capacity|\mfull\M|over time|activity|which (tables|indexes|statements)|top quer',
		'Figures over time, from snapshots: dbeng.table_activity, index_activity, query_activity, database_activity, wait_activity(from_at, to_at), metric_history(metric) and when disks are full:',
		'SELECT * FROM dbeng.disk_forecast();'),
	(23, 'snapshots', 'snapshot|statistic.*(kept|history)|retention|sampl',
		'A worker takes them every dbeng.snapshot_interval; SELECT dbeng.snapshot() takes one by hand. Those there are:',
		'SELECT * FROM dbeng.snapshots ORDER BY snapshot_id DESC LIMIT 20;'),
	(24, 'jobs', '\mjobs?\M|schedul|\mcron|worker|background|maintenance|nightly|every (night|hour|day)',
		'dbeng.schedule(job, every, command, at) runs a command of yours, VACUUM and CONCURRENTLY included; dbeng.job_runs tells how each run ended, dbeng.workers who runs them.',
		'SELECT * FROM dbeng.jobs;'),
	(25, 'dropping indexes', 'drop|unused|redundant|duplicate|superfluous|too many index|undo',
		'Which indexes can go, which cannot and why, each with the statement that drops it and those that bring it back; dbeng.redundant_indexes has those that another one makes superfluous, dbeng.advise_drops() those that the workload would not miss.',
		'SELECT index, index_bytes, safe_to_drop, reason, fix, undo FROM dbeng.unused_indexes;'),
	(26, 'top queries', 'quer(y|ies)|slow|statement|heav(y|iest)|expensive|\mtop\M|load|workload|pg_stat_statements|what takes',
		'The statements that take the most time, with their share of it and what their figures say: slow, many blocks a row, n+1, temporary files …',
		'SELECT queryid, calls, mean_ms, share_pct, problems, query FROM dbeng.top_queries LIMIT 20;'),
	(27, 'unknown', 'unknown|coverage|not observed|why not',
		'The checks that could not be observed here, and what each would need: they lower coverage_pct, not the score.',
		$$SELECT check_id, dimension, reason FROM dbeng.check_results WHERE status = 'unknown';$$),
	(28, 'checks', 'checks?\M|rules?\M|threshold|severity|configure|disable|enable',
		'Every check with its severity and thresholds. dbeng.configure_check(check_id, enabled, severity, thresholds) changes them.',
		'SELECT check_id, severity, enabled, thresholds, title FROM dbeng.checks;'),
	(29, 'ignore', 'ignor|accept|suppress|false (alarm|positive)|silence|mute',
		'dbeng.ignore(check_id, object, reason, until) leaves a finding out, dbeng.unignore(check_id, object) takes it in again. What is ignored now:',
		'SELECT * FROM dbeng.ignored;'),
	(30, 'attest', 'attest|off.?site',
		'dbeng.attest(check_id, by, until, note) states what no server can see: an off-site copy, a tested restore. What is attested now:',
		'SELECT * FROM dbeng.attestation;'),
	(31, 'privileges', 'privilege|permission denied|pg_monitor|who may',
		'Looking needs the privileges of pg_monitor; configuring needs those on the table it writes to. Have you got the first?',
		$$SELECT pg_has_role('pg_monitor', 'USAGE');$$),
	(32, 'versions', '\mversions?\M|optimistic|lost update|stale|updated_at|modified|concurrent (change|update|edit)',
		'dbeng.enable_versioning(relation) counts the changes of each row, notes their time and refuses who has read an older version; dbeng.disable_versioning() ends it. The tables that have it:',
		'SELECT * FROM dbeng.versioned_tables;'),
	(33, 'audit log', '\maudit(ing|ed|s)?\M$|\maudit(ed)? (log|trail|table|trigger)|who (changed|deleted|did|wrote)|change log|row history|history of|tamper|\mundo|as of|time travel',
		'dbeng.enable_audit(''a_table'') logs every change of its rows. Then: dbeng.audit_log, dbeng.row_history(relation, key), dbeng.row_as_of() and table_as_of() tell what was, dbeng.undo(transaction_id) takes a transaction back, dbeng.verify_audit() finds what was tampered with. What is audited:',
		'SELECT * FROM dbeng.audited_tables;'),
	(34, 'soft delete', 'soft.?delet|deleted_at|undelete|restor(e|ing) (a |the )?(row|deleted)|deleted (row|by mistake)|recycle|trash|purg',
		'dbeng.enable_soft_delete(''a_table'') makes DELETE keep the rows, as statements and foreign keys go on as before; dbeng.restore(deletion_id) brings back what one deletion took, dbeng.purge() deletes for good. What was deleted:',
		'SELECT * FROM dbeng.deletions ORDER BY deletion_id DESC LIMIT 20;'),
	(35, 'new table', 'create (a )?table|new table|generat|scaffold|table_ddl|house style|boilerplate',
		'dbeng.table_ddl(table_name, columns, soft_delete, tenant) writes the statements for a new table: keys, checks, indexes, comments, versions. They are only shown. Put yours in:',
		$$SELECT dbeng.table_ddl('an_example', 'name text, email text unique, status in (draft, sent) default draft, notes text?');$$),
	(36, 'pagination', 'pagina|paging|\mpages?\M|\moffset|keyset|cursor|infinite scroll',
		'dbeng.keyset_page(relation, order_by, after) gives a page and the cursor for the next, dbeng.keyset_query() the statement and the index that serves it. Put your table in:',
		$$SELECT query, index, create_index FROM dbeng.keyset_query('pg_class', 'relname, relnamespace');$$),
	(37, 'hierarchy', 'hierarch|\mtree|parent|ancestor|descendant|nested|categor|materiali[sz]ed path|org(ani[sz]ation)? chart',
		'dbeng.enable_path(relation, parent_column) keeps the keys from the root down to each row, so that ancestors and descendants are found by an index; dbeng.disable_path() ends it. The tables that have it:',
		'SELECT * FROM dbeng.path_tables;'),
	(38, 'events', '\mevents?\M|event.?(store|sourc)|aggregate',
		'dbeng.create_event_store(name) makes a table that events are appended to by dbeng.append_event() and read from in order by dbeng.read_events(). The event stores:',
		'SELECT * FROM dbeng.event_stores;'),
	(39, 'full-text search', 'full.?text|search|tsvector|\mwords?\M',
		'dbeng.enable_full_text(relation, columns) lets dbeng.search(relation, query) find rows by their words, the best first; dbeng.disable_full_text() takes it back. The tables that have it:',
		'SELECT * FROM dbeng.full_text_tables;'),
	(40, 'counts of children', '\mcounters?\M|counter.?cache|\mcounts? of|number of (children|comments|items)',
		'dbeng.enable_counter_cache(child, foreign_key, parent, counter) keeps in each parent how many children it has; dbeng.disable_counter_cache() ends it, dbeng.repair_counter_cache() counts anew. The counts:',
		'SELECT * FROM dbeng.counter_caches;')),
asked (topic, answer, run, place, hit) AS (
	SELECT topic, answer, run, place, question ~* pattern OR lower(btrim(question)) = topic FROM topics)
SELECT topic, answer, run FROM asked
 WHERE hit OR NOT EXISTS (SELECT FROM asked WHERE hit)
 ORDER BY place
$help$;
COMMENT ON FUNCTION dbeng.help(text) IS 'which call answers a question; without one, every topic';
