-- fix: partial the counters start anew with a reset only
-- threshold: {"percent": 30, "checkpoints": 2, "wal_share": 0.000001}

-- firing
-- setting: max_wal_size = '64MB'
CREATE TABLE t AS SELECT generate_series(1, 1000) AS a;
CHECKPOINT;
INSERT INTO t SELECT generate_series(1, 1000);
CHECKPOINT;
INSERT INTO t SELECT generate_series(1, 1000);
CHECKPOINT;
SELECT pg_sleep(0.3);
-- expect: max_wal_size | checkpoints \([0-9]+ %\) came before checkpoint_timeout \(5 minutes\) was over.*max_wal_size is 64 MB

-- silent: too few to tell
-- threshold: {"checkpoints": 1000000}

-- silent: asked for by commands, not by the volume of WAL
-- threshold: {"percent": 30, "checkpoints": 2, "wal_share": 0.9}
CHECKPOINT;
CHECKPOINT;
CHECKPOINT;
