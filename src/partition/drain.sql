-- Rows out of a default partition, by hand; the worker does the same where dbeng.partition_table() left something to be done.
CREATE OR REPLACE PROCEDURE dbeng.drain_default(parent regclass, batch_rows int DEFAULT 10000)
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_drain_default';
COMMENT ON PROCEDURE dbeng.drain_default(regclass, int) IS 'moves rows of the default partition into partitions of their own, made where there are none, while everybody goes on';
