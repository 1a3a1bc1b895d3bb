-- firing
-- setting: max_wal_size = '2147483647MB'
-- expect: max_wal_size | ^WAL may grow to .* between checkpoints; its disk has .* free

-- silent
-- setting: max_wal_size = '64MB'
