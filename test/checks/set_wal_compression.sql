-- firing
-- setting: wal_compression = off
-- setting: full_page_writes = on
-- threshold: {"percent": 0.0001, "bytes": 1}
CHECKPOINT;
CREATE TABLE t AS SELECT generate_series(1, 1000) AS a;
CREATE INDEX ON t (a);
CHECKPOINT;
DELETE FROM t WHERE a % 2 = 0;
SELECT pg_stat_force_next_flush();
-- expect: wal_compression | ^up to [0-9]+ % of [0-9]+ [kM]B of WAL are images of whole pages

-- silent: compressed
-- setting: wal_compression = on
-- threshold: {"percent": 0, "bytes": 1}

-- silent: little WAL
-- setting: wal_compression = off
