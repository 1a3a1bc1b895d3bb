-- firing
-- setting: max_slot_wal_keep_size = '1MB'
SELECT pg_create_physical_replication_slot('fx_slot', true);
CREATE TABLE t (a int);
INSERT INTO t VALUES (1);
SELECT pg_switch_wal();
INSERT INTO t VALUES (1);
SELECT pg_switch_wal();
INSERT INTO t VALUES (1);
SELECT pg_switch_wal();
INSERT INTO t VALUES (1);
CHECKPOINT;
-- expect: fx_slot | ^the slot is lost.*its standby must be built anew

-- silent
SELECT pg_create_physical_replication_slot('fx_slot', true);
