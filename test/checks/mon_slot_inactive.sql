-- firing
-- threshold: {"bytes": 1000}
SELECT pg_create_physical_replication_slot('fx_slot', true);
SELECT pg_create_physical_replication_slot('fx_new');
CREATE TABLE t AS SELECT generate_series(1, 1000) AS a;
-- expect: fx_slot | ^nobody reads this physical slot, yet it keeps [0-9]+ [kM]B of WAL, and more until the disk is full

-- firing: close to the limit
-- setting: max_slot_wal_keep_size = '1MB'
-- threshold: {"bytes": 1e12, "keep_percent": 1}
SELECT pg_create_physical_replication_slot('fx_slot', true);
CREATE TABLE t AS SELECT generate_series(1, 1000) AS a;
-- expect: fx_slot | of at most 1024 kB

-- silent
SELECT pg_create_physical_replication_slot('fx_slot', true);
CREATE TABLE t AS SELECT generate_series(1, 1000) AS a;
