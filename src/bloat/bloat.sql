-- What of tables and indexes is bloat. The functions behind the views ask for the privileges of pg_monitor.

CREATE OR REPLACE FUNCTION dbeng._table_bloat()
RETURNS TABLE (relation regclass, table_bytes bigint, bloat_bytes bigint, bloat_pct numeric, free_bytes bigint, dead_bytes bigint,
	method text, confidence text, fix text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_table_bloat';
COMMENT ON FUNCTION dbeng._table_bloat() IS 'behind dbeng.table_bloat';

CREATE OR REPLACE VIEW dbeng.table_bloat AS
SELECT relation, table_bytes, bloat_bytes, bloat_pct, free_bytes, dead_bytes, method, confidence, fix
  FROM dbeng._table_bloat();
COMMENT ON VIEW dbeng.table_bloat IS 'what a rewrite of each table, partition, materialized view and TOAST table would give back, the most first; estimated without reading any of them';
COMMENT ON COLUMN dbeng.table_bloat.relation IS 'the table; a partition and a TOAST table stand for themselves';
COMMENT ON COLUMN dbeng.table_bloat.table_bytes IS 'its size now, without maps, TOAST table and indexes';
COMMENT ON COLUMN dbeng.table_bloat.bloat_bytes IS 'what VACUUM FULL would give back, at the fillfactor it has; NULL where nobody knows';
COMMENT ON COLUMN dbeng.table_bloat.bloat_pct IS 'the share of that in table_bytes';
COMMENT ON COLUMN dbeng.table_bloat.free_bytes IS 'free space in its pages, whatever a rewrite would do';
COMMENT ON COLUMN dbeng.table_bloat.dead_bytes IS 'what dead rows take, as the counters have them';
COMMENT ON COLUMN dbeng.table_bloat.method IS 'maps: from the free space map and the visibility map that VACUUM left; statistics: from the layout of its rows and their number; NULL: nothing is known';
COMMENT ON COLUMN dbeng.table_bloat.confidence IS 'high: the maps describe all but a few of its pages as they are; medium: from statistics of ANALYZE, or the table was written to since VACUUM; low: much has changed since, or two sources contradict each other; none: no figures';
COMMENT ON COLUMN dbeng.table_bloat.fix IS 'gives it back, where that is worth it; a comment names the lock, or who needs the dead rows still';
GRANT SELECT ON dbeng.table_bloat TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._index_bloat()
RETURNS TABLE (relation regclass, index regclass, index_bytes bigint, bloat_bytes bigint, bloat_pct numeric, method text,
	confidence text, fix text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 300
AS 'MODULE_PATHNAME', 'dbeng_index_bloat';
COMMENT ON FUNCTION dbeng._index_bloat() IS 'behind dbeng.index_bloat';

CREATE OR REPLACE VIEW dbeng.index_bloat AS
SELECT relation, index, index_bytes, bloat_bytes, bloat_pct, method, confidence, fix
  FROM dbeng._index_bloat();
COMMENT ON VIEW dbeng.index_bloat IS 'what REINDEX would give back of each btree, hash and BRIN index, the most first; estimated without reading any of them';
COMMENT ON COLUMN dbeng.index_bloat.relation IS 'its table';
COMMENT ON COLUMN dbeng.index_bloat.index IS 'the index; of a partitioned one each part stands for itself';
COMMENT ON COLUMN dbeng.index_bloat.index_bytes IS 'its size now';
COMMENT ON COLUMN dbeng.index_bloat.bloat_bytes IS 'what REINDEX would give back; less than a tenth of the index counts as nothing; NULL where statistics do not tell: other methods, expressions, columns that were never analysed';
COMMENT ON COLUMN dbeng.index_bloat.bloat_pct IS 'the share of that in index_bytes';
COMMENT ON COLUMN dbeng.index_bloat.method IS 'statistics: beside the size it would be built with; maps: at least the pages that VACUUM found empty; NULL: nothing is known';
COMMENT ON COLUMN dbeng.index_bloat.confidence IS 'high: all rows of the table are in it and take the same; medium: from fresh statistics of ANALYZE; low: much has changed since; none: no figures';
COMMENT ON COLUMN dbeng.index_bloat.fix IS 'builds it anew, where that is worth it';
GRANT SELECT ON dbeng.index_bloat TO PUBLIC;
