-- Looking at sets of partitions. Who neither owns a set nor may read it, and is no member of pg_monitor, does not see it.

CREATE OR REPLACE FUNCTION dbeng._partition_sets()
RETURNS TABLE (parent regclass, control name, step text, premake int, retention text, partitions int, newest_upper text, ahead interval,
	default_rows bigint, last_run timestamptz, last_error text, on_expiry text, time_zone text, encoding text, with_default boolean,
	default_partition regclass, draining boolean, enabled boolean, ahead_wanted interval, archive_schema name, next_due timestamptz,
	failures int, owner regrole)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_partition_sets';
COMMENT ON FUNCTION dbeng._partition_sets() IS 'behind dbeng.partition_sets';

CREATE OR REPLACE VIEW dbeng.partition_sets AS
SELECT parent, control, step, premake, retention, partitions, newest_upper, ahead, default_rows, last_run, last_error, on_expiry, time_zone, encoding,
	with_default, default_partition, draining, enabled, ahead_wanted, archive_schema, next_due, failures, owner
  FROM dbeng._partition_sets();
COMMENT ON VIEW dbeng.partition_sets IS 'the sets of dbeng.manage_partitions(), and how they stand';
COMMENT ON COLUMN dbeng.partition_sets.parent IS 'the partitioned table';
COMMENT ON COLUMN dbeng.partition_sets.control IS 'the column that divides it';
COMMENT ON COLUMN dbeng.partition_sets.step IS 'how long a partition is';
COMMENT ON COLUMN dbeng.partition_sets.premake IS 'how many partitions are made ahead of the present one';
COMMENT ON COLUMN dbeng.partition_sets.retention IS 'how long partitions are kept; NULL: for ever';
COMMENT ON COLUMN dbeng.partition_sets.partitions IS 'how many there are, without the default partition; NULL: the table is locked';
COMMENT ON COLUMN dbeng.partition_sets.newest_upper IS 'up to where the last one reaches';
COMMENT ON COLUMN dbeng.partition_sets.ahead IS 'how long, from now on, every row has a partition; NULL: for ever, or the key is a number';
COMMENT ON COLUMN dbeng.partition_sets.default_rows IS 'about how many rows are in the default partition; NULL: there is none, or it was never counted';
COMMENT ON COLUMN dbeng.partition_sets.last_run IS 'when maintenance last looked at it';
COMMENT ON COLUMN dbeng.partition_sets.last_error IS 'what it could not do then, and why; for the owner and pg_monitor';
COMMENT ON COLUMN dbeng.partition_sets.on_expiry IS 'what becomes of partitions past retention: detach, move, drop';
COMMENT ON COLUMN dbeng.partition_sets.time_zone IS 'whose days and months are meant; NULL: the key is a number';
COMMENT ON COLUMN dbeng.partition_sets.encoding IS 'what the key holds';
COMMENT ON COLUMN dbeng.partition_sets.with_default IS 'is there to be a default partition';
COMMENT ON COLUMN dbeng.partition_sets.default_partition IS 'the default partition; NULL: there is none';
COMMENT ON COLUMN dbeng.partition_sets.draining IS 'are all rows of the default partition being moved into partitions of their own';
COMMENT ON COLUMN dbeng.partition_sets.enabled IS 'is it looked after';
COMMENT ON COLUMN dbeng.partition_sets.ahead_wanted IS 'how far ahead there are to be partitions at least; NULL: premake says it';
COMMENT ON COLUMN dbeng.partition_sets.archive_schema IS 'where partitions past retention are moved to';
COMMENT ON COLUMN dbeng.partition_sets.next_due IS 'when maintenance is to look at it next; NULL: at its next run';
COMMENT ON COLUMN dbeng.partition_sets.failures IS 'runs with an error since one without';
COMMENT ON COLUMN dbeng.partition_sets.owner IS 'as whom maintenance acts';
GRANT SELECT ON dbeng.partition_sets TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._partitions()
RETURNS TABLE (parent regclass, partition regclass, lower text, upper text, rows bigint, total_bytes bigint, is_default boolean, expired boolean, pending boolean)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_partitions';
COMMENT ON FUNCTION dbeng._partitions() IS 'behind dbeng.partitions';

CREATE OR REPLACE VIEW dbeng.partitions AS
SELECT parent, partition, lower, upper, rows, total_bytes, is_default, expired, pending
  FROM dbeng._partitions();
COMMENT ON VIEW dbeng.partitions IS 'the partitions of the sets of dbeng.manage_partitions()';
COMMENT ON COLUMN dbeng.partitions.parent IS 'the partitioned table';
COMMENT ON COLUMN dbeng.partitions.partition IS 'the partition';
COMMENT ON COLUMN dbeng.partitions.lower IS 'where it begins, times in the set''s time zone; NULL: at the least, or the default partition';
COMMENT ON COLUMN dbeng.partitions.upper IS 'where it ends; NULL: at the greatest, or the default partition';
COMMENT ON COLUMN dbeng.partitions.rows IS 'about how many rows it has; NULL: never counted';
COMMENT ON COLUMN dbeng.partitions.total_bytes IS 'its bytes, with indexes and TOAST; NULL: somebody has locked it';
COMMENT ON COLUMN dbeng.partitions.is_default IS 'does it take what no other one does';
COMMENT ON COLUMN dbeng.partitions.expired IS 'is all of it past retention';
COMMENT ON COLUMN dbeng.partitions.pending IS 'is it half detached';
GRANT SELECT ON dbeng.partitions TO PUBLIC;
