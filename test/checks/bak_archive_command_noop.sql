-- setting: archive_mode = on

-- firing
-- setting: archive_command = ' /bin/true '
-- expect: archive_command | ^archive_command is " */bin/true *": WAL counts as archived and is thrown away

-- firing: empty
-- setting: archive_command = ''
-- expect: archive_command | ^archive_mode is on, but archive_command is empty

-- silent
-- setting: archive_command = 'test ! -f /nowhere/%f && true'

-- silent: nothing is archived and nothing says so
-- setting: archive_mode = off
-- setting: archive_command = 'true'
