-- firing
-- setting: wal_level = minimal
-- setting: max_wal_senders = 0
-- setting: archive_mode = off
-- expect: wal_level | ^wal_level is minimal

-- silent
-- setting: wal_level = replica
