-- setting: archive_mode = on
-- setting: archive_command = 'sleep 4'

-- firing
-- threshold: {"minutes": 0}
CREATE TABLE t (a int);
SELECT pg_switch_wal(), pg_sleep(4.5);
INSERT INTO t VALUES (1);
SELECT pg_switch_wal();
INSERT INTO t VALUES (1);
SELECT pg_switch_wal();
INSERT INTO t VALUES (1);
-- expect: archive_command | ^nothing was archived for .*, while [0-9]+ complete WAL files? \([0-9]+ MB\) wait; archive_timeout is 0

-- silent: not for long
CREATE TABLE t (a int);
SELECT pg_switch_wal();
INSERT INTO t VALUES (1);
SELECT pg_switch_wal();
