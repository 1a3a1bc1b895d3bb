-- setting: archive_mode = on

-- firing
-- setting: archive_command = 'exit 3'
SELECT pg_stat_reset_shared('archiver');
CREATE TABLE t (a int);
SELECT pg_switch_wal();
SELECT pg_sleep(2);
-- expect: archive_command | ^archiving fails, last .* ago with [0-9A-F]{24}; it never succeeded

-- silent
-- setting: archive_command = 'true'
SELECT pg_stat_reset_shared('archiver');
CREATE TABLE t (a int);
SELECT pg_switch_wal(), pg_sleep(1);

-- silent: not relied on
-- setting: archive_mode = off
