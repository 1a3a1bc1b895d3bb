-- What the server's planner is asked about.

CREATE OR REPLACE FUNCTION dbeng.estimate_index(definition text)
RETURNS TABLE (method text, estimated_bytes bigint, tree_height int, rows bigint)
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 1
AS 'MODULE_PATHNAME', 'dbeng_estimate_index';
COMMENT ON FUNCTION dbeng.estimate_index(text) IS 'how large a CREATE INDEX would be, without building it: SELECT * FROM dbeng.estimate_index(''CREATE INDEX ON a_table (a_column)'')';
