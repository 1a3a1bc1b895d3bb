-- Maintenance by hand; the worker does the same by itself, every dbeng.partition_interval.

CREATE OR REPLACE PROCEDURE dbeng.maintain_partitions(parent regclass DEFAULT NULL, patience interval DEFAULT '1 minute')
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_maintain_partitions';
COMMENT ON PROCEDURE dbeng.maintain_partitions(regclass, interval) IS 'does now what is due of a set of partitions, or of all that the caller owns, in short transactions that nobody has to wait for; what cannot be done is a warning, and in dbeng.partition_sets. patience: how long to go on trying while others are in the way';
