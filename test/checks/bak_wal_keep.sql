-- standby

-- firing
-- setting: archive_mode = off
-- setting: wal_keep_size = 0
-- expect: wal_keep_size | ^1 standby without a replication slot, no wal_keep_size and no archive

-- silent
-- setting: wal_keep_size = '64MB'
