-- standby

-- firing
-- setting: archive_mode = off
-- expect: standbys | ^1 standby follows this server

-- silent: archived
-- setting: archive_mode = on
-- setting: archive_command = 'test ! -f /nowhere/%f'
