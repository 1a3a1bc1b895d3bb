-- setting: archive_mode = on

-- firing
-- setting: archive_command = ''
-- threshold: {"files": 1}
CREATE TABLE t (a int);
SELECT pg_switch_wal();
INSERT INTO t VALUES (1);
SELECT pg_switch_wal();
-- expect: pg_wal | ^[0-9]+ WAL files \([0-9]+ MB\) wait to be archived, the oldest for

-- silent
-- setting: archive_command = ''
CREATE TABLE t (a int);
SELECT pg_switch_wal();

-- silent: not archived at all
-- setting: archive_mode = off
-- threshold: {"files": 0}
