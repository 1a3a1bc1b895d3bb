CREATE OR REPLACE FUNCTION dbeng._advisor_skipped()
RETURNS TABLE (queryid bigint, "user" name, calls bigint, total_ms double precision, reason text, query text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_advisor_skipped';
COMMENT ON FUNCTION dbeng._advisor_skipped() IS 'behind dbeng.advisor_skipped';

CREATE OR REPLACE VIEW dbeng.advisor_skipped AS
SELECT queryid, "user", calls, total_ms, reason, query FROM dbeng._advisor_skipped();
COMMENT ON VIEW dbeng.advisor_skipped IS 'statements of the application that advice on indexes leaves out because they cannot be planned, the most expensive first';
COMMENT ON COLUMN dbeng.advisor_skipped.queryid IS 'the statement, as in pg_stat_statements';
COMMENT ON COLUMN dbeng.advisor_skipped."user" IS 'whose statement it is; of several users, the one who spent the most time in it';
COMMENT ON COLUMN dbeng.advisor_skipped.calls IS 'how often it was executed';
COMMENT ON COLUMN dbeng.advisor_skipped.total_ms IS 'how long all its executions took, in milliseconds';
COMMENT ON COLUMN dbeng.advisor_skipped.reason IS 'why it cannot be planned';
COMMENT ON COLUMN dbeng.advisor_skipped.query IS 'its text, with constants replaced by parameters';
GRANT SELECT ON dbeng.advisor_skipped TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng.advise_indexes(min_improvement_pct numeric DEFAULT 10, max_indexes int DEFAULT 20, max_bytes bigint DEFAULT NULL, since interval DEFAULT NULL)
RETURNS TABLE (rank int, relation regclass, method text, columns text, estimated_bytes bigint, cost_before double precision,
	cost_after double precision, improvement_pct numeric, statements bigint, queryids bigint[], write_cost_pct numeric, rationale text, fix text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 20
AS 'MODULE_PATHNAME', 'dbeng_advise_indexes';
COMMENT ON FUNCTION dbeng.advise_indexes(numeric, int, bigint, interval) IS 'which new indexes would serve the workload that pg_stat_statements holds of this database best, the most useful first; each statement is planned with them imagined, nothing is built or executed';

CREATE OR REPLACE FUNCTION dbeng.advise_index(query text, min_improvement_pct numeric DEFAULT 10)
RETURNS TABLE (rank int, relation regclass, method text, columns text, estimated_bytes bigint, cost_before double precision,
	cost_after double precision, improvement_pct numeric, statements bigint, queryids bigint[], write_cost_pct numeric, rationale text, fix text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1
AS 'MODULE_PATHNAME', 'dbeng_advise_index';
COMMENT ON FUNCTION dbeng.advise_index(text, numeric) IS 'which new indexes would serve one statement, which is planned, never executed: SELECT * FROM dbeng.advise_index($$SELECT …$$)';

CREATE OR REPLACE FUNCTION dbeng.advise_drops()
RETURNS TABLE (index regclass, index_bytes bigint, statements_worse bigint, worst_pct numeric, fix text, undo text, reason text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 20
AS 'MODULE_PATHNAME', 'dbeng_advise_drops';
COMMENT ON FUNCTION dbeng.advise_drops() IS 'which indexes the workload would hardly miss: each is thought away and the statements that use it are planned again';

CREATE OR REPLACE FUNCTION dbeng._advisor_progress()
RETURNS TABLE (pid int, database name, phase text, done bigint, total bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1
AS 'MODULE_PATHNAME', 'dbeng_advisor_progress';
COMMENT ON FUNCTION dbeng._advisor_progress() IS 'behind dbeng.advisor_progress';

CREATE OR REPLACE VIEW dbeng.advisor_progress AS
SELECT pid, database, phase, done, total FROM dbeng._advisor_progress();
COMMENT ON VIEW dbeng.advisor_progress IS 'sessions that are working out advice on indexes, and how far they have come';
COMMENT ON COLUMN dbeng.advisor_progress.pid IS 'the session''s process';
COMMENT ON COLUMN dbeng.advisor_progress.database IS 'the database whose workload it is';
COMMENT ON COLUMN dbeng.advisor_progress.phase IS 'what it does: reading the catalogs and the workload, planning statements with candidates, choosing among candidates';
COMMENT ON COLUMN dbeng.advisor_progress.done IS 'statements planned, or candidates looked at, in this phase';
COMMENT ON COLUMN dbeng.advisor_progress.total IS 'of how many; 0: not known';
GRANT SELECT ON dbeng.advisor_progress TO PUBLIC;
