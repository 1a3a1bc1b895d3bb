-- firing
-- setting: fsync = off
-- expect: fsync | fsync is off

-- silent
-- setting: fsync = on
