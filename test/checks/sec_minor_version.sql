-- firing
-- threshold: {"days_ahead": 10000}
-- expect: server_version | PostgreSQL \d+ (gets its last|has had no) security fixes

-- silent
-- threshold: {"days_ahead": 0}
SELECT 1;
