-- What the server is doing now. Views are over functions that ask for the privileges of pg_monitor themselves, hence everybody may try.

CREATE OR REPLACE FUNCTION dbeng._table_sizes()
RETURNS TABLE (relation regclass, rows bigint, total_bytes bigint, table_bytes bigint, index_bytes bigint, toast_bytes bigint,
	total_size text, partitions bigint, share_pct numeric)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_table_sizes';
COMMENT ON FUNCTION dbeng._table_sizes() IS 'behind dbeng.table_sizes';

CREATE OR REPLACE VIEW dbeng.table_sizes AS
SELECT relation, rows, total_bytes, table_bytes, index_bytes, toast_bytes, total_size, partitions, share_pct
  FROM dbeng._table_sizes();
COMMENT ON VIEW dbeng.table_sizes IS 'this database''s tables and materialized views by size, partitions summed; no table is opened, only files written to since the last VACUUM or ANALYZE are looked at';
COMMENT ON COLUMN dbeng.table_sizes.relation IS 'the table; a partitioned one stands for its partitions';
COMMENT ON COLUMN dbeng.table_sizes.rows IS 'about how many rows; NULL when neither ANALYZE nor the statistics ever saw any';
COMMENT ON COLUMN dbeng.table_sizes.total_bytes IS 'table, indexes and TOAST';
COMMENT ON COLUMN dbeng.table_sizes.table_bytes IS 'the rows with their free space and visibility maps';
COMMENT ON COLUMN dbeng.table_sizes.index_bytes IS 'all indexes';
COMMENT ON COLUMN dbeng.table_sizes.toast_bytes IS 'long values stored apart, with their index';
COMMENT ON COLUMN dbeng.table_sizes.total_size IS 'total_bytes to read';
COMMENT ON COLUMN dbeng.table_sizes.partitions IS 'how many partitions, on all levels; NULL for a plain table';
COMMENT ON COLUMN dbeng.table_sizes.share_pct IS 'of the sum of this view';
GRANT SELECT ON dbeng.table_sizes TO PUBLIC;
