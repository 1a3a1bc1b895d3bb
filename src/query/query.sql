-- The workload of pg_stat_statements. The function behind the view asks for the privileges of pg_monitor.

CREATE OR REPLACE FUNCTION dbeng._top_queries()
RETURNS TABLE (queryid bigint, calls bigint, total_ms double precision, mean_ms double precision, share_pct numeric,
	rows_per_call numeric, hit_pct numeric, temp_bytes bigint, wal_bytes bigint, problems text[], query text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 1000
AS 'MODULE_PATHNAME', 'dbeng_top_queries';
COMMENT ON FUNCTION dbeng._top_queries() IS 'behind dbeng.top_queries';

CREATE OR REPLACE VIEW dbeng.top_queries AS
SELECT queryid, calls, total_ms, mean_ms, share_pct, rows_per_call, hit_pct, temp_bytes, wal_bytes, problems, query
  FROM dbeng._top_queries();
COMMENT ON VIEW dbeng.top_queries IS 'the statements of this database in pg_stat_statements, those that took the most time first';
COMMENT ON COLUMN dbeng.top_queries.queryid IS 'the identifier of pg_stat_statements';
COMMENT ON COLUMN dbeng.top_queries.calls IS 'how often it ran, whoever called it and at whatever level';
COMMENT ON COLUMN dbeng.top_queries.total_ms IS 'all its time';
COMMENT ON COLUMN dbeng.top_queries.mean_ms IS 'time of a call';
COMMENT ON COLUMN dbeng.top_queries.share_pct IS 'of the time of all statements of this database; what a function runs is in the function''s time, too';
COMMENT ON COLUMN dbeng.top_queries.rows_per_call IS 'rows returned or changed';
COMMENT ON COLUMN dbeng.top_queries.hit_pct IS 'blocks found in shared buffers; NULL when it reads none';
COMMENT ON COLUMN dbeng.top_queries.temp_bytes IS 'written to temporary files, in all';
COMMENT ON COLUMN dbeng.top_queries.wal_bytes IS 'WAL written, in all';
COMMENT ON COLUMN dbeng.top_queries.problems IS 'what its figures say: slow, many blocks a row, n+1, temporary files, low hit ratio, varying time, planning, jit; mostly empty';
COMMENT ON COLUMN dbeng.top_queries.query IS 'its text as pg_stat_statements shows it to the caller';
GRANT SELECT ON dbeng.top_queries TO PUBLIC;
