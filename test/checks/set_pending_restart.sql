-- firing
ALTER SYSTEM SET max_connections = 37;
ALTER SYSTEM SET max_locks_per_transaction = 65;
SELECT pg_reload_conf(), pg_sleep(0.5);
-- expect: max_connections | ^max_connections was changed in the configuration, but takes effect only after a restart
-- expect: max_locks_per_transaction | only after a restart

-- silent
ALTER SYSTEM SET log_lock_waits = on;
SELECT pg_reload_conf(), pg_sleep(0.5);
