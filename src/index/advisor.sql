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
