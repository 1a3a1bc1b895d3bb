-- firing
-- setting: track_io_timing = off
-- expect: track_io_timing | track_io_timing is off

-- silent
-- setting: track_io_timing = on
