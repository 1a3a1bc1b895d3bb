-- firing
-- setting: track_counts = off
-- expect: track_counts | autovacuum cannot see

-- silent
-- setting: track_counts = on
