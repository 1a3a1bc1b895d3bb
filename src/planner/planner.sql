-- What the server's planner is asked with.

CREATE OR REPLACE FUNCTION dbeng._sampled_constants()
RETURNS TABLE (queryid bigint, role regrole, example text, parameters text[], seen_at timestamptz)
LANGUAGE c VOLATILE PARALLEL SAFE COST 1000 ROWS 1000
AS 'MODULE_PATHNAME', 'dbeng_sampled_constants';
COMMENT ON FUNCTION dbeng._sampled_constants() IS 'behind dbeng.sampled_constants';

CREATE OR REPLACE VIEW dbeng.sampled_constants AS
SELECT queryid, role, example, parameters, seen_at
  FROM dbeng._sampled_constants();
COMMENT ON VIEW dbeng.sampled_constants IS 'one example of the constants of each statement of this database, as dbeng.sample_constants keeps them: one''s own, and with pg_read_all_stats everybody''s';
COMMENT ON COLUMN dbeng.sampled_constants.queryid IS 'the statement''s number in pg_stat_statements';
COMMENT ON COLUMN dbeng.sampled_constants.role IS 'who executed it';
COMMENT ON COLUMN dbeng.sampled_constants.example IS 'the statement as it was sent, with its constants';
COMMENT ON COLUMN dbeng.sampled_constants.parameters IS 'the values of $1, $2 … as text; NULL for NULL, and for a value that is not kept: longer than 1024 bytes, or of a composite type or one of another extension''s';
COMMENT ON COLUMN dbeng.sampled_constants.seen_at IS 'when it was executed like that';
GRANT SELECT ON dbeng.sampled_constants TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng.estimate_index(definition text)
RETURNS TABLE (method text, estimated_bytes bigint, tree_height int, rows bigint)
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 1
AS 'MODULE_PATHNAME', 'dbeng_estimate_index';
COMMENT ON FUNCTION dbeng.estimate_index(text) IS 'how large a CREATE INDEX would be, without building it: SELECT * FROM dbeng.estimate_index(''CREATE INDEX ON a_table (a_column)'')';
