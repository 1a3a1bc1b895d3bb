-- What the server is doing now. What looks asks for the privileges of pg_monitor itself, hence everybody may try.

CREATE OR REPLACE FUNCTION dbeng.metrics()
RETURNS TABLE (metric text, value numeric, unit text, status text, warning numeric, critical numeric, detail text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 23
AS 'MODULE_PATHNAME', 'dbeng_metrics';
COMMENT ON FUNCTION dbeng.metrics() IS 'the numbers to watch, each with its unit, its limits, ok, warning, critical or unknown, and what is behind it';

CREATE OR REPLACE FUNCTION dbeng._connections()
RETURNS TABLE (state text, connections bigint, max_connections int, used_pct numeric, oldest interval, oldest_pid int, available bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000 ROWS 6
AS 'MODULE_PATHNAME', 'dbeng_connections';
COMMENT ON FUNCTION dbeng._connections() IS 'behind dbeng.connections';

CREATE OR REPLACE VIEW dbeng.connections AS
SELECT state, connections, max_connections, used_pct, oldest, oldest_pid, available
  FROM dbeng._connections();
COMMENT ON VIEW dbeng.connections IS 'clients'' connections by state, and their total as the last row; background processes and standbys do not count against max_connections and are left out';
COMMENT ON COLUMN dbeng.connections.state IS 'as in pg_stat_activity; total: all of them';
COMMENT ON COLUMN dbeng.connections.connections IS 'how many';
COMMENT ON COLUMN dbeng.connections.max_connections IS 'the setting';
COMMENT ON COLUMN dbeng.connections.used_pct IS 'of those ordinary users may have: the metric connections_used';
COMMENT ON COLUMN dbeng.connections.oldest IS 'the longest in that state; total: without a change of state';
COMMENT ON COLUMN dbeng.connections.oldest_pid IS 'whose that is';
COMMENT ON COLUMN dbeng.connections.available IS 'connections ordinary users may have: max_connections without the reserved ones';
GRANT SELECT ON dbeng.connections TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._blocking()
RETURNS TABLE (root_pid int, depth int, pid int, blocked_by int[], waiting interval, lock_type text, lock_mode text, relation regclass,
	user_name text, application_name text, state text, query text, tree text, lock_object text, blocks bigint, database text,
	transaction_age interval, backend_type text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_blocking';
COMMENT ON FUNCTION dbeng._blocking() IS 'behind dbeng.blocking';

CREATE OR REPLACE VIEW dbeng.blocking AS
SELECT root_pid, depth, pid, blocked_by, waiting, lock_type, lock_mode, relation, user_name, application_name, state, query, tree,
	lock_object, blocks, database, transaction_age, backend_type
  FROM dbeng._blocking();
COMMENT ON VIEW dbeng.blocking IS 'who waits for whose lock, as trees, the largest first: SELECT tree FROM dbeng.blocking';
COMMENT ON COLUMN dbeng.blocking.root_pid IS 'who is at the root of this tree and waits for nobody; 0 a prepared transaction';
COMMENT ON COLUMN dbeng.blocking.depth IS '0 a root, 1 who waits for it, and so on';
COMMENT ON COLUMN dbeng.blocking.pid IS 'the session of this line; 0 a prepared transaction';
COMMENT ON COLUMN dbeng.blocking.blocked_by IS 'all it waits for, also those that are only before it in the queue; 0 a prepared transaction';
COMMENT ON COLUMN dbeng.blocking.waiting IS 'for how long; NULL for a root';
COMMENT ON COLUMN dbeng.blocking.lock_type IS 'what kind of lock it waits for, as in pg_locks';
COMMENT ON COLUMN dbeng.blocking.lock_mode IS 'in which mode';
COMMENT ON COLUMN dbeng.blocking.relation IS 'on which table or index, if of this database; when it waits for a transaction, the table whose row it wants, if it can be known';
COMMENT ON COLUMN dbeng.blocking.user_name IS 'whose session or prepared transaction it is';
COMMENT ON COLUMN dbeng.blocking.application_name IS 'its program';
COMMENT ON COLUMN dbeng.blocking.state IS 'as in pg_stat_activity; prepared for a prepared transaction';
COMMENT ON COLUMN dbeng.blocking.query IS 'its current, or last, statement';
COMMENT ON COLUMN dbeng.blocking.tree IS 'the line drawn, indented below whom it waits for';
COMMENT ON COLUMN dbeng.blocking.lock_object IS 'what it waits for, in words';
COMMENT ON COLUMN dbeng.blocking.blocks IS 'how many wait behind it, directly or not';
COMMENT ON COLUMN dbeng.blocking.database IS 'the database it is in';
COMMENT ON COLUMN dbeng.blocking.transaction_age IS 'how long its transaction is open';
COMMENT ON COLUMN dbeng.blocking.backend_type IS 'client backend, autovacuum worker …';
GRANT SELECT ON dbeng.blocking TO PUBLIC;

CREATE OR REPLACE VIEW dbeng.long_running AS
SELECT a.pid, clock_timestamp() - least(a.xact_start, CASE a.state WHEN 'active' THEN a.query_start END) AS duration, a.state,
	a.wait_event, greatest(age(a.backend_xmin), age(a.backend_xid)) AS xmin_age, a.usename::text AS user_name, a.query,
	a.wait_event_type, a.application_name, a.datname::text AS database, a.client_addr, a.backend_type, a.leader_pid,
	clock_timestamp() - a.xact_start AS transaction_age, clock_timestamp() - a.query_start AS statement_age
  FROM pg_catalog.pg_stat_activity a
 WHERE dbeng._may_look('dbeng.long_running') AND (a.xact_start IS NOT NULL OR a.state = 'active')
 ORDER BY duration DESC NULLS LAST, a.pid;
COMMENT ON VIEW dbeng.long_running IS 'sessions with an open transaction or a running statement, the longest first, one''s own among them; backend_type tells autovacuum and standbys apart';
COMMENT ON COLUMN dbeng.long_running.pid IS 'the session''s process';
COMMENT ON COLUMN dbeng.long_running.duration IS 'since its transaction began, or its statement, if that is longer ago';
COMMENT ON COLUMN dbeng.long_running.state IS 'as in pg_stat_activity';
COMMENT ON COLUMN dbeng.long_running.wait_event IS 'what it waits for, as in pg_stat_activity';
COMMENT ON COLUMN dbeng.long_running.xmin_age IS 'transactions begun since: what they delete VACUUM cannot remove; NULL when it holds nothing back';
COMMENT ON COLUMN dbeng.long_running.user_name IS 'its role';
COMMENT ON COLUMN dbeng.long_running.query IS 'its current, or last, statement';
COMMENT ON COLUMN dbeng.long_running.wait_event_type IS 'the kind of wait_event';
COMMENT ON COLUMN dbeng.long_running.application_name IS 'its program';
COMMENT ON COLUMN dbeng.long_running.database IS 'the database it is in';
COMMENT ON COLUMN dbeng.long_running.client_addr IS 'where it comes from; NULL for a socket';
COMMENT ON COLUMN dbeng.long_running.backend_type IS 'client backend, autovacuum worker, walsender …';
COMMENT ON COLUMN dbeng.long_running.leader_pid IS 'of a parallel worker: whose';
COMMENT ON COLUMN dbeng.long_running.transaction_age IS 'how long its transaction is open';
COMMENT ON COLUMN dbeng.long_running.statement_age IS 'since its current, or last, statement began';
GRANT SELECT ON dbeng.long_running TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng.stop_long_running(older_than interval DEFAULT '5 minutes', how text DEFAULT 'cancel', dry_run boolean DEFAULT true)
RETURNS TABLE (pid int, user_name text, state text, duration interval, action text, outcome text, query text, application_name text,
	database text, backend_type text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_stop_long_running';
COMMENT ON FUNCTION dbeng.stop_long_running(interval, text, boolean) IS 'cancels the statement of (''cancel''), or ends (''terminate''), each client''s session in dbeng.long_running beyond that age; shows only what it would do unless dry_run => false';

CREATE OR REPLACE FUNCTION dbeng._table_sizes()
RETURNS TABLE (relation regclass, rows bigint, total_bytes bigint, table_bytes bigint, index_bytes bigint, toast_bytes bigint,
	total_size text, partitions bigint, share_pct numeric)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_table_sizes';
COMMENT ON FUNCTION dbeng._table_sizes() IS 'behind dbeng.table_sizes';

CREATE OR REPLACE VIEW dbeng.table_sizes AS
SELECT relation, rows, total_bytes, table_bytes, index_bytes, toast_bytes, total_size, partitions, share_pct
  FROM dbeng._table_sizes();
COMMENT ON VIEW dbeng.table_sizes IS 'this database''s tables and materialized views, the largest first, partitions summed; no table is opened or locked, only files written to since VACUUM or ANALYZE are looked at';
COMMENT ON COLUMN dbeng.table_sizes.relation IS 'the table; a partitioned one stands for its partitions';
COMMENT ON COLUMN dbeng.table_sizes.rows IS 'about how many rows; NULL when neither ANALYZE nor the statistics ever saw any';
COMMENT ON COLUMN dbeng.table_sizes.total_bytes IS 'table, indexes and TOAST';
COMMENT ON COLUMN dbeng.table_sizes.table_bytes IS 'the rows, with their free space and visibility maps';
COMMENT ON COLUMN dbeng.table_sizes.index_bytes IS 'all indexes';
COMMENT ON COLUMN dbeng.table_sizes.toast_bytes IS 'long values stored apart, with their index';
COMMENT ON COLUMN dbeng.table_sizes.total_size IS 'total_bytes to read';
COMMENT ON COLUMN dbeng.table_sizes.partitions IS 'how many partitions, on all levels; NULL for a plain table';
COMMENT ON COLUMN dbeng.table_sizes.share_pct IS 'of the sum of this view';
GRANT SELECT ON dbeng.table_sizes TO PUBLIC;

-- Whoever may see pg_class may count so; a query is planned as its caller, whose privileges are checked.
CREATE OR REPLACE FUNCTION dbeng.approximate_count(relation regclass) RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_approximate_count_relation';
COMMENT ON FUNCTION dbeng.approximate_count(regclass) IS 'about how many rows a table, its partitions, a view or a foreign table has; nothing is counted or read';

CREATE OR REPLACE FUNCTION dbeng.approximate_count(query text) RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_approximate_count_query';
COMMENT ON FUNCTION dbeng.approximate_count(text) IS 'about how many rows the planner expects of a query, which is not executed; a table''s name will do, too';
