-- standby

-- firing
-- threshold: {"seconds": -1, "warning_seconds": 30}
-- expect: replication | ^1 of 1 replication connections behind

-- silent
