-- firing
-- setting: archive_mode = off
-- expect: archive_mode | ^WAL is not archived

-- silent
-- setting: archive_mode = on
-- setting: archive_command = 'true'
