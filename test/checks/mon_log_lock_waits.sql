-- firing
-- setting: log_lock_waits = off
-- expect: log_lock_waits | no trace in the log

-- silent
-- setting: log_lock_waits = on
